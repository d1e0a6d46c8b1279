import CKernels

/// One head of causal attention over one sequence: where its operands lie.
///
/// Operands are windows on buffers that hold all heads and sequences, so each has a stride, which its
/// gradient shares. Whole vectors are read: 15 values past the last one of a buffer must be readable.
public struct CausalAttention {
    /// How many keys each query sees: 1 … `keyCount`, never falling.
    public var visible: UnsafePointer<Int32>
    /// The number of queries.
    public var queryCount: Int
    /// The number of keys and of values.
    public var keyCount: Int
    /// Length of a query and of a key.
    public var keyWidth: Int
    /// Length of a value and of an output.
    public var valueWidth: Int
    /// The distance between the starts of two queries, in values.
    public var queryStride: Int
    /// The distance between the starts of two keys.
    public var keyStride: Int
    /// The distance between the starts of two values.
    public var valueStride: Int
    /// The distance between the starts of two outputs.
    public var outputStride: Int
    /// Multiplies the inner product of query and key.
    public var scale: Float

    /// Attention of queries to keys that never look ahead.
    public init(
        visible: UnsafePointer<Int32>, queryCount: Int, keyCount: Int, keyWidth: Int,
        valueWidth: Int, queryStride: Int, keyStride: Int, valueStride: Int, outputStride: Int,
        scale: Float
    ) {
        self.visible = visible
        self.queryCount = queryCount
        self.keyCount = keyCount
        self.keyWidth = keyWidth
        self.valueWidth = valueWidth
        self.queryStride = queryStride
        self.keyStride = keyStride
        self.valueStride = valueStride
        self.outputStride = outputStride
        self.scale = scale
    }

    /// The distance between the probabilities of two queries: the keys, rounded up to a whole
    /// vector.
    public static func paddedCount(_ keyCount: Int) -> Int { (keyCount + 15) / 16 * 16 }

    /// Floats of scratch that forward and backward need.
    public static func scratchSize(
        queryCount: Int, keyCount: Int, keyWidth: Int, valueWidth: Int
    ) -> Int {
        (max(keyWidth, valueWidth) + queryCount) * paddedCount(keyCount)
    }

    fileprivate var shape: vitrine_attention {
        vitrine_attention(
            queries: queryCount, keys: keyCount, key_width: keyWidth, value_width: valueWidth,
            query_stride: queryStride, key_stride: keyStride, value_stride: valueStride,
            output_stride: outputStride, scale: scale, visible: visible)
    }
}

extension Kernels {
    /// Layer normalisation (Ba, Kiros, Hinton 2016), row by row:
    /// y = (x − mean) / √(variance + 10⁻⁵) · gain + bias.
    ///
    /// Keeps the mean and 1 / √(variance + 10⁻⁵) of each row in `moments`, shape `[rows, 2]`, for the
    /// backward pass.
    public func layerNorm(
        _ x: MatrixView, gain: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        into y: MutableMatrixView, moments: UnsafeMutablePointer<Float>
    ) {
        precondition(
            x.rows == y.rows && x.columns == y.columns,
            "normalised \(x.rows) × \(x.columns) into \(y.rows) × \(y.columns)")
        table.pointee.layer_norm(
            x.base, x.stride, gain, bias, y.base, y.stride, moments, x.rows, x.columns, 1e-5)
    }

    /// Adds the gradients of x, gain and bias. With x̂ the normalised row and g = gain · dy, the one of x
    /// is (g − mean(g) − x̂ mean(g x̂)) / √(variance + 10⁻⁵).
    ///
    /// Rows of `xGradient` lie as those of x.
    public func layerNormBackward(
        _ x: MatrixView, gain: UnsafePointer<Float>, moments: UnsafePointer<Float>,
        yGradient: MatrixView, xGradient: UnsafeMutablePointer<Float>,
        gainGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>
    ) {
        precondition(
            x.rows == yGradient.rows && x.columns == yGradient.columns,
            "gradient of \(yGradient.rows) × \(yGradient.columns) for \(x.rows) × \(x.columns)")
        table.pointee.layer_norm_backward(
            x.base, x.stride, gain, moments, yGradient.base, yGradient.stride, xGradient,
            gainGradient, biasGradient, x.rows, x.columns)
    }

    /// Writes GELU(x) in its tanh form (Hendrycks, Gimpel 2016) to y:
    /// x σ(2 √(2/π) (x + 0.044715 x³)).
    public func gelu(
        _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        table.pointee.gelu(x, y, count)
    }

    /// Multiplies the gradient by the slope of GELU at x.
    public func geluBackward(
        input x: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        table.pointee.gelu_backward(x, gradient, count)
    }

    /// Writes tanh(a) σ(b), shape `[rows, width]`, for rows a, b of z, shape `[rows, 2 width]` (the gate
    /// of van den Oord et al. 2016), and leaves tanh(a) and σ(b) in z.
    public func gate(
        _ z: UnsafeMutablePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int,
        width: Int
    ) {
        table.pointee.gate(z, y, rows, width)
    }

    /// Writes the gradient of z as it was before `gate`, from what `gate` left there:
    /// dy σ (1 − tanh²) and dy tanh σ (1 − σ).
    public func gateBackward(
        _ z: UnsafePointer<Float>, yGradient: UnsafePointer<Float>,
        into zGradient: UnsafeMutablePointer<Float>, rows: Int, width: Int
    ) {
        table.pointee.gate_backward(z, yGradient, zGradient, rows, width)
    }

    /// Writes the states after one step of a gated recurrent unit (Cho et al. 2014), with the reset
    /// after the product: for rows a of `input` and c of `recurrent`, shape `[rows, 3 width]`,
    ///
    ///     r = σ(a₁ + c₁),  z = σ(a₂ + c₂),  n = tanh(a₃ + r c₃),  state = (1 − z) n + z previous
    ///
    /// Keeps r, z, n in `gates`, shape `[rows, 3 width]`, for the backward pass.
    public func recurrence(
        input: UnsafePointer<Float>, recurrent: UnsafePointer<Float>,
        previous: UnsafePointer<Float>, gates: UnsafeMutablePointer<Float>,
        state: UnsafeMutablePointer<Float>, rows: Int, width: Int
    ) {
        table.pointee.recurrence(input, recurrent, previous, gates, state, rows, width)
    }

    /// Writes the gradients of input and recurrent, and the share of that of `previous` that does
    /// not pass through `recurrent`: that of the state times z.
    public func recurrenceBackward(
        recurrent: UnsafePointer<Float>, previous: UnsafePointer<Float>,
        gates: UnsafePointer<Float>, stateGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>,
        recurrentGradient: UnsafeMutablePointer<Float>,
        previousGradient: UnsafeMutablePointer<Float>, rows: Int, width: Int
    ) {
        table.pointee.recurrence_backward(
            recurrent, previous, gates, stateGradient, inputGradient, recurrentGradient,
            previousGradient, rows, width)
    }

    /// Adds the sum over rows to `sums`: the gradient of a bias.
    public func addColumnSums(_ x: MatrixView, to sums: UnsafeMutablePointer<Float>) {
        table.pointee.column_sums(x.base, x.stride, x.rows, x.columns, sums)
    }

    /// Writes softmax(scale · query keyᵀ + bias) value, over the keys that each query sees.
    ///
    /// - Parameters:
    ///   - bias: The bias of distance 0, the newest key that a query sees; that of distance t lies t
    ///     values before it.
    ///   - probabilities: Shape `[queryCount, paddedCount(keyCount)]`, kept for the backward pass.
    ///   - scratch: `CausalAttention.scratchSize` values.
    public func attention(
        _ head: CausalAttention, query: UnsafePointer<Float>, key: UnsafePointer<Float>,
        value: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
        probabilities: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        var shape = head.shape
        table.pointee.attention(
            &shape, query, key, value, bias, probabilities, output, scratch)
    }

    /// Writes the gradients of query, key and value, and adds that of the bias.
    public func attentionBackward(
        _ head: CausalAttention, query: UnsafePointer<Float>, key: UnsafePointer<Float>,
        value: UnsafePointer<Float>, probabilities: UnsafePointer<Float>,
        outputGradient: UnsafePointer<Float>, queryGradient: UnsafeMutablePointer<Float>,
        keyGradient: UnsafeMutablePointer<Float>, valueGradient: UnsafeMutablePointer<Float>,
        biasGradient: UnsafeMutablePointer<Float>?, scratch: UnsafeMutablePointer<Float>
    ) {
        var shape = head.shape
        table.pointee.attention_backward(
            &shape, query, key, value, probabilities, outputGradient, queryGradient, keyGradient,
            valueGradient, biasGradient, scratch)
    }
}
