import Foundation
import LinearAlgebra
import NeuralNetwork

/// Experts that all tasks share, and for each task a gate that weighs them and a head (Ma et al., *Modeling
/// Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts*, 2018).
///
/// Expert e turns a row x into fₑ(x), two layers with rectifiers; the gate of task t is
/// gₜ = softmax(x Gₜ), and the head turns Σ gₜₑ fₑ(x), by a layer with a rectifier and one without,
/// into a logit.
struct ExpertMixture: Sendable {
    let experts: Int
    let tasks: Int
    let hiddenWidth: Int
    let width: Int
    let headWidth: Int
    /// The first layers of all experts, side by side.
    private let hidden: ContextLayer
    /// The second layer of each expert.
    private let outputs: [DenseLayer]
    /// The gates of all tasks, side by side.
    private let gates: ContextLayer
    private let headLayers: [DenseLayer]
    private let headLogits: [DenseLayer]

    init(
        _ configuration: RankerConfiguration, contextWidth: Int, ownWidth: Int, tasks: [RankerTask],
        offset: Int
    ) {
        experts = configuration.expertCount
        self.tasks = tasks.count
        hiddenWidth = configuration.expertHiddenWidth
        width = configuration.expertWidth
        headWidth = configuration.headWidth
        var offset = offset
        func context(
            _ name: String, _ outputs: Int, _ activation: Kernels.Activation
        ) -> ContextLayer {
            let layer = ContextLayer(
                name: name, contextInputs: contextWidth, inputs: ownWidth, outputs: outputs,
                offset: offset, activation: activation)
            offset += layer.parameterCount
            return layer
        }
        func dense(
            _ name: String, _ inputs: Int, _ outputs: Int, _ activation: Kernels.Activation
        ) -> DenseLayer {
            let layer = DenseLayer(
                name: name, inputs: inputs, outputs: outputs, offset: offset,
                activation: activation)
            offset += layer.parameterCount
            return layer
        }
        hidden = context("experts layer 1", experts * hiddenWidth, .rectifier)
        let (hiddenWidth, width) = (hiddenWidth, width)
        outputs = (0..<experts).map {
            dense("expert \($0 + 1) layer 2", hiddenWidth, width, .rectifier)
        }
        gates = context("gates", experts * tasks.count, .identity)
        let headWidth = headWidth
        headLayers = tasks.map { dense("head of \($0.name) layer 1", width, headWidth, .rectifier) }
        headLogits = tasks.map { dense("head of \($0.name) layer 2", headWidth, 1, .identity) }
    }

    private var denseLayers: [DenseLayer] { outputs + headLayers + headLogits }
    var parameterCount: Int {
        hidden.parameterCount + gates.parameterCount
            + denseLayers.reduce(0) { $0 + $1.parameterCount }
    }
    /// Names and places of the layers' parameters.
    var parts: [(name: String, range: Range<Int>)] {
        [(hidden.name, hidden.range), (gates.name, gates.range)]
            + denseLayers.map { ($0.name, $0.range) }
    }

    /// Fills all but the last layers of the heads: with these at 0, a new model predicts the base rates.
    func initialize(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        hidden.initialize(parameters, using: &generator)
        gates.initialize(parameters, using: &generator)
        for layer in outputs + headLayers {
            (parameters + layer.offset).fillGlorot(
                inputs: layer.inputs, outputs: layer.outputs, using: &generator)
        }
    }

    /// The values of some rows, or their gradients: blocks without gaps between rows.
    struct Values {
        /// Shape `[rows, experts × hiddenWidth]`.
        let hidden: MutableMatrixView
        /// For each expert, shape `[rows, width]`.
        let outputs: [MutableMatrixView]
        /// Shape `[rows, tasks × experts]`: probabilities.
        let gates: MutableMatrixView
        /// For each task, shape `[rows, width]`.
        let mixtures: [MutableMatrixView]
        /// For each task, shape `[rows, headWidth]`.
        let heads: [MutableMatrixView]
    }

    /// Values of one row.
    var valueWidth: Int {
        experts * (hiddenWidth + width + tasks) + tasks * (width + headWidth)
    }

    /// The values of some rows, in memory of `rows` × `valueWidth` floats.
    func values(at base: UnsafeMutablePointer<Float>, rows: Int) -> Values {
        var next = base
        func take(_ columns: Int) -> MutableMatrixView {
            defer { next += rows * columns }
            return matrix(next, rows, columns)
        }
        return Values(
            hidden: take(experts * hiddenWidth), outputs: (0..<experts).map { _ in take(width) },
            gates: take(tasks * experts), mixtures: (0..<tasks).map { _ in take(width) },
            heads: (0..<tasks).map { _ in take(headWidth) })
    }

    /// Floats of scratch for each context.
    var sharedWidth: Int { max(hidden.outputs, gates.outputs) }

    private func inputs(_ hidden: MutableMatrixView, of expert: Int) -> MutableMatrixView {
        hidden.columns(expert * hiddenWidth..<(expert + 1) * hiddenWidth)
    }

    /// Adds the logits of each row, shape `[rows, tasks]`, to what is there.
    ///
    /// - Parameters:
    ///   - u: Shape `[contexts, contextWidth]`.
    ///   - x: Shape `[rows, ownWidth]`.
    ///   - shared: Scratch, `sharedWidth` floats for each context.
    ///   - drop: Zeroes hidden values of the experts.
    func forward(
        _ u: MatrixView, _ x: MatrixView, _ owners: RowOwners, _ values: Values,
        shared: UnsafeMutablePointer<Float>, logits: MutableMatrixView,
        _ parameters: UnsafePointer<Float>, _ kernels: Kernels, drop: (MutableMatrixView) -> Void
    ) {
        hidden.forward(
            u, x, owners, shared: matrix(shared, u.rows, hidden.outputs), values.hidden,
            parameters, kernels)
        drop(values.hidden)
        for (expert, layer) in outputs.enumerated() {
            layer.forward(
                inputs(values.hidden, of: expert).readOnly, values.outputs[expert], parameters,
                kernels)
        }
        gates.forward(
            u, x, owners, shared: matrix(shared, u.rows, gates.outputs), values.gates,
            parameters, kernels)
        for row in 0..<x.rows {
            for task in 0..<tasks {
                _ = kernels.softmax(values.gates.row(row) + task * experts, experts)
            }
        }
        for task in 0..<tasks {
            let mixture = values.mixtures[task]
            for row in 0..<x.rows {
                let (gate, sum) = (values.gates.row(row) + task * experts, mixture.row(row))
                sum.update(repeating: 0, count: width)
                for expert in 0..<experts {
                    kernels.axpy(gate[expert], values.outputs[expert].row(row), sum, width)
                }
            }
            headLayers[task].forward(mixture.readOnly, values.heads[task], parameters, kernels)
            headLogits[task].addProduct(
                values.heads[task].readOnly, to: logits.columns(task..<task + 1), parameters,
                kernels)
        }
    }

    /// Adds the gradients of parameters, u and x to what is there.
    ///
    /// - Parameters:
    ///   - gradients: Room for the gradients of the values.
    ///   - logitGradient: Shape `[rows, tasks]`.
    ///   - drop: Repeats what the forward pass dropped.
    func backward(
        _ u: MatrixView, _ x: MatrixView, _ owners: RowOwners, _ values: Values,
        _ gradients: Values, shared: UnsafeMutablePointer<Float>,
        logitGradient: MutableMatrixView, uGradient: MutableMatrixView,
        xGradient: MutableMatrixView, _ parameters: UnsafePointer<Float>,
        _ parameterGradient: UnsafeMutablePointer<Float>, _ kernels: Kernels,
        drop: (MutableMatrixView) -> Void
    ) {
        for output in gradients.outputs {
            output.base.update(repeating: 0, count: output.rows * width)
        }
        for task in 0..<tasks {
            headLogits[task].backward(
                values.heads[task].readOnly, logitGradient.readOnly.columns(task..<task + 1),
                parameters, gradients.heads[task], logitGradient.columns(task..<task + 1),
                parameterGradient, kernels)
            headLayers[task].backward(
                values.mixtures[task].readOnly, values.heads[task].readOnly, parameters,
                gradients.mixtures[task], gradients.heads[task], parameterGradient, kernels)
            mixtureBackward(task, values, gradients, kernels)
        }
        for (expert, layer) in outputs.enumerated() {
            layer.backward(
                inputs(values.hidden, of: expert).readOnly, values.outputs[expert].readOnly,
                parameters, inputs(gradients.hidden, of: expert), gradients.outputs[expert],
                parameterGradient, kernels)
        }
        drop(gradients.hidden)
        hidden.backward(
            u, x, owners, shared: matrix(shared, u.rows, hidden.outputs), values.hidden.readOnly,
            parameters, uGradient: uGradient, xGradient: xGradient, gradients.hidden,
            parameterGradient, kernels)
        gates.backward(
            u, x, owners, shared: matrix(shared, u.rows, gates.outputs), values.gates.readOnly,
            parameters, uGradient: uGradient, xGradient: xGradient, gradients.gates,
            parameterGradient, kernels)
    }

    /// With d the gradient of the mixture: that of expert e's output is Σ over tasks of gₑ d, that of the
    /// gate before the softmax gₑ (d·fₑ − Σ gᵢ d·fᵢ).
    private func mixtureBackward(
        _ task: Int, _ values: Values, _ gradients: Values, _ kernels: Kernels
    ) {
        for row in 0..<values.gates.rows {
            let d = gradients.mixtures[task].row(row)
            let gate = values.gates.row(row) + task * experts
            let gateGradient = gradients.gates.row(row) + task * experts
            var mean: Float = 0
            for expert in 0..<experts {
                kernels.axpy(gate[expert], d, gradients.outputs[expert].row(row), width)
                gateGradient[expert] = kernels.dot(d, values.outputs[expert].row(row), width)
                mean += gate[expert] * gateGradient[expert]
            }
            for expert in 0..<experts {
                gateGradient[expert] = gate[expert] * (gateGradient[expert] - mean)
            }
        }
    }
}
