import COpenBLAS

/// The operands of a product that enter it transposed.
public struct TransposedOperands: OptionSet, Sendable {
    /// One bit an operand.
    public let rawValue: Int

    /// Operands by their bits.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// The first operand.
    public static let first = TransposedOperands(rawValue: 1)
    /// The second operand.
    public static let second = TransposedOperands(rawValue: 2)
}

/// The one place that names BLAS.
///
/// OpenBLAS is held to one thread; parallelism is ours, above it (`parallelChunks`), which scales
/// better and gives the same bits at any thread count.
public enum BLAS {
    /// The kernel family that OpenBLAS chose for this processor, such as `SkylakeX`.
    public static var coreName: String {
        String(cString: openblas_get_corename())
    }

    private static let singleThreaded: Void = openblas_set_num_threads(1)

    /// Writes op(a) · op(b) · factor to `result`, or adds it to what is there.
    ///
    /// - Parameters:
    ///   - a: op(a) has shape `[M, K]`.
    ///   - b: op(b) has shape `[K, N]`.
    ///   - result: Shape `[M, N]`; must not overlap `a` or `b`.
    /// - Precondition: The shapes agree.
    /// - Complexity: O(`M` × `N` × `K`); one call to `cblas_sgemm`.
    public static func multiply(
        _ a: MatrixView, _ b: MatrixView, transposing: TransposedOperands = [],
        factor: Float = 1, into result: MutableMatrixView, accumulating: Bool = false
    ) {
        _ = singleThreaded
        let transposesA = transposing.contains(.first)
        let transposesB = transposing.contains(.second)
        let (m, k) = transposesA ? (a.columns, a.rows) : (a.rows, a.columns)
        let (inner, n) = transposesB ? (b.columns, b.rows) : (b.rows, b.columns)
        precondition(
            k == inner && result.rows == m && result.columns == n,
            "product of \(m) × \(k) and \(inner) × \(n) into \(result.rows) × \(result.columns)")
        if m == 0 || n == 0 { return }
        cblas_sgemm(
            CblasRowMajor,
            transposesA ? CblasTrans : CblasNoTrans,
            transposesB ? CblasTrans : CblasNoTrans,
            Int32(m), Int32(n), Int32(k), factor,
            a.base, Int32(max(a.stride, 1)), b.base, Int32(max(b.stride, 1)),
            accumulating ? 1 : 0, result.base, Int32(result.stride))
    }
}

extension Matrix {
    /// Returns `self` · `other`, shape `[rows, other.columns]`.
    public func multiplied(by other: Matrix) -> Matrix {
        Matrix(rows: rows, columns: other.columns) { result in
            withView { a in other.withView { b in BLAS.multiply(a, b, into: result) } }
        }
    }

    /// Returns `self` · `other`ᵀ, shape `[rows, other.rows]`: the inner product of every row with
    /// every row.
    public func multiplied(byTransposeOf other: Matrix) -> Matrix {
        Matrix(rows: rows, columns: other.rows) { result in
            withView { a in
                other.withView { b in BLAS.multiply(a, b, transposing: .second, into: result) }
            }
        }
    }
}
