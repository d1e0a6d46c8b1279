import CKernels
import LinearAlgebra

/// Queries in eight bits.
final class QueryCodes {
    /// How far the score of a query in eight bits can be from the true one, in any list.
    private(set) var largestTolerances: [Double] = []
    private let lists: ScanLists
    private let norms: [Double]
    private let errors: [Double]
    /// What rounding may add to a tolerance.
    private let roundings: [Double]
    private let factor: Double
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
        let similarity = searcher.file.parameters.similarity
        lists = searcher.lists
        self.factor = Double(factor)
        var (scales, offsets): ([Float], [Int32]) = ([], [])
        var (norms, errors, roundings): ([Double], [Double], [Double]) = ([], [], [])
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
            norms.append(RowNorms.norm(vectors, row: row))
            errors.append(error.squareRoot())
            // Eight roundings of 2⁻²⁴ of whatever is added up.
            let terms =
                similarity.magnitude(norms[row], searcher.largestNorm) + lists.largest.addend
                + Double(factor) * (norms[row] + errors[row]) * lists.largest.norm
            roundings.append(8 * 0x1p-24 * terms + 8 * Double(Float.leastNormalMagnitude))
        }
        (self.scales, self.offsets) = (scales, offsets)
        (self.norms, self.errors, self.roundings) = (norms, errors, roundings)
        largestTolerances = norms.indices.map { tolerance($0, extremes: lists.largest) }
    }

    deinit { codes.deallocate() }

    /// A query about to scan a list with this score.
    func scanQuery(_ row: Int, base: Float) -> vitrine_scan_query {
        vitrine_scan_query(
            code: codes + row * width, keys: Self.noKeys, count: 0, offset: offsets[row],
            scale: scales[row], base: base, threshold: 0)
    }

    /// How far the score of a query in eight bits can be from the true one in a list.
    func tolerance(_ row: Int, list: Int) -> Double {
        tolerance(row, extremes: lists.extremes[list])
    }

    /// |q̃·r̃ − q·r| ≤ ‖q‖ ‖r̃ − r‖ + ‖q̃ − q‖ ‖r̃‖ by Cauchy–Schwarz, for q̃ and r̃ in eight bits.
    private func tolerance(_ row: Int, extremes: ScanLists.Extremes) -> Double {
        factor * (norms[row] * extremes.error + errors[row] * extremes.norm) + roundings[row]
    }

    // Stands where a scan will be given keys.
    private static var noKeys: UnsafeMutablePointer<UInt64> {
        UnsafeMutablePointer(bitPattern: MemoryLayout<UInt64>.alignment)!
    }
}
