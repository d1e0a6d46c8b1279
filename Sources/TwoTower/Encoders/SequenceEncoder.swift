import LinearAlgebra

/// The sequences of one chunk, one after the other without padding.
struct PackedSequences {
    /// Where each sequence starts among the positions; one value more than sequences.
    var offsets: [Int32] = [0]
    /// For each position, how many positions of its sequence come after it: 0 for the newest.
    ///
    /// A sequence starts with a position for "nothing yet", before the oldest event, so that none is
    /// empty.
    var ages: [Int32] = []
    /// The positions whose state is asked for, ascending; each sequence has at least one.
    var readouts: [Int32] = []
    /// Where the readouts of each sequence start; one value more than sequences.
    var readoutOffsets: [Int32] = [0]

    var count: Int { offsets.count - 1 }
    var positionCount: Int { ages.count }
}

/// Turns event vectors into states: the state of a position depends on it and on those before it,
/// never on later ones.
///
/// A chunk is worked by one thread, over a workspace that the caller owns.
protocol SequenceEncoder: Sendable {
    /// Length of an event vector, and of a state.
    var width: Int { get }
    /// Values that the encoder learns.
    var parameterCount: Int { get }
    /// Fills `parameterCount` parameters.
    func initialize(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator)
    /// Values of workspace that a chunk needs.
    ///
    /// - Parameter longest: The positions of the longest sequence.
    func workspaceSize(positions: Int, readouts: Int, longest: Int) -> Int
    /// Writes the state of each readout, shape `[readouts, width]`.
    ///
    /// - Parameter events: Shape `[positions, width]`; not changed.
    func forward(
        _ sequences: PackedSequences, events: MatrixView, states: MutableMatrixView,
        parameters: UnsafePointer<Float>, workspace: UnsafeMutablePointer<Float>,
        dropout: SequenceDropout?, kernels: Kernels)
    /// After `forward` over the same workspace: writes the gradient of the events, and adds that of
    /// the parameters.
    func backward(
        _ sequences: PackedSequences, events: MatrixView, states: MatrixView,
        stateGradient: MatrixView, eventGradient: MutableMatrixView,
        parameters: UnsafePointer<Float>, parameterGradient: UnsafeMutablePointer<Float>,
        workspace: UnsafeMutablePointer<Float>, dropout: SequenceDropout?, kernels: Kernels)
}

/// Which values of a chunk a training step zeroes: the backward pass repeats the draws.
struct SequenceDropout {
    /// The share of values zeroed.
    var rate: Float
    /// The seed of this chunk.
    var seed: UInt64
}

extension TwoTowerConfiguration {
    /// The encoder that the configuration names, if it reads histories as sequences.
    var sequenceEncoder: (any SequenceEncoder)? { nil }
}
