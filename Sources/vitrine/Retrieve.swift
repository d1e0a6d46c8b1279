import ArgumentParser

/// `vitrine retrieve`
struct Retrieve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find the candidates of the users of one shard, in the run that is under way.",
        discussion: ShardOptions.discussion)

    @OptionGroup var shard: ShardOptions

    func run() throws { try shard.run(step: "retrieve") }
}
