import ArgumentParser

/// Speed of a ranker beside the matrix product alone, and its quality beside other models on the same
/// features.
///
/// Run it as `env -u OPENBLAS_CORETYPE swift run -c release ranker-benchmark`.
@main
struct RankerBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ranker-benchmark",
        abstract: "Measures the multi-task ranker: its speed, its quality, its share of a run.",
        subcommands: [Speed.self, Quality.self, Floor.self], defaultSubcommand: Speed.self)
}
