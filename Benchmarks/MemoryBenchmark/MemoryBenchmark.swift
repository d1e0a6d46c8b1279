import ArgumentParser
import BenchmarkSupport
import Foundation
import LinearAlgebra
import TwoTower

/// Peak memory of a training, beside the size of its tables and of what its optimiser keeps.
///
/// Run it as `swift run -c release memory-benchmark`. The process does nothing else, and asks the kernel
/// for the most memory that it ever held: once training is over, and once the model is encoded too.
@main
struct MemoryBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory-benchmark",
        abstract: "Trains a two-tower of many users and items for a while and measures memory.")

    @Option(help: "Users.") var users = 1_000_000
    @Option(help: "Items.") var items = 1_000_000
    @Option(help: "Events of each user, the last an example.") var events = 3
    @Option(help: "Length of the embeddings, and of the rows of both tables.") var dimension = 64
    @Option(help: "Examples in a batch.") var batch = 1_024
    @Option(help: "Threads.") var threads = 2
    @Option(help: "Seed of data and training.") var seed: UInt64 = 1

    func run() throws {
        let dataset = try randomDataset()
        let before = try ProcessMemory.read()
        var settings = TwoTowerConfiguration()
        settings.embeddingDimension = dimension
        settings.itemIdDimension = dimension
        settings.userIdDimension = dimension
        settings.historyEncoding = .mean
        settings.batchSize = batch
        settings.epochs = 1
        var rate = 0.0
        let model = try TwoTowerTrainer.train(
            dataset, configuration: settings, seed: seed, threadCount: threads
        ) { rate = $0.examplesPerSecond }
        let trained = try ProcessMemory.read()
        let artefact = model.encoded().count
        let encoded = try ProcessMemory.read()

        // A row more for what has none of its own; row-wise Adagrad keeps a number a row.
        let tables = (users + items + 2) * (dimension + 1) * MemoryLayout<Float>.stride
        func megabytes(_ bytes: Int) -> String { "\((bytes + 500_000) / 1_000_000)" }
        func ratio(_ bytes: Int) -> String {
            String(format: "%.2f", Double(bytes) / Double(tables))
        }
        print(
            "memory", "tables_and_state_mb=\(megabytes(tables))",
            "peak_mb=\(megabytes(trained.peak))", "data_mb=\(megabytes(before.resident))",
            "peak_without_data_ratio=\(ratio(trained.peak - before.resident))",
            "peak_ratio=\(ratio(trained.peak))",
            "peak_encoded_mb=\(megabytes(encoded.peak))",
            "artefact_mb=\(megabytes(artefact))", "examples/s=\(Int(rate))", "users=\(users)",
            "items=\(items)", "events=\(events)", "d=\(dimension)", "batch=\(batch)",
            "threads=\(threads)", "seed=\(seed)", "machine=\"\(Machine.processorName)\"")
    }

    /// Uniform events: no pattern, but every row is likely to be touched.
    private func randomDataset() throws -> TwoTowerDataset {
        var generator = SeededGenerator(seed: seed)
        let count = users * events
        return try TwoTowerDataset(
            catalogue: Catalogue(itemCount: items),
            sequences: Sequences(
                offsets: (0...users).map { $0 * events },
                items: (0..<count).map { _ in Int32(generator.index(below: items)) },
                days: [Int32](repeating: 0, count: count),
                weights: (0..<count).map { $0 % events == events - 1 ? 1 : 0 }))
    }
}
