import LinearAlgebra
import NeuralNetwork

@testable import TwoTower

/// One chunk through an encoder, with everything that its results depend on.
struct EncoderRun {
    var encoder: any SequenceEncoder
    var sequences: PackedSequences
    /// Shape `[positions, width]`.
    var events: [Float]
    var parameters: [Float]
    var dropout: SequenceDropout?
    var kernels = Kernels.best

    /// Sequences of the given lengths, read at the given positions of each, with random events and
    /// parameters.
    init(
        _ encoder: any SequenceEncoder, lengths: [Int], readouts: [[Int]], seed: UInt64 = 1
    ) {
        self.encoder = encoder
        sequences = PackedSequences(lengths: lengths, readouts: readouts)
        var generator = SeededGenerator(seed: seed)
        events = (0..<lengths.reduce(0, +) * encoder.width).map { _ in generator.gaussian() }
        parameters = [Float](repeating: .nan, count: encoder.parameterCount)
        encoder.initialize(&parameters, using: &generator)
        // Biases start at 0 and gains at 1, where a gradient could be wrong unseen.
        for index in parameters.indices { parameters[index] += 0.2 * generator.gaussian() }
    }

    /// Short and long sequences, one of a single position, read at one to all of their positions.
    init(_ encoder: any SequenceEncoder, seed: UInt64 = 1) {
        self.init(
            encoder, lengths: [3, 1, 7, 4], readouts: [[2], [0], [0, 3, 4, 6], [0, 1, 2, 3]],
            seed: seed)
    }

    private var width: Int { encoder.width }

    /// Rows of states.
    var stateCount: Int { sequences.readouts.count * encoder.stateCount }

    /// The states, shape `[stateCount, width]`.
    func states() -> [Float] {
        withWorkspace { workspace in forward(workspace) }
    }

    /// The gradients of Σ states · direction.
    func gradients(direction: [Float]) -> (events: [Float], parameters: [Float]) {
        var parameterGradient = [Float](repeating: 0, count: parameters.count)
        let eventGradient = addGradients(direction: direction, to: &parameterGradient)
        return (eventGradient, parameterGradient)
    }

    /// Adds the gradients of the parameters to what is there, and returns those of the events.
    @discardableResult
    func addGradients(direction: [Float], to parameterGradient: inout [Float]) -> [Float] {
        var eventGradient = [Float](repeating: .nan, count: events.count)
        withWorkspace { workspace in
            let states = forward(workspace)
            events.withUnsafeBufferPointer { events in
                states.withUnsafeBufferPointer { states in
                    direction.withUnsafeBufferPointer { direction in
                        eventGradient.withUnsafeMutableBufferPointer { eventGradient in
                            encoder.backward(
                                sequences, events: view(events), states: view(states),
                                stateGradient: view(direction),
                                eventGradient: mutableView(eventGradient),
                                parameters: parameters, parameterGradient: &parameterGradient,
                                workspace: workspace, dropout: dropout, kernels: kernels)
                        }
                    }
                }
            }
        }
        return eventGradient
    }

    private func forward(_ workspace: UnsafeMutablePointer<Float>) -> [Float] {
        var states = [Float](repeating: .nan, count: stateCount * width)
        events.withUnsafeBufferPointer { events in
            states.withUnsafeMutableBufferPointer { states in
                encoder.forward(
                    sequences, events: view(events), states: mutableView(states),
                    parameters: parameters, workspace: workspace, dropout: dropout,
                    kernels: kernels)
            }
        }
        return states
    }

    /// A workspace of NaN, so that what is read before it is written shows in the results, with a guard
    /// behind it.
    private func withWorkspace<Result>(
        _ body: (UnsafeMutablePointer<Float>) -> Result
    ) -> Result {
        let lengths = zip(sequences.offsets.dropFirst(), sequences.offsets).map { $0 - $1 }
        let size = encoder.workspaceSize(
            positions: sequences.ages.count, readouts: sequences.readouts.count,
            longest: Int(lengths.max() ?? 0))
        let guardSize = 64
        let workspace = UnsafeMutablePointer<Float>.allocate(capacity: size + guardSize)
        defer { workspace.deallocate() }
        workspace.update(repeating: .nan, count: size)
        (workspace + size).update(repeating: 7, count: guardSize)
        let result = body(workspace)
        precondition(
            (size..<size + guardSize).allSatisfy { workspace[$0] == 7 },
            "written behind the workspace")
        return result
    }

    private func view(_ values: UnsafeBufferPointer<Float>) -> MatrixView {
        matrix(values.baseAddress!, values.count / width, width)
    }

    private func mutableView(_ values: UnsafeMutableBufferPointer<Float>) -> MutableMatrixView {
        matrix(values.baseAddress!, values.count / width, width)
    }
}

extension PackedSequences {
    /// Sequences of the given lengths, read at the given positions of each.
    init(lengths: [Int], readouts: [[Int]]) {
        self.init(offsets: [0], ages: [], readouts: [], readoutOffsets: [0])
        for (length, positions) in zip(lengths, readouts) {
            let start = Int32(ages.count)
            ages += (0..<length).reversed().map { Int32($0) }
            self.readouts += positions.map { start + Int32($0) }
            offsets.append(Int32(ages.count))
            readoutOffsets.append(Int32(self.readouts.count))
        }
    }

    /// The positions of each readout's sequence, up to the readout.
    var prefixes: [Range<Int>] {
        (0..<offsets.count - 1).flatMap { sequence in
            (readoutOffsets[sequence]..<readoutOffsets[sequence + 1]).map {
                Int(offsets[sequence])..<Int(readouts[Int($0)]) + 1
            }
        }
    }
}
