import ArgumentParser
import BenchmarkSupport
import Foundation
import LinearAlgebra
import TwoTower

/// Training speed on planted clusters, beside the same work in PyTorch and beside the floor.
///
/// Run it as `env -u OPENBLAS_CORETYPE swift run -c release training-benchmark`. All sides take turns
/// within the run, for other programs share the machine; a figure is the median over the rounds,
/// a ratio the median of the ratios of neighbours.
@main
struct TrainingBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training-benchmark",
        abstract: "Trains a two-tower with pooled and with encoded histories on planted clusters.")

    @Option(help: "Users.") var users = 100_000
    @Option(help: "Items.") var items = 50_000
    @Option(help: "Clusters that users and items belong to.") var clusters = 100
    @Option(help: "Events in a history.") var history = 50
    @Option(help: "Length of the embeddings.") var dimension = 64
    @Option(help: "Examples in a batch.") var batch = 1_024
    @Option(help: "Thread counts, each in turn.") var threads = [1, 2]
    @Option(help: "Encoders of the history: mean, transformer.")
    var encoder = ["mean", "transformer"]
    @OptionGroup var repetition: RoundOptions
    @OptionGroup var peer: PeerOptions

    func run() throws {
        let peer = peer.interpreter(
            with: "torch", from: "torch --index-url https://download.pytorch.org/whl/cpu"
        ).map(Peer.init)
        for name in encoder {
            guard let encoding = TwoTowerConfiguration.HistoryEncoding(rawValue: name) else {
                throw ValidationError("no encoder \"\(name)\"")
            }
            // One example a sequence for an encoder, so that no pass over a history serves several:
            // the peer has one history an example too.
            let size = WorldSize(
                users: users, items: items, clusters: clusters, history: history,
                examplesPerUser: encoding == .transformer ? 1 : 3)
            let workload = try Workload(
                encoding, size, dimension: dimension, batch: batch, seed: repetition.seed)
            try Comparison(
                workload: workload, size: size, peer: peer, rounds: repetition.rounds,
                threads: threads, seed: repetition.seed
            ).run()
        }
    }
}
