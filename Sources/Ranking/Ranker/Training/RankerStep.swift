import LinearAlgebra
import NeuralNetwork
import Synchronization

/// Candidates of a batch or of an epoch, those of one context after one another.
struct RankerExamples: Sendable {
    /// Indexes of candidates.
    var rows: [Int32] = []
    /// The context of each.
    var contexts: [Int32] = []
    /// The weight of each.
    var weights: [Float] = []

    var count: Int { rows.count }
}

/// One batch, forward and backward, over memory that all batches share.
///
/// A chunk of candidates goes from features to gradients in one go, while its values are near. Chunks add
/// their gradients to lanes, so that the weights come out the same, bit for bit, on any number of
/// threads.
// Sendable because workers write disjoint lanes and parts of the arena, joined between phases.
final class RankerStep: @unchecked Sendable {
    static let chunkSize = 128

    let architecture: RankerArchitecture
    let dataset: RankerDataset
    let loss: RankerLoss
    let standardisation: RankerStandardisation
    let updater: ParameterUpdater
    private let lanes: [Lane]
    private let passes = Mutex<[RankerPass]>([])
    private let threadCount: Int

    // Sendable because one worker at a time has it.
    private final class Lane: @unchecked Sendable {
        let gradients: GradientLane
        var loss = 0.0

        init(_ architecture: RankerArchitecture) {
            gradients = GradientLane(
                denseCount: architecture.denseCount, tableRows: architecture.tables.map(\.rows))
        }
    }

    init(
        _ dataset: RankerDataset, _ architecture: RankerArchitecture, _ initial: RankerParameters,
        _ loss: RankerLoss, _ standardisation: RankerStandardisation, threadCount: Int
    ) {
        self.architecture = architecture
        self.dataset = dataset
        self.loss = loss
        self.standardisation = standardisation
        self.threadCount = threadCount
        let configuration = architecture.configuration
        let lanes = (0..<GradientLane.count).map { _ in Lane(architecture) }
        self.lanes = lanes
        updater = ParameterUpdater(
            dense: initial.dense, tables: initial.tables,
            parts: [.init(0..<architecture.denseCount, lanes.map(\.gradients))],
            denseOptimiser: Adam(decay: configuration.denseDecay),
            tableOptimiser: Adagrad(decay: configuration.tableDecay), threadCount: threadCount)
    }

    /// Computes the mean loss of a batch and all gradients.
    ///
    /// - Parameter dropoutSeed: The seed of every mask of this batch, or nil for none.
    func gradients(_ batch: RankerExamples, dropoutSeed: UInt64?) -> Double {
        let chunkCount = (batch.count + Self.chunkSize - 1) / Self.chunkSize
        let size = RankerPass.arenaSize(architecture, rows: Self.chunkSize)
        let arena = updater.arena.reserve(chunkCount * size)
        for lane in lanes {
            lane.gradients.clear(arena: arena)
            lane.loss = 0
        }
        let scale = 1 / batch.weights.reduce(0, +)
        let dropout = dropoutSeed.map {
            Dropout(input: 0, hidden: architecture.configuration.hiddenDropout, seed: $0)
        }
        // Workers write parts of their own.
        nonisolated(unsafe) let base = arena
        parallelFor(min(lanes.count, chunkCount), threadCount: threadCount) { index in
            let lane = lanes[index]
            lane.gradients.open(0..<architecture.denseCount)
            let pass =
                passes.withLock { $0.popLast() }
                ?? RankerPass(architecture, standardisation, dataset.inputs)
            defer { passes.withLock { $0.append(pass) } }
            for chunk in stride(from: index, to: chunkCount, by: lanes.count) {
                let range =
                    chunk * Self.chunkSize..<min((chunk + 1) * Self.chunkSize, batch.count)
                pass.load(batch.rows[range], contexts: batch.contexts[range])
                pass.forward(updater.parameters, dropout: dropout, chunk: chunk)
                lane.loss += evaluate(batch, range, pass, scale: scale)
                pass.backward(
                    updater.parameters, dropout: dropout, chunk: chunk, arena: base + chunk * size,
                    lane.gradients)
            }
        }
        return lanes.reduce(0) { $0 + $1.loss }
    }

    private func evaluate(
        _ batch: RankerExamples, _ range: Range<Int>, _ pass: RankerPass, scale: Float
    ) -> Double {
        dataset.labels.withView { labels in
            loss.evaluate(
                pass.logits, labels: { labels.row(Int(batch.rows[range.lowerBound + $0])) },
                weight: { scale * batch.weights[range.lowerBound + $0] })
        }
    }

    /// The parameters as a value. Without copying, the tables are those of this step, which must not
    /// go on then.
    func snapshot(copying: Bool) -> RankerParameters {
        RankerParameters(
            dense: updater.dense,
            tables: copying ? updater.tables.map { $0.copy() } : updater.tables)
    }

    private var magnitudes: ParameterMagnitudes {
        ParameterMagnitudes(of: updater, tables: architecture.tableNames, dense: architecture.parts)
    }

    /// Whether all parameters are finite.
    var isFinite: Bool { magnitudes.areFinite }

    /// The error of a problem, in words, with the table or layer that is to blame.
    func divergence(_ problem: String) -> ModelError {
        ModelError(
            .diverged, magnitudes.explanation(of: problem),
            hint: "Lower the learning rates, or lengthen the warm-up.")
    }
}
