import ArgumentParser
import Postgres
import SQLCatalog

/// `vitrine dictionary`
struct PrintDictionary: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dictionary",
        abstract: "Print the data dictionary: every table, column, unit, owner and reader.",
        discussion: """
            Comes from the comments in the database and the headers of the SQL files. Owners are rows of \
            ops.data_owners; units and what is personal data are rules in ops.column_traits.
            """)

    @Option(help: ArgumentHelp("markdown, json or html.", valueName: "format"))
    var format = DataDictionary.Format.markdown

    @OptionGroup var options: DatabaseOptions

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "dictionary")
        print(try DataDictionary(of: connection, catalog).text(as: format), terminator: "")
    }
}

extension DataDictionary.Format: ExpressibleByArgument {}
