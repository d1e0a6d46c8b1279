import Foundation
import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing

/// The program, where it is installed.
private let psql: String? = ProcessInfo.processInfo.environment["PATH"]?
    .split(separator: ":").map { "\($0)/psql" }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

/// The same files run under `psql -v`.
@Suite struct PsqlTests {

    /// A value for every parameter of the files that read.
    static let values = [
        "as_of_date": "2024-03-29", "until_date": "2024-03-30", "from_date": "2024-03-01",
        "positive_actions": "{like,click}", "profile_attributes": "{}", "history_days": "60",
        "history_length": "50", "strongest_length": "10", "popularity_days": "7",
        "from_bucket": "0", "until_bucket": "1023",
        "publication_id": "1", "run_id": "1", "model_id": "1", "space_id": "1", "user_id": "1",
        "job_name": "nightly", "parameters": "{}", "code_version": "1", "row_limit": "10",
        "run_limit": "10", "step_name": "embed", "weights_version": "1", "purpose": "serving",
        "grain": "item",
        "study_name": "towers", "trial_name": "draw 1", "rung": "1", "basis": "{}",
        "item_numbers": "daily",
        "first_model_id": "1", "second_model_id": "2",
        "definition_checksum": "0", "content": "a", "keep_publications": "3",
        "keep_candidates": "1",
        "run_date": "2024-03-30", "training": "{}", "configuration": "{}", "part_number": "1",
        "data_hash": "0", "seed": "1", "parent_model_id": "-1", "withheld": "",
        "protocol": "split",
        "impression_length": "100",
        "profile_numbers": "{friends}", "content_encoders": "{image/clip}", "modality": "image",
        "encoder": "clip",
        "quota": "10", "owed_exposures": "100", "owed_hours": "72", "arrears_days": "60",
        "rediscovery_days": "14", "seen_days": "7", "seen_count": "3", "hide_days": "14",
        "largest_share": "0.25", "removed_flags": "{violating}", "window_days": "14",
        "exposure_date": "2024-03-28", "tasks": "{click,watch_time}", "kind": "two_tower",
        "prior_strength": "20",
    ]

    /// Files that only read: they write nothing, by their header, and none of their texts does.
    static let readers: [String] = {
        guard let catalog = try? SQLCatalog.locate(), let names = try? catalog.names() else {
            return []
        }
        let folders = [
            "compare/", "demo/", "embed/", "evaluate/", "features/", "models/", "promote/",
            "publish/", "rank/", "retrieve/", "rollback/", "run/", "search/", "status/", "train/",
            "validate/",
        ]
        let writing = #/\b(insert into|update|delete from|ensure_|drop_|refresh_|lock)\b/#
        return names.filter { name in
            guard folders.contains(where: { name.hasPrefix($0) }),
                let script = try? catalog.script(name), script.header.fields["Writes"] == nil
            else { return false }
            return !script.texts.contains { text in
                text.split(separator: "\n").filter { !$0.hasPrefix("--") }
                    .contains { $0.contains(writing) || $0.contains("ops.") && $0.contains("(") }
            }
        }
    }()

    @Test func `most checks and reports are among the files that are run`() {
        #expect(Self.readers.count >= 30)
        #expect(Self.readers.contains("validate/daily_volume_is_usual"))
        #expect(Self.readers.contains("features/skew"))
    }

    @Test(.enabled(if: psql != nil, "psql is not installed"))
    func `every file that reads runs under psql`() throws {
        try SQLDatabase.with { database in
            var arguments = ["--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1"]
            for (name, value) in Self.values { arguments += ["-v", "\(name)=\(value)"] }
            for name in Self.readers {
                let script = try database.catalog.script(name)
                // A check brings values for its settings.
                let settings = try script.header.settings(in: script.file)
                for (name, value) in settings {
                    arguments += [
                        "-v", "\(name)=\(Int(exactly: value).map(String.init) ?? "\(value)")",
                    ]
                }
                let unknown = Set(script.parameterNames)
                    .subtracting(Self.values.keys).subtracting(settings.keys)
                #expect(unknown == [], "sql/\(name).sql")
                arguments += ["-f", database.catalog.home.path("sql/\(name).sql")]
            }
            // The message of psql names the file and the line.
            let (status, message) = try run(arguments + [database.uri])
            #expect(status == 0, "\(message)")
        }
    }

    private func run(_ arguments: [String]) throws -> (status: Int32, message: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(psql))
        process.arguments = arguments
        let messages = Pipe()
        process.standardOutput = FileHandle.nullDevice
        process.standardError = messages
        try process.run()
        let data = messages.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
