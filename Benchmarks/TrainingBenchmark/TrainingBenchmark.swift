import ArgumentParser
import BenchmarkSupport
import Foundation
import LinearAlgebra
import TwoTower

/// Training speed and quality on planted clusters, on one line a thread count.
///
/// Run it as `env -u OPENBLAS_CORETYPE swift run -c release training-benchmark`.
@main
struct TrainingBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training-benchmark",
        abstract: "Trains a two-tower with mean-pooled histories on planted clusters.")

    @Option(help: "Users.") var users = 100_000
    @Option(help: "Items.") var items = 50_000
    @Option(help: "Clusters that users and items belong to.") var clusters = 100
    @Option(help: "Events in a history.") var history = 50
    @Option(help: "Examples of each user; one event more is held out.") var examplesPerUser = 3
    @Option(help: "Length of the embeddings.") var dimension = 64
    @Option(help: "Examples in a batch.") var batch = 1_024
    @Option(help: "Passes over the examples.") var epochs = 1
    @Option(help: "Seed of data and training.") var seed: UInt64 = 1
    @Option(help: "Thread counts, one run each.") var threads = [1, 2]

    func run() throws {
        let world = try PlantedClusters(
            users: users, items: items, clusters: clusters, history: history,
            examples: examplesPerUser, seed: seed)
        var settings = TwoTowerConfiguration()
        settings.embeddingDimension = dimension
        settings.itemIdDimension = dimension
        settings.userIdDimension = 0
        settings.historyEncoding = .mean
        settings.historyLength = history
        settings.uniformNegatives = 0
        settings.batchSize = batch
        settings.epochs = epochs
        var checksums: Set<UInt64> = []
        for count in threads {
            var last: TrainingProgress?
            let model = try TwoTowerTrainer.train(
                world.dataset, configuration: settings, seed: seed, threadCount: count
            ) { last = $0 }
            guard let last else { return }
            let recall = try world.recall(of: model, at: 50, threadCount: count)
            let gemm = Machine.gemmRate(
                rows: batch, columns: batch, inner: dimension, threadCount: count)
            let share = last.examplesPerSecond * floatingPointOperations(settings) / gemm
            checksums.insert(model.checksum)
            print(
                "training", "threads=\(count)",
                "examples/s=\(Int(last.examplesPerSecond))",
                "loss=\(decimal(last.epochLoss, 4))", "recall@50=\(decimal(recall, 4))",
                "gemm_gflops=\(decimal(gemm / 1e9, 0))", "gemm_share=\(decimal(share, 3))",
                "users=\(users)", "items=\(items)", "history=\(history)", "d=\(dimension)",
                "batch=\(batch)", "examples=\(users * examplesPerUser)", "epochs=\(epochs)",
                "seed=\(seed)", "openblas=\(BLAS.coreName)", "kernels=\(Kernels.best.level)",
                "cores=\(ProcessInfo.processInfo.activeProcessorCount)",
                "machine=\"\(Machine.processorName)\"")
        }
        guard checksums.count <= 1 else {
            throw ValidationError("thread counts gave different weights")
        }
    }

    /// What one example costs in dense products: towers and logits, forward and twice backward. An
    /// item tower row for each example is assumed, though repeated items share one.
    private func floatingPointOperations(_ settings: TwoTowerConfiguration) -> Double {
        func perceptron(_ input: Int, _ hidden: [Int], _ output: Int) -> Int {
            zip([input] + hidden, hidden + [output]).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let user = perceptron(dimension + 1, settings.userHiddenWidths, dimension)
        let item = perceptron(
            dimension, settings.itemHiddenWidths, settings.storedDimension)
        return 6 * Double(user + item + batch * settings.storedDimension)
    }

    private func decimal(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}

extension TwoTowerModel {
    /// FNV-1a over the artefact, to tell whether two trainings agree to the last bit.
    fileprivate var checksum: UInt64 {
        encoded().reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
