import ArgumentParser
import BenchmarkSupport
import Foundation
import LinearAlgebra
import TwoTower

/// Forward and backward passes of sequence encoders, beside the matrix product alone.
///
/// Run it as `env -u OPENBLAS_CORETYPE swift run -c release encoder-benchmark`. Encoder and product
/// alternate within the run, and the best of several rounds counts, for other programs share the
/// machine.
@main
struct EncoderBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encoder-benchmark",
        abstract: "Measures sequence encoders, forward and backward, on random events.")

    @Option(help: "Sequences of a pass.") var sequences = 2_000
    @Option(help: "Events of a sequence; one position more stands before them.") var events = 50
    @Option(help: "Length of an event vector.") var width = 64
    @Option(help: "Positions of a chunk, about.") var chunk = 1_000
    @Option(help: "Share of values dropped.") var dropout: Float = 0
    @Option(help: "Thread counts, one line each.") var threads = [1]
    @Option(help: "Encoders whose name contains this.") var only = ""
    @OptionGroup var repetition: RoundOptions

    func run() throws {
        for subject in Subject.all(width: width) where subject.name.contains(only) || only.isEmpty {
            for readsAll in [false, true] {
                for count in threads { try measure(subject, readsAll: readsAll, threads: count) }
            }
        }
    }

    private func measure(_ subject: Subject, readsAll: Bool, threads: Int) throws {
        let positions = events + 1
        let perChunk = max(1, chunk / positions)
        let chunkCount = (sequences + perChunk - 1) / perChunk
        let readouts = readsAll ? positions : 1
        let workers = (0..<threads).map { _ in
            Worker(
                subject.encoder, sequences: perChunk, positions: positions, readouts: readouts,
                seed: repetition.seed)
        }
        let drop = dropout > 0 ? SequenceDropout(rate: dropout, seed: repetition.seed) : nil
        let clock = ContinuousClock()
        var (gemm, best) = (0.0, Duration.seconds(1_000_000))
        for _ in 0..<repetition.rounds {
            gemm = max(
                gemm,
                Machine.gemmRate(
                    rows: 1_024, columns: 1_024, inner: width, threadCount: threads))
            let time = clock.measure {
                // One part a thread, so that each has a workspace of its own.
                let part = (chunkCount + threads - 1) / threads
                parallelChunks(of: chunkCount, chunkSize: part, threadCount: threads) {
                    worker, chunks in
                    for _ in chunks { workers[worker].pass(dropout: drop) }
                }
            }
            best = min(best, time)
        }
        guard workers.allSatisfy(\.isFinite) else {
            throw ValidationError("a gradient is not finite")
        }
        let seconds = best / .seconds(1)
        let done = Double(chunkCount * perChunk)
        let operations = done * subject.operations(positions: positions, readouts: readouts)
        print(
            "encoder", subject.name, "readouts=\(readouts)", "threads=\(threads)",
            "sequences/s=\(Int(done / seconds))",
            "gflops=\(decimal(operations / seconds / 1e9, 1))",
            "gemm_gflops=\(decimal(gemm / 1e9, 1))",
            "gemm_share=\(decimal(operations / seconds / gemm, 2))",
            "us_per_sequence=\(decimal(1e6 * seconds * Double(threads) / done, 1))",
            "events=\(events)", "d=\(width)", "chunk=\(perChunk * positions)",
            "dropout=\(dropout)", "seed=\(repetition.seed)", "openblas=\(BLAS.coreName)",
            "kernels=\(Kernels.best.level)", "machine=\"\(Machine.processorName)\"")
    }
}

/// One thread's chunk, with memory for both passes.
// Sendable because each thread has one of its own.
private final class Worker: @unchecked Sendable {
    private let encoder: any SequenceEncoder
    private let sequences: PackedSequences
    private let positions: Int
    private let events: Matrix
    private let direction: Matrix
    private var states: Matrix
    private var eventGradient: Matrix
    private var parameters: [Float]
    private var parameterGradient: [Float]
    private var workspace: [Float]

    init(
        _ encoder: any SequenceEncoder, sequences count: Int, positions: Int, readouts: Int,
        seed: UInt64
    ) {
        self.encoder = encoder
        self.positions = count * positions
        sequences = PackedSequences(
            offsets: (0...count).map { Int32($0 * positions) },
            ages: (0..<count).flatMap { _ in (0..<Int32(positions)).reversed() },
            readouts: (0..<count).flatMap { sequence in
                (positions - readouts..<positions).map { Int32(sequence * positions + $0) }
            },
            readoutOffsets: (0...count).map { Int32($0 * readouts) })
        var generator = SeededGenerator(seed: seed)
        let width = encoder.width
        events = .gaussian(
            rows: count * positions, columns: width, deviation: 0.1, using: &generator)
        direction = .gaussian(
            rows: count * readouts, columns: width, deviation: 1, using: &generator)
        states = Matrix(rows: count * readouts, columns: width)
        eventGradient = Matrix(rows: count * positions, columns: width)
        parameters = [Float](repeating: 0, count: encoder.parameterCount)
        encoder.initialize(&parameters, using: &generator)
        parameterGradient = [Float](repeating: 0, count: encoder.parameterCount)
        workspace = [Float](
            repeating: 0,
            count: encoder.workspaceSize(
                positions: count * positions, readouts: count * readouts, longest: positions))
    }

    var isFinite: Bool {
        parameterGradient.allSatisfy(\.isFinite) && eventGradient.elements.allSatisfy(\.isFinite)
    }

    /// Forward and backward once.
    func pass(dropout: SequenceDropout?) {
        parameterGradient.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        events.withView { events in
            states.withMutableView {
                encoder.forward(
                    sequences, events: events, states: $0, parameters: parameters,
                    workspace: &workspace, dropout: dropout, kernels: .best)
            }
            states.withView { states in
                direction.withView { direction in
                    eventGradient.withMutableView {
                        encoder.backward(
                            sequences, events: events, states: states, stateGradient: direction,
                            eventGradient: $0, parameters: parameters,
                            parameterGradient: &parameterGradient, workspace: &workspace,
                            dropout: dropout, kernels: .best)
                    }
                }
            }
        }
    }
}
