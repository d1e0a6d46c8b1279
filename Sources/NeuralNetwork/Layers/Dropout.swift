import LinearAlgebra

/// Which values a training step zeroes: seeds of the masks, so that backward repeats forward.
package struct Dropout: Sendable {
    package var input: Float
    package var hidden: Float
    /// Inside an encoder of sequences.
    package var sequence: Float
    package var seed: UInt64

    package init(input: Float, hidden: Float, sequence: Float = 0, seed: UInt64) {
        self.input = input
        self.hidden = hidden
        self.sequence = sequence
        self.seed = seed
    }

    /// The seed of the mask of one layer in one chunk of a batch.
    package func seed(layer: Int, chunk: Int) -> UInt64 {
        var mixer = SplitMix64(state: seed ^ UInt64(layer + 1) << 48 ^ UInt64(chunk))
        return mixer.next()
    }

    /// Zeroes values before a layer, or in the backward pass their gradients. A layer of index 0 reads
    /// the input.
    package func apply(to x: MutableMatrixView, layer: Int, chunk: Int, _ kernels: Kernels) {
        let probability = layer == 0 ? input : hidden
        guard probability > 0 else { return }
        kernels.dropout(
            x.base, x.rows * x.columns, seed: seed(layer: layer, chunk: chunk),
            probability: probability)
    }
}
