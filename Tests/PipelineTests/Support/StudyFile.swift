import Foundation
import Jobs
import Pipeline
import Postgres
import PostgresTestSupport
import SQLCatalog

/// A study of small towers, as the text of a study file beside the file of its job.
struct StudyFile {
    var job = Nightly()
    var lines: [String]
    /// What the text is made into.
    private var edits: [(String, String)] = []

    private init(_ method: String, _ lines: [String]) {
        self.lines =
            ["study: towers", "summary: small towers", "job: nightly.yaml", "method: \(method)"]
            + lines
    }

    static func list(_ trials: [String]) -> StudyFile {
        StudyFile("list", ["trials:"] + trials.map { "  " + $0 })
    }

    static func random(_ space: [String], _ lines: [String] = []) -> StudyFile {
        StudyFile("random", lines + ["space:"] + space.map { "  " + $0 })
    }

    static func halving(_ space: [String], _ lines: [String] = []) -> StudyFile {
        StudyFile("successive_halving", lines + ["space:"] + space.map { "  " + $0 })
    }

    func replacing(_ text: String, with other: String) -> StudyFile {
        var file = self
        file.edits.append((text, other))
        return file
    }

    var yaml: String {
        edits.reduce(lines.joined(separator: "\n") + "\n") {
            $0.replacingOccurrences(of: $1.0, with: $1.1)
        }
    }

    /// The two files, by name.
    var files: [String: String] { ["study.yaml": yaml, "nightly.yaml": job.yaml] }

    /// Calls `body` with the path of the study.
    func withFile<Result>(_ body: (String) throws -> Result) throws -> Result {
        let directory = try TestServer.temporaryDirectory("files")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for (name, text) in files {
            try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/" + name))
        }
        return try body(directory + "/study.yaml")
    }

    /// Searches in this process.
    ///
    /// - Returns: The run.
    @discardableResult
    func search(
        as name: String? = nil, on uri: String, date: PostgresDate = PlantedWorld.date
    ) throws -> Int64 {
        try withFile { path in
            let catalog = try SQLCatalog.locate()
            return try JobRunner(
                catalog: catalog, target: ConnectionTarget(uri), codeVersion: "test"
            ).run(
                try Study.load(path, as: name, in: catalog.home).makeJob(), asOfDate: date)
        }
    }
}
