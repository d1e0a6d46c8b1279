import ArgumentParser
import Foundation
import Ingest
import Jobs
import Postgres
import SQLCatalog

/// `vitrine import`
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import users, items or interactions from files, standard input or a query.",
        discussion: """
            Files are CSV, gzip or not, read through a mapping (see examples/kuairand); - is \
            standard input. With --query, or without a mapping, columns have the names of the \
            target's columns. What was imported before adds nothing. Refused records are listed in \
            source.rejected_rows.

            Ends with 0 when all was loaded, 3 when records were refused and the rest was loaded, \
            1 when nothing was loaded, and 130 when a signal stopped it.
            """)

    @Option(help: ArgumentHelp("Mapping file: which column is what.", valueName: "file.yaml"))
    var mapping: String?

    @Option(
        help: ArgumentHelp(
            "What the rows are, without a mapping: users, items or interactions.",
            valueName: "target"))
    var into: ImportTarget?

    @Option(help: ArgumentHelp("Import the rows of a query.", valueName: "sql"))
    var query: String?

    @Option(
        help: ArgumentHelp(
            "Server that the query runs on; the one imported into by default.", valueName: "uri"))
    var from: String?

    @Option(
        help: ArgumentHelp(
            "Load nothing when more records are refused than this number or share.",
            valueName: "n or n%"))
    var maxRejects: RejectLimit?

    @Flag(help: "Say only what went wrong.")
    var quiet = false

    @Argument(help: "Files, or - for standard input.")
    var files: [String] = []

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        if (query == nil) == files.isEmpty {
            throw ValidationError("give either files, - for standard input, or --query")
        }
        if (mapping == nil) == (into == nil) {
            throw ValidationError("give either --mapping or --into")
        }
        if from != nil, query == nil { throw ValidationError("--from belongs to --query") }
        if files.contains("-"), files.count > 1 {
            throw ValidationError("standard input cannot be read together with files")
        }
    }

    func run() throws {
        let rows: ImportRequest.Rows =
            if let mapping {
                .mapping(try ImportMapping(path: mapping))
            } else {
                .namedAsIn(into ?? .interactions)
            }
        let catalog = try SQLCatalog.locate()
        let target = try options.target()
        try Run.requireSchema(catalog, target, options)
        let source: ImportRequest.Source =
            if let query {
                .query(query, on: from.map { ConnectionTarget($0) } ?? target)
            } else if files == ["-"] {
                .standardInput
            } else {
                .files(files)
            }
        let stop = StopSignal()
        let connection = try Connection(target, applicationName: "vitrine import")
        try connection.setRole("vitrine_job")
        let canceller = try connection.canceller()
        let signals = SignalWatch {
            stop.request(.interrupted)
            canceller.cancel()
        }
        defer { signals.cancel() }
        var line = ProgressLine(isShown: !quiet)
        do {
            let summary = try Importer(connection: connection, catalog: catalog).run(
                ImportRequest(source: source, rows: rows, maximumRejects: maxRejects)
            ) { progress in
                try stop.check()
                line.show(progress)
            }
            line.clear()
            if !quiet { print(Self.description(of: summary)) }
            if summary.rejectedCount > 0 { throw ExitCode.loadedWithRejects }
        } catch let error as ImportError where error.code == .tooManyRejects {
            line.clear()
            if let summary = error.summary { StandardError.print(Self.description(of: summary)) }
            throw error
        } catch  where stop.reason != nil && !(error is ExitCode) {
            line.clear()
            StandardError.print("vitrine: stopped, nothing was loaded")
            throw ExitCode.stopped
        }
    }

    static func description(of summary: ImportSummary) -> String {
        var lines = [
            "import \(summary.importID), \(summary.target.rawValue): "
                + "\(Format.count(summary.readCount)) records read, "
                + "\(Format.count(summary.rejectedCount)) refused, "
                + "\(Format.count(summary.loadedCount)) rows loaded, "
                + "\(Format.count(summary.duplicateCount)) there already or repeated, "
                + Format.duration(summary.seconds)
        ]
        if summary.emptyCount > 0 {
            lines.append("  \(Format.count(summary.emptyCount)) records stood for nothing")
        }
        if summary.addedUserCount + summary.addedItemCount > 0 {
            lines.append(
                "  \(Format.count(summary.addedUserCount)) users and "
                    + "\(Format.count(summary.addedItemCount)) items added that were not known")
        }
        let reasons = summary.rejectedByReason.sorted {
            ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue)
        }
        for (reason, count) in reasons {
            lines.append("  refused \(Format.count(count)): \(reason.rawValue)")
        }
        if summary.rejectedCount > 0 {
            lines.append(
                "  see source.rejected_rows where import_id = \(summary.importID)")
        }
        return lines.joined(separator: "\n")
    }
}

/// How far an import has come, on one line of a terminal that is written over.
private struct ProgressLine {
    private let isShown: Bool
    private var lastShown = ContinuousClock.now
    private var hasText = false

    init(isShown: Bool) {
        self.isShown = isShown && isatty(STDERR_FILENO) == 1
    }

    mutating func show(_ progress: ImportProgress) {
        guard isShown, lastShown.duration(to: .now) > .milliseconds(200) else { return }
        lastShown = .now
        hasText = true
        var parts = [
            "\(Format.count(progress.readCount)) records",
            "\(Format.count(Int(progress.recordsPerSecond)))/s",
        ]
        if progress.rejectedCount > 0 {
            parts.append("\(Format.count(progress.rejectedCount)) refused")
        }
        if let seconds = progress.secondsLeft {
            parts.append("\(Format.duration(seconds)) left")
        }
        FileHandle.standardError.write(Data(("\r\u{1B}[K" + parts.joined(separator: ", ")).utf8))
    }

    mutating func clear() {
        guard hasText else { return }
        hasText = false
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}

extension ImportTarget: ExpressibleByArgument {}
extension RejectLimit: ExpressibleByArgument {}

extension ExitCode {
    /// Loaded, but not all of it.
    static let loadedWithRejects = ExitCode(3)
}
