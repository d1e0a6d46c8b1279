import Foundation
import Jobs
import Postgres
import SQLCatalog

/// A check of the data: a file of `sql/validate`, under the settings of `monitor.check_settings`.
///
/// The rows of its statement are the violations: subject, detail, and how many there are of them.
struct DataCheck {
    /// Name of the file without folder and ending.
    let name: String
    let header: CheckHeader
    private let script: SQLScript
    private let settings: [String: Bind]

    /// A row of `monitor.check_settings`.
    fileprivate struct Override {
        var isEnabled: Bool
        var severity: CheckHeader.Severity?
        var owner: String?
        var settings: JSONB
    }

    fileprivate init(_ name: String, _ script: SQLScript, _ override: Override?) throws {
        var header = try CheckHeader(of: script)
        var settings = header.settings.mapValues { Bind($0) }
        if let override {
            let own = try StatementParameters.binds(override.settings, of: "check \(name)")
            for (setting, bind) in own {
                guard header.settings[setting] != nil else {
                    throw PipelineError(
                        "check \(name) has no setting \(setting)",
                        hint: "\(script.file) says after Settings which it has.")
                }
                settings[setting] = bind
            }
            header.severity = override.severity ?? header.severity
            header.owner = override.owner ?? header.owner
        }
        (self.name, self.header, self.script, self.settings) = (name, header, script, settings)
    }

    /// Those that are switched on: the ones that stop the job first, each group by name.
    ///
    /// - Throws: `CatalogError` for a file that is no check; ``PipelineError`` for a row of
    ///   `monitor.check_settings` that names no check or no setting of it.
    static func all(in context: StepContext) throws -> [DataCheck] {
        var overrides: [String: Override] = [:]
        let rows = try context.connection.query(
            try context.query("validate/ledger/settings"),
            as: (String, Bool, String?, String?, JSONB).self)
        for (name, isEnabled, severity, owner, settings) in rows {
            overrides[name] = Override(
                isEnabled: isEnabled, severity: severity.flatMap { .init(rawValue: $0) },
                owner: owner, settings: settings)
        }
        var checks: [DataCheck] = []
        // What stands in folders below serves the step.
        for path in try context.catalog.names(in: "validate")
        where path.count(where: { $0 == "/" }) == 1 {
            let name = String(path.dropFirst("validate/".count))
            let override = overrides.removeValue(forKey: name)
            let check = try DataCheck(name, try context.catalog.script(path), override)
            if override?.isEnabled ?? true { checks.append(check) }
        }
        if let unknown = overrides.keys.min() {
            throw PipelineError(
                "monitor.check_settings names the check \(unknown), which has no file",
                hint: "Write sql/validate/\(unknown).sql, or delete the row.")
        }
        return checks.filter { $0.header.severity == .fail }
            + checks.filter { $0.header.severity == .warn }
    }

    /// What a check found.
    struct Finding {
        /// Sum of the counts of all rows; 0 is good.
        var violationCount: Int64 = 0
        /// The first rows.
        var sample: [Violation] = []
    }

    /// A row of a check.
    struct Violation: Encodable {
        var subject: String
        var detail: String
        var count: Int64
    }

    /// Runs the statement.
    ///
    /// - Parameters:
    ///   - arguments: Parameters that all checks share; settings of the check come before them.
    ///   - sampleSize: Rows that are kept, at most.
    func find(
        on connection: Connection, _ arguments: [String: Bind], sampleSize: Int
    ) throws -> Finding {
        var finding = Finding()
        try connection.forEachRow(
            try script.query(arguments.merging(settings) { _, own in own }),
            as: (String, String, Int64).self
        ) { subject, detail, count in
            finding.violationCount += count
            if finding.sample.count < sampleSize {
                finding.sample.append(Violation(subject: subject, detail: detail, count: count))
            }
        }
        return finding
    }
}
