import ArgumentParser
import BenchmarkSupport
import Foundation
import LinearAlgebra
import VectorIndex

/// Exact top-k of random embeddings, beside the matrix product alone.
///
/// Prints a line for each number of users and of threads. Both sides use the same blocks and threads and
/// alternate within the run, and the best of several rounds counts, for other programs share the
/// machine.
@main
struct TopKBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "topk-benchmark")
    private static let itemCount = 50_000
    private static let dimension = 64
    private static let k = 100
    private static let seed: UInt64 = 1

    @Argument(help: "Numbers of users, each in turn.")
    var users = [1024, 4096, 20_000]

    func validate() throws {
        guard users.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("numbers of users must be above 0")
        }
    }

    func run() throws {
        var generator = SeededGenerator(seed: Self.seed)
        let items = Matrix.gaussian(
            rows: Self.itemCount, columns: Self.dimension, deviation: 1, using: &generator)
        let index = try ExactIndexBuilder().build(items: items)
        for userCount in users {
            let users = Matrix.gaussian(
                rows: userCount, columns: Self.dimension, deviation: 1, using: &generator)
            for threadCount in [1, 2] {
                try Self.measure(users, items: items, index: index, threadCount: threadCount)
            }
        }
    }

    private static func measure(
        _ users: Matrix, items: Matrix, index: ExactIndex, threadCount: Int
    ) throws {
        let settings = ExactSearchSettings(threadCount: threadCount)
        let rounds = max(3, 8192 / users.rows)
        var searchTime = Double.infinity
        var productTime = searchTime
        var entryCount = 0
        for _ in 0..<rounds {
            productTime = min(
                productTime,
                seconds { multiply(users, items, settings: settings) })
            entryCount = 0
            searchTime = min(
                searchTime,
                try seconds {
                    try index.search(users, k: k, settings: settings) { _, lists in
                        entryCount += lists.scores.count
                    }
                })
        }
        let pairs = Double(users.rows) * Double(itemCount)
        let operations = 2 * pairs * Double(dimension)
        let agrees = try checkSample(of: users, index: index, settings: settings)
        print(
            "exact top-\(k): \(users.rows) users × \(itemCount) items, d = \(dimension),",
            "\(threadCount) thread\(threadCount == 1 ? "" : "s"):",
            String(format: "%.2f", pairs / searchTime / 1e9), "G pairs/s,",
            String(format: "%.0f", 100 * (productTime / searchTime)), "% of the GEMM alone",
            String(
                format: "(%.1f and %.1f ms,", searchTime * 1e3, productTime * 1e3),
            String(format: "%.0f GFLOP/s),", operations / productTime / 1e9),
            "\(entryCount) entries, sample \(agrees ? "equals" : "DIFFERS FROM") the plain path,",
            "blocks \(settings.userBlock) × \(settings.itemBlock), best of \(rounds),",
            "seed \(seed), OpenBLAS \(BLAS.coreName), \(TopKKernels.best.level),",
            Machine.summary)
        if !agrees || entryCount != users.rows * k { throw WrongResult() }
    }

    /// The matrix products of the search, with its blocks and threads, and nothing else.
    private static func multiply(_ users: Matrix, _ items: Matrix, settings: ExactSearchSettings) {
        let share = (users.rows + settings.threadCount - 1) / settings.threadCount
        parallelChunks(
            of: users.rows, chunkSize: min(settings.userBlock, share),
            threadCount: settings.threadCount
        ) { _, rows in
            var scores = Matrix(rows: rows.count, columns: settings.itemBlock)
            scores.withMutableView { scores in
                users.withView { users in
                    items.withView { items in
                        for start in stride(from: 0, to: items.rows, by: settings.itemBlock) {
                            let end = min(start + settings.itemBlock, items.rows)
                            BLAS.multiply(
                                users.rows(rows), items.rows(start..<end), transposing: .second,
                                into: scores.columns(0..<end - start))
                        }
                    }
                }
            }
        }
    }

    private static func checkSample(
        of users: Matrix, index: ExactIndex, settings: ExactSearchSettings
    ) throws -> Bool {
        let rows = [0, users.rows / 2, users.rows - 1]
        let sample = Matrix(
            rows: rows.count, columns: dimension, elements: rows.flatMap { Array(users[row: $0]) })
        let lists = try index.search(users, k: k, settings: settings)
        let plain = index.plainSearch(sample, k: k)
        return rows.indices.allSatisfy {
            lists.items[rows[$0]] == plain.items[$0]
                && lists.scores(of: rows[$0]) == plain.scores(of: $0)
        }
    }

    struct WrongResult: Error, CustomStringConvertible {
        let description = "exact search disagrees with the plain path"
    }
}
