import Foundation
import LinearAlgebra
import VectorIndex

/// Exact top-k of random embeddings, beside the matrix product alone.
///
/// Usage: `topk-benchmark [users …]`, by default 1024, 4096 and 20000. Prints a line for each size and
/// number of threads. Both sides use the same blocks and threads and alternate within the run,
/// and the best of several rounds counts, for other programs share the machine.
@main
struct TopKBenchmark {
    static let itemCount = 50_000
    static let dimension = 64
    static let k = 100
    static let seed: UInt64 = 1

    static func main() throws {
        let sizes = try CommandLine.arguments.dropFirst().map { argument in
            guard let size = Int(argument), size > 0 else { throw UsageError() }
            return size
        }
        var generator = SeededGenerator(seed: seed)
        let items = Matrix.gaussian(
            rows: itemCount, columns: dimension, deviation: 1, using: &generator)
        let index = try ExactIndexBuilder().build(items: items)
        for userCount in sizes.isEmpty ? [1024, 4096, 20_000] : Array(sizes) {
            let users = Matrix.gaussian(
                rows: userCount, columns: dimension, deviation: 1, using: &generator)
            for threadCount in [1, 2] {
                try measure(users, items: items, index: index, threadCount: threadCount)
            }
        }
    }

    private static func measure(
        _ users: Matrix, items: Matrix, index: ExactIndex, threadCount: Int
    ) throws {
        let settings = ExactSearchSettings(threadCount: threadCount)
        let clock = ContinuousClock()
        let rounds = max(3, 8192 / users.rows)
        var searchTime = Duration.seconds(1_000_000)
        var productTime = searchTime
        var entryCount = 0
        for _ in 0..<rounds {
            productTime = min(
                productTime,
                clock.measure { multiply(users, items, settings: settings) })
            entryCount = 0
            searchTime = min(
                searchTime,
                try clock.measure {
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
            String(format: "%.2f", pairs / seconds(searchTime) / 1e9), "G pairs/s,",
            String(format: "%.0f", 100 * (productTime / searchTime)), "% of the GEMM alone",
            String(
                format: "(%.1f and %.1f ms,", seconds(searchTime) * 1e3, seconds(productTime) * 1e3),
            String(format: "%.0f GFLOP/s),", operations / seconds(productTime) / 1e9),
            "\(entryCount) entries, sample \(agrees ? "equals" : "DIFFERS FROM") the plain path,",
            "blocks \(settings.userBlock) × \(settings.itemBlock), best of \(rounds),",
            "seed \(seed), OpenBLAS \(BLAS.coreName), \(TopKKernels.best.level),", machine)
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

    private static func seconds(_ duration: Duration) -> Double {
        duration / .seconds(1)
    }

    /// The processor's name where the system tells, and the number of cores.
    private static var machine: String {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let name = information.split(separator: "\n").first { $0.hasPrefix("model name") }?
            .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        return "\(name ?? "unknown processor"), \(cores) cores"
    }

    struct UsageError: Error, CustomStringConvertible {
        let description = "usage: topk-benchmark [users …]"
    }

    struct WrongResult: Error, CustomStringConvertible {
        let description = "exact search disagrees with the plain path"
    }
}
