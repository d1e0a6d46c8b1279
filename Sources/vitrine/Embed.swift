import ArgumentParser

/// `vitrine embed`
struct Embed: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Embed the users of one shard, in the run that is under way.",
        discussion: ShardOptions.discussion)

    @OptionGroup var shard: ShardOptions

    func run() throws { try shard.run(step: "embed") }
}
