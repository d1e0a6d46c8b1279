import ArgumentParser
import Pipeline

/// `vitrine promote`
struct Promote: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a model champion by hand.",
        discussion: """
            It takes effect with the next run's step embed; what is published stays until then. The \
            decision is a row of model.deployments, with your database user. The next challenger that \
            passes the gate replaces it.
            """)

    @Argument(help: "The model, as vitrine models lists it.")
    var model: Int64

    @Option(help: ArgumentHelp("Why, for those who ask later.", valueName: "text"))
    var reason: String

    @OptionGroup var options: DatabaseOptions

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "promote")
        let change = try ModelRegistry(connection: connection, catalog: catalog)
            .promote(model, reason: reason)
        print(change.line)
    }
}

extension ModelRegistry.Change {
    /// What happened, for people.
    var line: String {
        let replaced = replacedModelID.map { ", in place of model \($0)" } ?? ""
        return "model \(modelID) is champion\(replaced), from the next run's embed on"
    }
}
