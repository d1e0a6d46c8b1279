import LinearAlgebra
import NeuralNetwork

extension TransformerBlock {
    /// Computes y from x, shape `[positions, width]`, and leaves what lies between in the workspace.
    func forward(_ pass: TransformerPass, input: UnsafePointer<Float>) {
        let (kernels, parameters, workspace) = (pass.kernels, pass.parameters, pass.workspace)
        let place = pass.layout.blocks[index]
        let positions = pass.sequences.positionCount
        let queries = queryCount(positions: positions, readouts: pass.sequences.readoutCount)

        let normal = workspace + place.normal
        kernels.layerNorm(
            matrix(input, positions, width), gain: parameters + attentionNorm,
            bias: parameters + attentionNorm + width, into: matrix(normal, positions, width),
            moments: workspace + place.moments)
        BLAS.multiply(
            matrix(normal, positions, width).readOnly,
            matrix(parameters + keyValueWeights, width, 2 * width),
            into: matrix(workspace + place.keyValue, positions, 2 * width))
        var (queryInput, queryNormal) = (input, UnsafePointer(normal))
        if readsOnly {
            pass.sequences.gather(input, width, into: workspace + place.readInput)
            pass.sequences.gather(normal, width, into: workspace + place.readNormal)
            queryInput = UnsafePointer(workspace + place.readInput)
            queryNormal = UnsafePointer(workspace + place.readNormal)
        }
        BLAS.multiply(
            matrix(queryNormal, queries, width), matrix(parameters + queryWeights, width, width),
            into: matrix(workspace + place.query, queries, width))
        attend(pass)

        let middle = workspace + place.middle
        BLAS.multiply(
            matrix(workspace + place.attended, queries, width).readOnly,
            matrix(parameters + outputWeights, width, width), into: matrix(middle, queries, width))
        pass.dropout?.apply(middle, queries * width, place: attentionDropout, kernels)
        kernels.axpy(1, queryInput, middle, queries * width)

        let forwardNormal = workspace + place.forwardNormal
        kernels.layerNorm(
            matrix(UnsafePointer(middle), queries, width), gain: parameters + forwardNorm,
            bias: parameters + forwardNorm + width, into: matrix(forwardNormal, queries, width),
            moments: workspace + place.forwardMoments)
        expand(pass, matrix(forwardNormal, queries, width).readOnly)
        let output = matrix(workspace + place.output, queries, width)
        BLAS.multiply(
            matrix(workspace + place.hidden, queries, hidden).readOnly,
            matrix(parameters + contractWeights, hidden, width), into: output)
        kernels.addBias(parameters + contractBias, activation: .identity, to: output)
        pass.dropout?.apply(output.base, queries * width, place: forwardDropout, kernels)
        kernels.axpy(1, middle, output.base, queries * width)
    }

    /// Adds the gradients of the parameters, and replaces the gradient of y by that of x: of
    /// readouts in `readGradient` for the last block, else in `gradient`; the result in `gradient`.
    func backward(
        _ pass: TransformerPass, input: UnsafePointer<Float>,
        _ parameterGradient: UnsafeMutablePointer<Float>
    ) {
        let (kernels, parameters, workspace) = (pass.kernels, pass.parameters, pass.workspace)
        let (place, scratch) = (pass.layout.blocks[index], pass.layout.scratch)
        let positions = pass.sequences.positionCount
        let queries = queryCount(positions: positions, readouts: pass.sequences.readoutCount)
        let gradient = workspace + (readsOnly ? scratch.readGradient : scratch.gradient)
        let normal = matrix(workspace + scratch.normal, queries, width)

        forwardLayerBackward(pass, gradient, into: normal, parameterGradient)
        kernels.layerNormBackward(
            matrix(workspace + place.middle, queries, width).readOnly,
            gain: parameters + forwardNorm, moments: workspace + place.forwardMoments,
            yGradient: normal.readOnly, xGradient: gradient,
            gainGradient: parameterGradient + forwardNorm,
            biasGradient: parameterGradient + forwardNorm + width)

        let part = dropped(gradient, queries, place: attentionDropout, pass)
        multiplyBackward(
            matrix(workspace + place.attended, queries, width).readOnly, part,
            weights: outputWeights, into: matrix(workspace + scratch.normal, queries, width),
            pass, parameterGradient)
        attendBackward(pass, parameterGradient)

        let queryNormal = workspace + (readsOnly ? place.readNormal : place.normal)
        let query = matrix(workspace + scratch.query, queries, width).readOnly
        multiplyBackward(
            matrix(queryNormal, queries, width).readOnly, query, weights: queryWeights,
            into: normal, pass, parameterGradient)
        let whole = matrix(workspace + scratch.part, positions, width)
        multiplyBackward(
            matrix(workspace + place.normal, positions, width).readOnly,
            matrix(workspace + scratch.keyValue, positions, 2 * width).readOnly,
            weights: keyValueWeights, into: whole, pass, parameterGradient)
        let inputGradient = workspace + scratch.gradient
        if readsOnly {
            pass.sequences.scatterAdd(normal.base, width, to: whole.base, kernels)
            inputGradient.update(repeating: 0, count: positions * width)
            pass.sequences.scatterAdd(gradient, width, to: inputGradient, kernels)
        } else {
            kernels.axpy(1, normal.base, whole.base, positions * width)
        }
        kernels.layerNormBackward(
            matrix(input, positions, width), gain: parameters + attentionNorm,
            moments: workspace + place.moments, yGradient: whole.readOnly,
            xGradient: inputGradient, gainGradient: parameterGradient + attentionNorm,
            biasGradient: parameterGradient + attentionNorm + width)
    }

    // The places of dropout: 0 is the input of the Transformer.
    private var attentionDropout: Int { 1 + 2 * index }
    private var forwardDropout: Int { 2 + 2 * index }

    /// The hidden values of the feed-forward layer.
    private func expand(_ pass: TransformerPass, _ normal: MatrixView) {
        let place = pass.layout.blocks[index]
        let kernels = pass.kernels
        let hiddenValues = matrix(pass.workspace + place.hidden, normal.rows, hidden)
        let weights = matrix(pass.parameters + expandWeights, width, hidden)
        switch activation {
        case .rectifier:
            BLAS.multiply(normal, weights, into: hiddenValues)
            kernels.addBias(
                pass.parameters + expandBias, activation: .rectifier, to: hiddenValues)
        case .gelu:
            let inputs = matrix(pass.workspace + place.hiddenInput, normal.rows, hidden)
            BLAS.multiply(normal, weights, into: inputs)
            kernels.addBias(pass.parameters + expandBias, activation: .identity, to: inputs)
            kernels.gelu(inputs.base, into: hiddenValues.base, normal.rows * hidden)
        }
    }

    /// From the gradient of y to that of LN(m), through the feed-forward layer alone.
    private func forwardLayerBackward(
        _ pass: TransformerPass, _ gradient: UnsafeMutablePointer<Float>,
        into normalGradient: MutableMatrixView, _ parameterGradient: UnsafeMutablePointer<Float>
    ) {
        let place = pass.layout.blocks[index]
        let (kernels, workspace) = (pass.kernels, pass.workspace)
        let queries = normalGradient.rows
        let output = dropped(gradient, queries, place: forwardDropout, pass)
        kernels.addColumnSums(output, to: parameterGradient + contractBias)
        let hiddenGradient = matrix(workspace + pass.layout.scratch.hidden, queries, hidden)
        multiplyBackward(
            matrix(workspace + place.hidden, queries, hidden).readOnly, output,
            weights: contractWeights, into: hiddenGradient, pass, parameterGradient)
        switch activation {
        case .rectifier:
            kernels.rectifierBackward(
                output: workspace + place.hidden, gradient: hiddenGradient.base, queries * hidden)
        case .gelu:
            kernels.geluBackward(
                input: workspace + place.hiddenInput, gradient: hiddenGradient.base,
                queries * hidden)
        }
        kernels.addColumnSums(hiddenGradient.readOnly, to: parameterGradient + expandBias)
        multiplyBackward(
            matrix(workspace + place.forwardNormal, queries, width).readOnly,
            hiddenGradient.readOnly, weights: expandWeights, into: normalGradient, pass,
            parameterGradient)
    }

    /// y = x W backward: adds the gradient of W, and writes that of x.
    private func multiplyBackward(
        _ x: MatrixView, _ yGradient: MatrixView, weights: Int,
        into xGradient: MutableMatrixView, _ pass: TransformerPass,
        _ parameterGradient: UnsafeMutablePointer<Float>
    ) {
        BLAS.multiply(
            x, yGradient, transposing: .first,
            into: matrix(parameterGradient + weights, x.columns, yGradient.columns),
            accumulating: true)
        BLAS.multiply(
            yGradient, matrix(pass.parameters + weights, x.columns, yGradient.columns),
            transposing: .second, into: xGradient)
    }

    /// The gradient before dropout; the stream's stays as it is.
    private func dropped(
        _ gradient: UnsafeMutablePointer<Float>, _ rows: Int, place: Int, _ pass: TransformerPass
    ) -> MatrixView {
        guard let dropout = pass.dropout, dropout.rate > 0 else {
            return matrix(gradient, rows, width).readOnly
        }
        let part = pass.workspace + pass.layout.scratch.part
        part.update(from: gradient, count: rows * width)
        dropout.apply(part, rows * width, place: place, pass.kernels)
        return matrix(part, rows, width).readOnly
    }
}
