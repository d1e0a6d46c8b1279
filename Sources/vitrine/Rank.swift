import ArgumentParser

/// `vitrine rank`
struct Rank: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rank the candidates of the users of one shard, in the run that is under way.",
        discussion: ShardOptions.discussion)

    @OptionGroup var shard: ShardOptions

    func run() throws { try shard.run(step: "rank") }
}
