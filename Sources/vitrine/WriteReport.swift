import ArgumentParser
import Foundation
import Postgres
import Report

/// `vitrine report`
struct WriteReport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write what there is to know of the system as one HTML page.",
        discussion: """
            The page needs neither network nor script. Each part is a file of sql/report over the views of \
            monitor: a file of your own is a part of its own.
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write it; - for standard output.", valueName: "file"))
    var output = "vitrine-report.html"

    @Option(help: ArgumentHelp("What stands at the top.", valueName: "text"))
    var title = "Vitrine"

    @OptionGroup var options: DatabaseOptions

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "report")
        let sections = try ReportReader(connection: connection, catalog: catalog).sections()
        let moment = Date().formatted(.iso8601).prefix(16).replacing("T", with: " ")
        let page = ReportPage(title: title, moment: "\(moment) UTC", sections: sections).html
        if output == "-" { return print(page, terminator: "") }
        do {
            // At once, or not at all: somebody may be reading the page of yesterday.
            try Data(page.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            throw ReportFileError(path: output)
        }
        print("wrote \(output), \(sections.count) parts")
    }
}

/// The page could not be written.
struct ReportFileError: Error, CustomStringConvertible {
    let path: String

    var description: String {
        "cannot write \(path)\nHINT:  Name a file in a directory that exists and that you may write to."
    }
}
