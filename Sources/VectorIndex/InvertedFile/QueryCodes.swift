import CKernels
import LinearAlgebra

/// Queries in eight bits.
final class QueryCodes {
    /// How far the score of a query in eight bits can be from the true one.
    let tolerances: [Double]
    private let codes: UnsafeMutablePointer<Int8>
    private let width: Int
    private let scales: [Float]
    private let offsets: [Int32]

    /// Some rows as a search takes them: of length 1 or 0 for cosine.
    ///
    /// - Throws: `VectorIndexError` when an embedding is not finite or too large.
    static func prepared(
        _ queries: Matrix, rows: Range<Int>, searcher: InvertedFileSearcher
    ) throws -> Matrix {
        let similarity = searcher.file.parameters.similarity
        let norms = try queries.withView {
            try RowNorms.checked($0.rows(rows), kind: "user", firstRow: rows.lowerBound)
        }
        for (position, norm) in norms.enumerated()
        where !similarity.isFinite(norm, searcher.largestNorm) {
            throw VectorIndexError.tooLarge("user", row: rows.lowerBound + position)
        }
        return Matrix(rows: rows.count, columns: queries.columns) { result in
            queries.withView { view in
                for row in 0..<result.rows {
                    result.row(row).update(
                        from: view.row(rows.lowerBound + row), count: view.columns)
                    if similarity == .cosine {
                        RowNorms.normalise(result, row: row, norm: norms[row])
                    }
                }
            }
        }
    }

    init(_ vectors: MatrixView, searcher: InvertedFileSearcher) {
        let dimension = vectors.columns
        width = ScanLists.steps(dimension: dimension) * ScanKernels.step
        codes = .allocate(capacity: max(1, vectors.rows * width))
        codes.initialize(repeating: 0, count: max(1, vectors.rows * width))
        // A distance has the inner product twice.
        let factor: Float = searcher.file.parameters.similarity == .l2 ? 2 : 1
        var (scales, offsets, tolerances): ([Float], [Int32], [Double]) = ([], [], [])
        for row in 0..<vectors.rows {
            let (vector, code) = (vectors.row(row), codes + row * width)
            let scale = EightBits.encode(vector, count: dimension, into: code)
            var (sum, error, norm) = (Int32(0), 0.0, 0.0)
            for column in 0..<dimension {
                sum += Int32(code[column])
                let exact = Double(vector[column])
                let difference = exact - Double(scale) * Double(code[column])
                error += difference * difference
                norm += exact * exact
            }
            scales.append(factor * scale)
            offsets.append(-128 * sum)
            tolerances.append(
                Self.tolerance(
                    norm: norm.squareRoot(), error: error.squareRoot(), factor: Double(factor),
                    searcher: searcher))
        }
        (self.scales, self.offsets, self.tolerances) = (scales, offsets, tolerances)
    }

    deinit { codes.deallocate() }

    /// A query about to scan a list with this score.
    func scanQuery(_ row: Int, base: Float) -> vitrine_scan_query {
        vitrine_scan_query(
            code: codes + row * width, keys: Self.noKeys, count: 0, offset: offsets[row],
            scale: scales[row], base: base, threshold: 0)
    }

    /// |q̃·r̃ − q·r| ≤ ‖q‖ ‖r̃ − r‖ + ‖q̃ − q‖ ‖r̃‖ by Cauchy–Schwarz, for q̃ and r̃ in eight bits; and
    /// eight roundings of 2⁻²⁴ of whatever is added up.
    private static func tolerance(
        norm: Double, error: Double, factor: Double, searcher: InvertedFileSearcher
    ) -> Double {
        let lists = searcher.lists
        let terms =
            searcher.file.parameters.similarity.magnitude(norm, searcher.largestNorm)
            + lists.largestAddend + factor * (norm + error) * lists.largestNorm
        return factor * (norm * lists.largestError + error * lists.largestNorm)
            + 8 * 0x1p-24 * terms + 8 * Double(Float.leastNormalMagnitude)
    }

    // Stands where a scan will be given keys.
    private static var noKeys: UnsafeMutablePointer<UInt64> {
        UnsafeMutablePointer(bitPattern: MemoryLayout<UInt64>.alignment)!
    }
}
