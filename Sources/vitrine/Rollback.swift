import ArgumentParser
import Pipeline

/// `vitrine rollback`
struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the champion before the present one champion again.",
        discussion: """
            Called again, it goes back by one more. It takes effect with the next run's step embed; \
            what is published stays until then, unless the lists are to go back too: then the newest \
            publication made with the model becomes current at once, when it is kept whole. The decision is a row of model.deployments, with your \
            database user. The next challenger is compared with the model that is restored, and \
            replaces it when it passes the gate: is_automatic: false in the job leaves that to you.
            """)

    @Option(
        name: .customLong("to"),
        help: ArgumentHelp("Which model, as vitrine models lists it.", valueName: "model"))
    var model: Int64?

    @Option(help: ArgumentHelp("Why, for those who ask later.", valueName: "text"))
    var reason: String

    @Flag(help: "Make the newest publication made with that model current, at once.")
    var withLists = false

    @OptionGroup var options: DatabaseOptions

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "rollback")
        let registry = ModelRegistry(connection: connection, catalog: catalog)
        if withLists {
            let generation = try registry.rollBackGeneration(to: model, reason: reason)
            print(
                "model \(generation.modelID) is champion, and publication "
                    + "\(generation.publicationID) of \(generation.asOfDate) is current")
        } else {
            print(try registry.rollBack(to: model, reason: reason).line)
        }
    }
}
