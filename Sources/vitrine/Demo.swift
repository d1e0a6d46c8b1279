import ArgumentParser
import Foundation
import Ingest
import Jobs
import Pipeline
import Postgres
import SQLCatalog

/// `vitrine demo`
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import the example data, run the nightly job, and show what came of it.",
        discussion: """
            A second call finds the data imported and the job done, and shows the result again.
            """)

    @OptionGroup var options: DatabaseOptions

    /// The sample ends on 8 May 2022: the job runs as of the day after.
    private static let date = PostgresDate("2022-05-09")!

    func run() throws {
        // Beside your own data, not among it: another server has to be named here, in so many words.
        var options = options
        if options.database == nil { options.name = options.name ?? "demo" }
        let catalog = try SQLCatalog.locate()
        let target = try options.target(makingDatabase: true)
        let connection = try Connection(target, applicationName: "vitrine demo")
        let migrations = try Migrator(catalog: catalog, connection: connection).migrate()
        print(
            "schema: \(migrations.isEmpty ? "up to date" : "\(migrations.migrations.count) migrations applied")"
        )
        try importSample(catalog, target)
        let file = try JobFile.load(path: catalog.home.path("examples/kuairand/nightly.yaml"))
        let job = file.makeJob()
        let finished = try connection.first(
            try catalog.script("demo/finished_run").query([
                "job_name": Bind(job.name), "as_of_date": Bind(Self.date),
                "parameters": Bind(JSONB(job.parameters)), "code_version": Bind(Vitrine.version),
            ]), as: Int64.self)
        let runID: Int64
        if let finished {
            print("job \(job.name): run \(finished) is done and published")
            runID = finished
        } else {
            let stop = StopSignal()
            let signals = SignalWatch { stop.request(.interrupted) }
            defer { signals.cancel() }
            runID = try JobRunner(
                catalog: catalog, target: target, codeVersion: Vitrine.version
            ).run(
                job, asOfDate: Self.date, stop: stop,
                onEvent: RunReporter(job: job.name, isForPeople: true).report)
        }
        try DemoReport(connection: connection, catalog: catalog, runID: runID, date: Self.date)
            .print(options: options)
    }

    private func importSample(_ catalog: SQLCatalog, _ target: ConnectionTarget) throws {
        let parts = [
            ("users", "users.csv.gz"), ("videos", "videos.csv.gz"), ("history", "history.csv.gz"),
            ("interactions", "interactions.csv.gz"),
        ]
        let connection = try Connection(target, applicationName: "vitrine demo")
        try connection.setRole("vitrine_job")
        let importer = Importer(connection: connection, catalog: catalog)
        for (mapping, file) in parts {
            let summary = try importer.run(
                ImportRequest(
                    source: .files([catalog.home.path("examples/kuairand/\(file)")]),
                    mapping: try ImportMapping(
                        path: catalog.home.path("examples/kuairand/\(mapping).yaml"))))
            print(
                "\(file): \(Format.count(summary.readCount)) records, "
                    + "\(Format.count(summary.loadedCount)) rows loaded, "
                    + "\(Format.count(summary.duplicateCount)) there already, "
                    + "\(Format.count(summary.rejectedCount)) refused")
        }
    }
}
