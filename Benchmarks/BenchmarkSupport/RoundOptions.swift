public import ArgumentParser

/// How often a benchmark measures, and the seed of what it measures on.
public struct RoundOptions: ParsableArguments {
    /// Rounds in which all sides take turns.
    @Option(help: "Rounds in which all sides take turns.")
    public var rounds = 3

    /// Seed of the data, and of a training.
    @Option(help: "Seed of everything that is drawn at random.")
    public var seed: UInt64 = 1

    public init() {}

    public func validate() throws {
        guard rounds > 0 else { throw ValidationError("--rounds must be above 0") }
    }
}
