import ArgumentParser
import BenchmarkSupport
import Foundation
import LinearAlgebra
import Ranking

/// Trains on exposures without meaning and scores candidates, beside the matrix product alone.
struct Speed: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains a ranker and scores candidates with it, on random data.")

    @Option(help: "Contexts of the random data.") var contexts = 2_000
    @Option(help: "Candidates of a context when scoring.") var candidates = 300
    @Option(help: "Exposures of a context when training.") var exposures = 10
    @Option(help: "Events of a history.") var history = 50
    @Option(help: "Length of the embeddings.") var dimension = 64
    @Option(help: "Thread counts, one line each.") var threads = [1, 2]
    @OptionGroup var repetition: RoundOptions
    @Option(help: "Settings of the ranker that differ from the defaults, as JSON.")
    var settings = "{}"

    func run() throws {
        var configuration = try JSONDecoder().decode(
            RankerConfiguration.self, from: Data(settings.utf8))
        let training = try RandomExposures(
            contexts: contexts, candidates: exposures, history: history, dimension: dimension,
            seed: repetition.seed
        ).dataset
        let scoring = try RandomExposures(
            contexts: max(contexts / 10, 1), candidates: candidates, history: history,
            dimension: dimension, seed: repetition.seed + 1
        ).dataset.inputs
        configuration.epochs = 1
        for count in threads {
            try measure(training, scoring, configuration, threadCount: count)
        }
    }

    private func measure(
        _ dataset: RankerDataset, _ inputs: RankerInputs, _ configuration: RankerConfiguration,
        threadCount: Int
    ) throws {
        let clock = ContinuousClock()
        var (training, scoring) = (Duration.seconds(1_000_000), Duration.seconds(1_000_000))
        var gemm = 0.0
        var ranker: Ranker?
        for _ in 0..<repetition.rounds {
            gemm = max(
                gemm,
                Machine.gemmRate(
                    rows: 1_024, columns: 256, inner: 256, threadCount: threadCount))
            training = min(
                training,
                try clock.measure {
                    ranker = try RankerTrainer.train(
                        dataset, configuration: configuration, seed: repetition.seed,
                        threadCount: threadCount)
                })
            scoring = min(
                scoring,
                try clock.measure { _ = try ranker!.scores(of: inputs, threadCount: threadCount) })
        }
        func operations(_ inputs: RankerInputs) -> Double {
            let events = (0..<inputs.contexts.count).reduce(0) {
                $0 + min(inputs.histories[$1].count, configuration.historyLength)
            }
            return 2
                * ranker!.products(
                    candidates: inputs.candidateCount, contexts: inputs.contexts.count,
                    events: events
                ).reduce(0) { $0 + $1.multiplications }
        }
        // A backward pass has two products for each of the forward one.
        let work = (training: 3 * operations(dataset.inputs), scoring: operations(inputs))
        let seconds = (training: training / .seconds(1), scoring: scoring / .seconds(1))
        print(
            "ranker", "threads=\(threadCount)",
            "examples/s=\(Int(Double(dataset.inputs.candidateCount) / seconds.training))",
            "training_gemm_share=\(share(work.training / seconds.training / gemm))",
            "candidates/s=\(Int(Double(inputs.candidateCount) / seconds.scoring))",
            "scoring_gemm_share=\(share(work.scoring / seconds.scoring / gemm))",
            "gemm_gflops=\(Int(gemm / 1e9))",
            "flops_per_candidate=\(Int(work.scoring / Double(inputs.candidateCount)))",
            "contexts=\(contexts)", "candidates=\(candidates)", "history=\(history)",
            "d=\(dimension)", "tasks=\(dataset.schema.tasks.count)", "seed=\(repetition.seed)",
            "openblas=\(BLAS.coreName)", "kernels=\(Kernels.best.level)",
            "machine=\"\(Machine.processorName)\"")
    }

    private func share(_ value: Double) -> String { String(format: "%.2f", value) }
}
