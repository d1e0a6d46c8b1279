import ArgumentParser
import Pipeline

/// `vitrine rollback`
struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the champion before the present one champion again.",
        discussion: """
            Called again, it goes back by one more. It takes effect with the next run's step embed; \
            what is published stays until then. The decision is a row of model.deployments, with your \
            database user. The next challenger is compared with the model that is restored, and \
            replaces it when it passes the gate: is_automatic: false in the job leaves that to you.
            """)

    @Option(
        name: .customLong("to"),
        help: ArgumentHelp("Which model, as vitrine models lists it.", valueName: "model"))
    var model: Int64?

    @Option(help: ArgumentHelp("Why, for those who ask later.", valueName: "text"))
    var reason: String

    @OptionGroup var options: DatabaseOptions

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "rollback")
        let change = try ModelRegistry(connection: connection, catalog: catalog)
            .rollBack(to: model, reason: reason)
        print(change.line)
    }
}
