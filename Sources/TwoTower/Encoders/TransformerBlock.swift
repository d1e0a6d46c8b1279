import LinearAlgebra
import NeuralNetwork

/// One block of a causal Transformer: where its parameters and activations lie.
///
/// The queries of the last block are the readouts, those of the others all positions; below,
/// `queries` stands for the number of them.
struct TransformerBlock: Sendable {
    /// Which block of the Transformer, from 0.
    let index: Int
    let width: Int
    let heads: Int
    /// Width of the hidden feed-forward layer.
    let hidden: Int
    let activation: CausalTransformer.Activation
    /// Whether the queries are the readouts alone.
    let readsOnly: Bool
    /// Scales what the block adds to its input at the start, so that the sum over blocks stays of one
    /// size (Radford et al. 2019).
    let residualFactor: Float

    // Where parameters start.

    /// Gain and bias of the normalisation before attention.
    let attentionNorm: Int
    /// `[width, width]`.
    let queryWeights: Int
    /// `[width, 2 width]`: keys, then values.
    let keyValueWeights: Int
    /// `[width, width]`.
    let outputWeights: Int
    let distanceBias: DistanceBias
    /// Gain and bias of the normalisation before the feed-forward layer.
    let forwardNorm: Int
    /// `[width, hidden]`, then the bias.
    let expandWeights: Int
    /// `[hidden, width]`, then the bias.
    let contractWeights: Int

    init(
        index: Int, width: Int, settings: CausalTransformer.Settings, parameters: inout Layout
    ) {
        self.index = index
        self.width = width
        heads = settings.heads
        hidden = settings.hiddenMultiple * width
        activation = settings.activation
        readsOnly = index == settings.blocks - 1
        residualFactor = 1 / Float(2 * settings.blocks).squareRoot()
        attentionNorm = parameters.take(2 * width)
        queryWeights = parameters.take(width * width)
        keyValueWeights = parameters.take(2 * width * width)
        outputWeights = parameters.take(width * width)
        distanceBias = DistanceBias(
            heads: heads, distances: settings.order == .distance ? settings.orders : 0,
            parameters: &parameters)
        forwardNorm = parameters.take(2 * width)
        expandWeights = parameters.take((width + 1) * hidden)
        contractWeights = parameters.take((hidden + 1) * width)
    }

    var headWidth: Int { width / heads }
    var expandBias: Int { expandWeights + width * hidden }
    var contractBias: Int { contractWeights + hidden * width }

    /// The number of queries of a chunk.
    func queryCount(positions: Int, readouts: Int) -> Int { readsOnly ? readouts : positions }

    func initialize(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        for norm in [attentionNorm, forwardNorm] {
            (parameters + norm).update(repeating: 1, count: width)
            (parameters + norm + width).update(repeating: 0, count: width)
        }
        (parameters + queryWeights).fillGlorot(inputs: width, outputs: width, using: &generator)
        (parameters + keyValueWeights).fillGaussian(
            2 * width * width, deviation: 1 / Float(width).squareRoot(), using: &generator)
        (parameters + outputWeights).fillGlorot(
            inputs: width, outputs: width, factor: residualFactor, using: &generator)
        distanceBias.initialize(parameters)
        (parameters + expandWeights).fillGlorot(inputs: width, outputs: hidden, using: &generator)
        (parameters + expandBias).update(repeating: 0, count: hidden)
        (parameters + contractWeights).fillGlorot(
            inputs: hidden, outputs: width, factor: residualFactor, using: &generator)
        (parameters + contractBias).update(repeating: 0, count: width)
    }

    /// Where the forward pass leaves what the backward pass needs.
    struct Activations {
        /// LN(x), `[positions, width]`, and its moments.
        let normal: Int
        let moments: Int
        /// The rows of x and of LN(x) that are queries, `[queries, width]`; for the last block only.
        let readInput: Int
        let readNormal: Int
        /// `[queries, width]`.
        let query: Int
        /// `[positions, 2 width]`.
        let keyValue: Int
        /// For each head and query, a row of probabilities.
        let probabilities: Int
        /// What heads return, `[queries, width]`.
        let attended: Int
        /// m, `[queries, width]`.
        let middle: Int
        /// LN(m), and its moments.
        let forwardNormal: Int
        let forwardMoments: Int
        /// What GELU is applied to, `[queries, hidden]`.
        let hiddenInput: Int
        /// `[queries, hidden]`.
        let hidden: Int
        /// y, `[queries, width]`.
        let output: Int

        init(
            _ block: TransformerBlock, positions: Int, readouts: Int, longest: Int,
            in layout: inout Layout
        ) {
            let width = block.width
            let queries = block.queryCount(positions: positions, readouts: readouts)
            let read = block.readsOnly ? readouts : 0
            normal = layout.take(positions * width)
            moments = layout.take(positions * 2)
            readInput = layout.take(read * width)
            readNormal = layout.take(read * width)
            query = layout.take(queries * width)
            keyValue = layout.take(positions * 2 * width)
            probabilities = layout.take(
                block.heads * queries * CausalAttention.paddedCount(longest))
            attended = layout.take(queries * width)
            middle = layout.take(queries * width)
            forwardNormal = layout.take(queries * width)
            forwardMoments = layout.take(queries * 2)
            hiddenInput = layout.take(block.activation == .gelu ? queries * block.hidden : 0)
            hidden = layout.take(queries * block.hidden)
            output = layout.take(queries * width)
        }
    }

    /// Memory that one block after the other uses.
    struct Scratch {
        /// How many keys each query of a sequence sees; for the last block, and for the others.
        let readVisible: Int
        let visible: Int
        /// For `Kernels.attention`.
        let attention: Int
        /// The expanded biases of distances, and their gradient.
        let distanceBias: Int
        let distanceBiasGradient: Int
        /// The gradient of the stream between blocks: of the readouts, then of all positions.
        let readGradient: Int
        let gradient: Int
        /// Gradients of parts of a block, `[positions, width]`.
        let part: Int
        let normal: Int
        /// `[positions, hidden]`.
        let hidden: Int
        /// `[positions, width]`.
        let query: Int
        /// `[positions, 2 width]`.
        let keyValue: Int

        init(
            _ block: TransformerBlock, positions: Int, readouts: Int, longest: Int,
            in layout: inout Layout
        ) {
            readVisible = layout.take(readouts)
            visible = layout.take(longest)
            attention = layout.take(
                CausalAttention.scratchSize(
                    queryCount: longest, keyCount: longest, keyWidth: block.headWidth,
                    valueWidth: block.headWidth))
            let biases = block.distanceBias.expandedCount(longest: longest)
            distanceBias = layout.take(biases)
            distanceBiasGradient = layout.take(biases)
            readGradient = layout.take(readouts * block.width)
            gradient = layout.take(positions * block.width)
            part = layout.take(positions * block.width)
            normal = layout.take(positions * block.width)
            hidden = layout.take(positions * block.hidden)
            query = layout.take(positions * block.width)
            keyValue = layout.take(positions * 2 * block.width)
        }
    }
}
