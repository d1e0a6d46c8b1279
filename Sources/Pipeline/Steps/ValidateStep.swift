import Foundation
public import Jobs
import Postgres

/// Runs every check of `sql/validate` and records what each found.
///
/// The rows of a check are its violations, grouped by subject. A check whose header says `fail` stops
/// the job when it finds any; one that says `warn` does not.
public struct ValidateStep: Step {
    public let name = "validate"
    private let settings: PipelineSettings

    public init(_ settings: PipelineSettings) {
        self.settings = settings
    }

    private struct Violation: Encodable {
        var subject: String
        var detail: String
        var count: Int64
    }

    /// Violations of each check that are kept as a sample.
    private static let sampleSize = 5

    public func run(in context: StepContext) throws -> StepReport {
        let connection = context.connection
        try connection.execute(
            try context.query("validate/clear_results", ["run_id": Bind(context.runID)]))
        var (warned, failed) = ([String](), [String]())
        let checks = try context.catalog.names(in: "validate").filter { name in
            try context.catalog.script(name).header.fields["Check"] != nil
        }
        for check in checks {
            try context.stop.check()
            let script = try context.catalog.script(check)
            let severity = script.header.fields["Check"] ?? ""
            guard ["fail", "warn"].contains(severity) else {
                throw PipelineError("\(script.file) has a check that is neither fail nor warn")
            }
            var sample: [Violation] = []
            var total: Int64 = 0
            try connection.forEachRow(
                try script.query(settings.arguments(asOf: context.asOfDate)),
                as: (String, String, Int64).self
            ) { subject, detail, count in
                total += count
                if sample.count < Self.sampleSize {
                    sample.append(Violation(subject: subject, detail: detail, count: count))
                }
            }
            let checkName = String(check.dropFirst("validate/".count))
            try connection.execute(
                try context.query(
                    "validate/record_result",
                    [
                        "run_id": Bind(context.runID),
                        "check_name": Bind(checkName),
                        "severity": Bind(severity),
                        "violation_count": Bind(total),
                        "sample": Bind(
                            JSONB(String(decoding: try JSONEncoder().encode(sample), as: UTF8.self))
                        ),
                    ]))
            guard total > 0 else { continue }
            context.progress("\(severity) \(checkName): \(sample[0].detail) (\(total))")
            if severity == "fail" { failed.append(checkName) } else { warned.append(checkName) }
        }
        guard failed.isEmpty else {
            throw PipelineError(
                "the data failed \(failed.joined(separator: ", "))",
                hint: "select * from monitor.checks where run_id = \(context.runID) says more.")
        }
        return StepReport(
            rowsIn: checks.count, rowsOut: checks.count,
            details: ["checks": .integer(checks.count), "warnings": .integer(warned.count)])
    }
}
