public import LinearAlgebra

/// A matrix product of a batch, whose dimension of batch rows is shared out among threads.
public struct MatrixProduct: Sendable {
    /// The dimension of batch rows.
    public enum Shared: Sendable { case rows, inner }

    private let rows: Int
    private let columns: Int
    private let inner: Int
    private let transposing: TransposedOperands
    private let shared: Shared

    /// A product of shapes `[rows, inner]` and `[inner, columns]`, before operands are transposed.
    public init(
        rows: Int, columns: Int, inner: Int, transposing: TransposedOperands = [],
        shared: Shared = .rows
    ) {
        self.rows = rows
        self.columns = columns
        self.inner = inner
        self.transposing = transposing
        self.shared = shared
    }

    /// A dense layer: its output, and the gradients of weights and input.
    public static func layer(rows: Int, inputs: Int, outputs: Int) -> [MatrixProduct] {
        [
            MatrixProduct(
                rows: rows, columns: outputs, inner: inputs, transposing: [], shared: .rows),
            MatrixProduct(
                rows: inputs, columns: outputs, inner: rows, transposing: .first, shared: .inner),
            MatrixProduct(
                rows: rows, columns: inputs, inner: outputs, transposing: .second, shared: .rows),
        ]
    }

    /// The products of all users with all candidates, and the gradients of both.
    public static func logits(rows: Int, columns: Int, width: Int) -> [MatrixProduct] {
        [
            MatrixProduct(
                rows: rows, columns: columns, inner: width, transposing: .second, shared: .rows),
            MatrixProduct(
                rows: rows, columns: width, inner: columns, transposing: [], shared: .rows),
            MatrixProduct(
                rows: columns, columns: width, inner: rows, transposing: .first, shared: .inner),
        ]
    }

    /// Floating-point operations, two a multiplication.
    public var operations: Double { 2 * Double(rows) * Double(columns) * Double(inner) }

    /// Seconds that the product alone takes on some threads: the best of three.
    public func seconds(threadCount: Int) -> Double {
        // Longer dimensions change nothing but the time to measure.
        let limit = 8_192
        let m = min(shared == .rows ? max(rows / threadCount, 1) : rows, limit)
        let k = min(shared == .inner ? max(inner / threadCount, 1) : inner, limit)
        let part = 2 * Double(m) * Double(columns) * Double(k)
        let repeats = max(1, Int(1e9 / part))
        var generator = SeededGenerator(seed: 1)
        let (a, b) = (
            Matrix.gaussian(
                rows: transposing.contains(.first) ? k : m,
                columns: transposing.contains(.first) ? m : k, deviation: 1, using: &generator),
            Matrix.gaussian(
                rows: transposing.contains(.second) ? columns : k,
                columns: transposing.contains(.second) ? k : columns, deviation: 1,
                using: &generator)
        )
        var results = Matrix(rows: threadCount * m, columns: columns)
        let clock = ContinuousClock()
        var best = Duration.seconds(1_000_000)
        for _ in 0..<3 {
            best = min(
                best,
                clock.measure {
                    results.withMutableView { results in
                        a.withView { a in
                            b.withView { b in
                                parallelFor(threadCount, threadCount: threadCount) { thread in
                                    let result = results.rows(thread * m..<(thread + 1) * m)
                                    for _ in 0..<repeats {
                                        BLAS.multiply(a, b, transposing: transposing, into: result)
                                    }
                                }
                            }
                        }
                    }
                })
        }
        let rate = part * Double(repeats * threadCount) / (best / .seconds(1))
        return operations / rate
    }
}
