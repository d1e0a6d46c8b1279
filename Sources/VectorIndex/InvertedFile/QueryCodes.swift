import CKernels
import LinearAlgebra

/// Vectors in eight bits, as a scan takes them.
enum ScanCodes {
    /// The steps of a vector.
    static func steps(dimension: Int) -> Int {
        (dimension + ScanKernels.step - 1) / ScanKernels.step
    }
}

/// Queries in eight bits.
final class QueryCodes {
    /// What bounds the error of a query's scores, for each.
    private(set) var errors: [ScanError] = []
    private let codes: UnsafeMutablePointer<Int8>
    private let width: Int
    private var scales: [Float] = []
    private var offsets: [Int32] = []

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

    /// - Parameter vectors: Queries as `prepared`, or turned as codes are.
    init(_ vectors: MatrixView, searcher: InvertedFileSearcher) {
        let dimension = vectors.columns
        width = ScanCodes.steps(dimension: dimension) * ScanKernels.step
        codes = .allocate(capacity: max(1, vectors.rows * width))
        codes.initialize(repeating: 0, count: max(1, vectors.rows * width))
        // A distance has the inner product twice.
        let factor: Float = searcher.file.parameters.similarity == .l2 ? 2 : 1
        for row in 0..<vectors.rows {
            let (vector, code) = (vectors.row(row), codes + row * width)
            let scale = EightBits.encode(vector, count: dimension, into: code)
            var (sum, error) = (Int32(0), 0.0)
            for column in 0..<dimension {
                sum += Int32(code[column])
                let difference = Double(vector[column]) - Double(scale) * Double(code[column])
                error += difference * difference
            }
            scales.append(factor * scale)
            offsets.append(-128 * sum)
            errors.append(
                ScanError(
                    norm: RowNorms.norm(vectors, row: row), error: error.squareRoot(),
                    factor: Double(factor)))
        }
    }

    deinit { codes.deallocate() }

    /// A query about to scan a list with this score.
    func scanQuery(_ row: Int, base: Float) -> vitrine_scan_query {
        vitrine_scan_query(
            code: codes + row * width, tables: nil, keys: Self.noKeys, count: 0,
            offset: offsets[row], scale: scales[row], base: base, threshold: 0)
    }

    // Stands where a scan will be given keys.
    private static var noKeys: UnsafeMutablePointer<UInt64> {
        UnsafeMutablePointer(bitPattern: MemoryLayout<UInt64>.alignment)!
    }
}

/// How far the scores of a query in eight bits can be from the true ones.
struct ScanError {
    /// The norm of the query.
    let norm: Double
    /// The distance of the query from its eight bits.
    let error: Double
    /// How often a score has the inner product.
    let factor: Double

    /// |q̃·r̃ − q·r| ≤ ‖q‖ ‖r̃ − r‖ + ‖q̃ − q‖ ‖r̃‖ by Cauchy–Schwarz, for q̃ and r̃ in eight bits; and
    /// eight roundings of 2⁻²⁴ of whatever is added up.
    ///
    /// - Parameters:
    ///   - extremes: Those of the lists that the query goes through.
    ///   - lists: All lists.
    ///   - magnitude: What a score does not exceed.
    func tolerance(
        _ extremes: CopiedLists.Extremes, of lists: CopiedLists, magnitude: Double
    ) -> Double {
        let terms =
            magnitude + lists.largest.addend + factor * (norm + error) * lists.largest.norm
        return factor * (norm * extremes.error + error * extremes.norm)
            + 8 * 0x1p-24 * terms + 8 * Double(Float.leastNormalMagnitude)
    }
}
