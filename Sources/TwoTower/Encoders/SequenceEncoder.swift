import LinearAlgebra
import NeuralNetwork

/// Turns event vectors into states: the state of a position depends on it and on those before it,
/// never on later ones.
///
/// A chunk of sequences is worked by one thread, and nothing is allocated: what lies between forward
/// and backward stands in a workspace that the caller keeps. All values are finite if the
/// parameters and events are; a NaN passes through, so that it is found where losses are.
package protocol SequenceEncoder: Sendable {
    /// Length of an event vector, and of a state.
    var width: Int { get }

    /// States of a readout: one, or one for each interest of a user.
    var stateCount: Int { get }

    /// The number of parameters.
    var parameterCount: Int { get }

    /// Fills the parameters; `parameters` has room for `parameterCount`.
    func initialize(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator)

    /// Floats of workspace for a chunk with up to so many positions and readouts, and sequences of up
    /// to `longest` positions.
    func workspaceSize(positions: Int, readouts: Int, longest: Int) -> Int

    /// Writes the states of each readout, shape `[readouts × stateCount, width]`, those of one readout
    /// after another.
    ///
    /// `events` has shape `[positions, width]` and is not changed. Dropout is nil when embedding.
    func forward(
        _ sequences: PackedSequences, events: MatrixView, states: MutableMatrixView,
        parameters: UnsafePointer<Float>, workspace: UnsafeMutablePointer<Float>,
        dropout: SequenceDropout?, kernels: Kernels)

    /// Writes the gradient of the events, shape `[positions, width]`, and adds that of the
    /// parameters.
    ///
    /// Follows `forward` with the same sequences, events, parameters, dropout and workspace.
    func backward(
        _ sequences: PackedSequences, events: MatrixView, states: MatrixView,
        stateGradient: MatrixView, eventGradient: MutableMatrixView,
        parameters: UnsafePointer<Float>, parameterGradient: UnsafeMutablePointer<Float>,
        workspace: UnsafeMutablePointer<Float>, dropout: SequenceDropout?, kernels: Kernels)
}

extension SequenceEncoder {
    package var stateCount: Int { 1 }
}

/// Dropout of one chunk: the backward pass repeats the draws of the forward pass, since
/// `Kernels.dropout` is a function of seed and index.
package struct SequenceDropout: Sendable {
    /// Share of values set to zero, in 0 ..< 1.
    package var rate: Float
    /// Seed of this chunk in this step.
    package var seed: UInt64

    /// Dropout of a share of the values, by the seed of a chunk.
    package init(rate: Float, seed: UInt64) {
        self.rate = rate
        self.seed = seed
    }

    /// Zeroes values of one of the places where an encoder drops.
    func apply(_ x: UnsafeMutablePointer<Float>, _ count: Int, place: Int, _ kernels: Kernels) {
        if rate == 0 { return }
        var chunk = SplitMix64(state: seed)
        var mixer = SplitMix64(state: chunk.next() ^ UInt64(place))
        kernels.dropout(x, count, seed: mixer.next(), probability: rate)
    }
}

extension Dropout {
    /// The dropout of an encoder in one chunk of a batch; nil where it drops nothing.
    func ofSequences(chunk: Int) -> SequenceDropout? {
        sequence > 0
            ? SequenceDropout(rate: sequence, seed: seed(layer: 1 << 8, chunk: chunk)) : nil
    }
}
