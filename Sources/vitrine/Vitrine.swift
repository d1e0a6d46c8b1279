import ArgumentParser

/// The command line: one file per subcommand, no logic of its own.
@main
struct Vitrine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vitrine",
        abstract: "A recommender that lives in PostgreSQL."
    )
}
