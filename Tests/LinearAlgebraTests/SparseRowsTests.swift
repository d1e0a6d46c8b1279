import LinearAlgebra
import Testing

/// The products of sparse rows against the same sums in plain Swift, at every level of this
/// processor and at widths around those of blocks and vectors.
@Suite struct SparseRowsTests {
    // Rows of no, one and many entries, one of them with a column twice.
    let offsets = [0, 0, 1, 13, 13, 15]
    let indexes: [UInt32] = [4, 3, 19, 0, 3, 7, 12, 11, 1, 2, 18, 5, 6, 0, 17]

    private func numbers(_ count: Int, stream: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: 4, stream: stream)
        return (0..<count).map { _ in generator.gaussian() }
    }

    private func withRows(_ weights: [Float], _ body: (SparseRows) -> Void) {
        offsets.withUnsafeBufferPointer { offsets in
            indexes.withUnsafeBufferPointer { indexes in
                weights.withUnsafeBufferPointer { weights in
                    body(
                        SparseRows(
                            count: offsets.count - 1, offsets: offsets.baseAddress!,
                            indexes: indexes.baseAddress!, weights: weights.baseAddress!))
                }
            }
        }
    }

    /// Compares what some of the rows give with the sums of `value`.
    private func expectProduct(
        _ rows: Range<Int>, width: Int, weights: [Float], _ value: (Int, Int) -> Float,
        by multiply: (SparseRows, MutableMatrixView) -> Void
    ) {
        let product = Matrix(rows: rows.count, columns: width) { product in
            withRows(weights) { multiply($0.rows(rows), product) }
        }
        for (index, row) in rows.enumerated() {
            for column in 0..<width {
                let expected = (offsets[row]..<offsets[row + 1]).reduce(0.0) {
                    $0 + Double(weights[$1]) * Double(value(Int(indexes[$1]), column))
                }
                #expect(abs(Double(product[index, column]) - expected) < 2e-5)
            }
        }
    }

    @Test(arguments: KernelsTests.cases)
    func theProductWithFloats(level: Kernels.Level, width: Int) throws {
        let kernels = try #require(Kernels(level: level))
        let stride = width + 3
        let table = numbers(20 * stride, stream: 1)
        for rows in [0..<5, 1..<3, 4..<5, 2..<2] {
            expectProduct(
                rows, width: width, weights: numbers(indexes.count, stream: 2),
                { table[$0 * stride + $1] },
                by: { kernels.multiply($0, table, stride: stride, into: $1) })
        }
    }

    @Test(arguments: KernelsTests.cases)
    func theProductWithNarrowNumbers(level: Kernels.Level, width: Int) throws {
        let kernels = try #require(NarrowKernels(level: level))
        let stride = width + 3
        let floats = numbers(20 * stride, stream: 3)
        for format in NarrowKernels.Format.allCases {
            var table = [UInt16](repeating: 0, count: floats.count)
            kernels.narrow(floats, format, into: &table, floats.count)
            var widened = floats
            kernels.widen(table, format, into: &widened, floats.count)
            for rows in [0..<5, 1..<3] {
                expectProduct(
                    rows, width: width, weights: numbers(indexes.count, stream: 4),
                    { widened[$0 * stride + $1] },
                    by: { kernels.multiply($0, table, format, stride: stride, into: $1) })
            }
        }
    }
}
