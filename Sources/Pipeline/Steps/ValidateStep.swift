import Foundation
public import Jobs
import Postgres
import SQLCatalog

/// Runs every check of `sql/validate` and records what each found.
///
/// The rows of a check are its violations, grouped by subject. A check whose header says `fail` stops
/// the job when it finds any; one that says `warn` does not. Checks that compare days read
/// `monitor.event_days`, in which each day is counted once.
public struct ValidateStep: Step {
    public let name = "validate"
    private let settings: PipelineSettings

    public init(_ settings: PipelineSettings) {
        self.settings = settings
    }

    /// Violations of each check that are kept as a sample.
    private static let sampleSize = 5

    public func run(in context: StepContext) throws -> StepReport {
        try context.run("validate/ledger/clear", ["run_id": Bind(context.runID)])
        let checks = try DataCheck.all(in: context)
        var (warned, failed) = ([String](), [String]())
        // A statement that cannot be run may be the consequence of what a check found: then that
        // is the error to show.
        var broken: PostgresError?
        do {
            try countDays(context)
        } catch let error as PostgresError {
            broken = error
        }
        for check in checks {
            try context.stop.check()
            do {
                guard try run(check, context) else { continue }
            } catch let error as PostgresError {
                broken = broken ?? error
                continue
            }
            if check.header.severity == .fail {
                failed.append(check.name)
            } else {
                warned.append(check.name)
            }
        }
        guard failed.isEmpty else {
            try context.run("monitor/measure_checks", ["run_id": Bind(context.runID)])
            throw PipelineError(
                "the data failed \(failed.joined(separator: ", "))",
                hint: "select * from monitor.checks where run_id = \(context.runID) says more.")
        }
        if let broken { throw broken }
        try context.run("monitor/measure_checks", ["run_id": Bind(context.runID)])
        return StepReport(
            rowsIn: checks.count, rowsOut: checks.count,
            details: ["checks": .integer(checks.count), "warnings": .integer(warned.count)])
    }

    /// Counts the days that checks compare, as far as they are not counted for good.
    private func countDays(_ context: StepContext) throws {
        let pending = try context.connection.first(
            try context.query("validate/days/pending", ["as_of_date": Bind(context.asOfDate)]),
            as: (PostgresDate?, PostgresDate?).self)
        guard let (from, until) = pending, let from, let until else { return }
        try context.connection.withTransaction {
            try context.run(
                "validate/days/count", ["from_date": Bind(from), "until_date": Bind(until)])
        }
    }

    /// Runs a check and records the result.
    ///
    /// - Returns: Whether it found anything.
    private func run(_ check: DataCheck, _ context: StepContext) throws -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        let finding = try check.find(
            on: context.connection, settings.arguments(asOf: context.asOfDate),
            sampleSize: Self.sampleSize)
        let sample = String(decoding: try JSONEncoder().encode(finding.sample), as: UTF8.self)
        try context.run(
            "validate/ledger/record",
            [
                "run_id": Bind(context.runID),
                "check_name": Bind(check.name),
                "severity": Bind(check.header.severity.rawValue),
                "owner": Bind(check.header.owner),
                "action": Bind(check.header.action),
                "violation_count": Bind(finding.violationCount),
                "sample": Bind(JSONB(sample)),
                "duration_seconds": Bind((clock.now - start) / .seconds(1)),
            ])
        guard let first = finding.sample.first, finding.violationCount > 0 else { return false }
        context.progress(
            "\(check.header.severity) \(check.name): \(first.detail) (\(finding.violationCount))")
        return true
    }
}
