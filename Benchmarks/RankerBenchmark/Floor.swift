import ArgumentParser
import BenchmarkSupport
import Foundation
import LinearAlgebra
import Pipeline
import Postgres
import Ranking

/// How near the second stage of the newest step rank comes to its matrix products alone, which are timed
/// here in the shapes in which the ranker takes them.
struct Floor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compares the second stage of a run with its matrix products alone.")

    @Option(help: "A libpq URI of the database in which the step rank has run.")
    var database: String
    @Option(help: "Threads of the step; 0 for one per processor.") var threads = 0

    func run() throws {
        let work = try SecondStageWork(
            Connection(database, applicationName: "ranker-benchmark"))
        let count = threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount
        let chunks = Double(work.candidates) / Double(Ranker.candidatesAtOnce)
        // What a thread computes at once.
        let products = work.ranker.products(
            candidates: Ranker.candidatesAtOnce,
            contexts: max(Int((Double(work.users) / chunks).rounded()), 1),
            events: Int((Double(work.events) / chunks).rounded()))
        let seconds = products.reduce(0) {
            // A product with as many rows for each thread.
            $0 + Double($1.count)
                * MatrixProduct(
                    rows: $1.rows * count, columns: $1.columns, inner: $1.inner
                ).seconds(threadCount: count)
        }
        let floor = seconds * chunks / Double(count)
        let operations = 2 * chunks * products.reduce(0) { $0 + $1.multiplications }
        print(
            "second stage: \(work.candidates) candidates of \(work.users) users in",
            "\(decimal(work.seconds, 2)) s, its matrix products alone \(decimal(floor, 2)) s",
            "(\(Int(operations / floor / 1e9)) GFLOP/s on \(count) threads):",
            "GEMM share \(decimal(floor / work.seconds, 2))")
    }
}
