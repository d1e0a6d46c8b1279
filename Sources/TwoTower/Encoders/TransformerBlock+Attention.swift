import LinearAlgebra
import NeuralNetwork

extension TransformerBlock {
    /// Attention of every head over every sequence: queries, keys and values → `attended`.
    func attend(_ pass: TransformerPass) {
        let place = pass.layout.blocks[index]
        let workspace = pass.workspace
        let (query, keyValue) = (workspace + place.query, workspace + place.keyValue)
        let (attended, scratch) = (
            workspace + place.attended, workspace + pass.layout.scratch.attention
        )
        let biases = workspace + pass.layout.scratch.distanceBias
        let longest = pass.sequences.longest
        writeVisible(pass)
        distanceBias.expand(pass.parameters, into: biases, longest: longest)
        forEachHead(pass) { shape, from, head in
            pass.kernels.attention(
                shape, query: query + from.query, key: keyValue + from.key,
                value: keyValue + from.key + width,
                bias: distanceBias.newest(head, in: biases, longest: longest),
                probabilities: workspace + place.probabilities + from.probabilities,
                output: attended + from.query, scratch: scratch)
        }
    }

    /// From the gradient of `attended`, in the scratch `normal`, to those of queries, keys and values,
    /// in the scratch of these names.
    func attendBackward(
        _ pass: TransformerPass, _ parameterGradient: UnsafeMutablePointer<Float>
    ) {
        let (place, scratch) = (pass.layout.blocks[index], pass.layout.scratch)
        let workspace = pass.workspace
        let (query, keyValue) = (workspace + place.query, workspace + place.keyValue)
        let attendedGradient = workspace + scratch.normal
        let queryGradient = workspace + scratch.query
        let keyValueGradient = workspace + scratch.keyValue
        let biases = workspace + scratch.distanceBiasGradient
        let longest = pass.sequences.longest
        biases.update(repeating: 0, count: distanceBias.expandedCount(longest: longest))
        forEachHead(pass) { shape, from, head in
            pass.kernels.attentionBackward(
                shape, query: query + from.query, key: keyValue + from.key,
                value: keyValue + from.key + width,
                probabilities: workspace + place.probabilities + from.probabilities,
                outputGradient: attendedGradient + from.query,
                queryGradient: queryGradient + from.query,
                keyGradient: keyValueGradient + from.key,
                valueGradient: keyValueGradient + from.key + width,
                biasGradient: distanceBias.newest(head, in: biases, longest: longest),
                scratch: workspace + scratch.attention)
        }
        distanceBias.addGradient(biases, to: parameterGradient, longest: longest)
    }

    /// Where the operands of one head and sequence start in their arrays.
    private struct HeadStart {
        let query: Int
        let key: Int
        let probabilities: Int
    }

    @inline(__always)
    private func forEachHead(
        _ pass: TransformerPass, _ body: (CausalAttention, HeadStart, _ head: Int) -> Void
    ) {
        let sequences = pass.sequences
        let queries = queryCount(
            positions: sequences.positionCount, readouts: sequences.readoutCount)
        let padded = CausalAttention.paddedCount(sequences.longest)
        let scratch = pass.layout.scratch
        let visible = integers(
            pass.workspace + (readsOnly ? scratch.readVisible : scratch.visible))
        var shape = CausalAttention(
            visible: visible, queryCount: 0, keyCount: 0, keyWidth: headWidth,
            valueWidth: headWidth, queryStride: width, keyStride: 2 * width,
            valueStride: 2 * width, outputStride: width,
            scale: 1 / Float(headWidth).squareRoot())
        for sequence in 0..<sequences.count {
            let positions = sequences.positions(sequence)
            let range = readsOnly ? sequences.readouts(sequence) : positions
            if readsOnly { shape.visible = UnsafePointer(visible + range.lowerBound) }
            shape.queryCount = range.count
            shape.keyCount = positions.count
            for head in 0..<heads {
                body(
                    shape,
                    HeadStart(
                        query: range.lowerBound * width + head * headWidth,
                        key: positions.lowerBound * 2 * width + head * headWidth,
                        probabilities: (head * queries + range.lowerBound) * padded), head)
            }
        }
    }

    /// Writes how many keys each query sees; the backward pass finds it there.
    private func writeVisible(_ pass: TransformerPass) {
        let sequences = pass.sequences
        let scratch = pass.layout.scratch
        if readsOnly {
            sequences.writeVisible(integers(pass.workspace + scratch.readVisible))
        } else {
            let visible = integers(pass.workspace + scratch.visible)
            for position in 0..<sequences.longest { visible[position] = Int32(position + 1) }
        }
    }
}
