import LinearAlgebra

/// Vectors cut into parts, each replaced by the number of the nearest of 16 or 256 centroids (Jégou,
/// Douze, Schmid, "Product quantization for nearest neighbor search", 2011).
///
/// Where there is a rotation, vectors are turned by it first, so that parts vary alike and
/// independently (OPQ; Ge, He, Ke, Sun 2013).
public struct ProductQuantiser: Sendable, Equatable {
    /// The centroids of all parts, shape `[16 or 256, D]`: row j holds the j-th of every part, one
    /// after the other.
    public let codebooks: Matrix
    /// Parts of a vector; part m has the columns m D / M ..< (m + 1) D / M.
    public let partCount: Int
    /// An orthogonal matrix, shape `[D, D]`, whose product with a vector is coded; nil for none.
    public let rotation: Matrix?
    private let parts: [NearestCentroids]
    private let transposedRotation: Matrix?

    /// A quantiser from its parts.
    ///
    /// - Throws: `VectorIndexError` when they do not belong together.
    public init(codebooks: Matrix, partCount: Int, rotation: Matrix?) throws {
        guard codebooks.rows == 16 || codebooks.rows == 256 else {
            throw VectorIndexError.malformed("codebooks of \(codebooks.rows) centroids")
        }
        let dimension = codebooks.columns
        guard partCount > 0, partCount <= dimension else {
            throw VectorIndexError.malformed("\(partCount) parts of \(dimension) values")
        }
        if let rotation, rotation.rows != dimension || rotation.columns != dimension {
            throw VectorIndexError.malformed(
                "rotation of shape \(rotation.shape) for \(dimension) values")
        }
        for matrix in [codebooks, rotation].compactMap({ $0 }) {
            _ = try matrix.withView { try RowNorms.checked($0, kind: "codebook") }
        }
        self.init(unchecked: codebooks, partCount: partCount, rotation: rotation)
    }

    init(unchecked codebooks: Matrix, partCount: Int, rotation: Matrix?) {
        self.codebooks = codebooks
        self.partCount = partCount
        self.rotation = rotation
        transposedRotation = rotation.map { rotation in
            Matrix.identity(rotation.rows).multiplied(byTransposeOf: rotation)
        }
        parts = (0..<partCount).map { part in
            let columns = Self.columns(part, of: partCount, dimension: codebooks.columns)
            return NearestCentroids(centroids: codebooks.copy(columns: columns), threadCount: 1)
        }
    }

    /// The columns of a part.
    static func columns(_ part: Int, of partCount: Int, dimension: Int) -> Range<Int> {
        part * dimension / partCount..<(part + 1) * dimension / partCount
    }

    /// Bytes of a code: one a part, or one for two parts, the first in the lower half.
    var codeSize: Int { bits == 8 ? partCount : (partCount + 1) / 2 }
    var bits: Int { codebooks.rows == 256 ? 8 : 4 }
    private var dimension: Int { codebooks.columns }

    /// What the norm of a decoded vector does not exceed.
    var largestNorm: Double {
        codebooks.withView { codebooks in
            (0..<partCount).reduce(0.0) { sum, part in
                let columns = Self.columns(part, of: partCount, dimension: dimension)
                let norms = (0..<codebooks.rows).map {
                    RowNorms.norm(codebooks.columns(columns), row: $0)
                }
                return sum + norms.max()! * norms.max()!
            }.squareRoot()
        }
    }

    /// Vectors turned by the rotation, summed in double precision in a fixed order; as they are where
    /// there is none.
    func turned(_ vectors: MatrixView) -> Matrix {
        var sums = [Double](repeating: 0, count: dimension)
        return Matrix(rows: vectors.rows, columns: dimension) { result in
            for row in 0..<vectors.rows {
                let (values, target) = (vectors.row(row), result.row(row))
                guard let transposedRotation else {
                    target.update(from: values, count: dimension)
                    continue
                }
                transposedRotation.withView { transposed in
                    for column in 0..<dimension { sums[column] = 0 }
                    for position in 0..<dimension {
                        let (value, factors) = (Double(values[position]), transposed.row(position))
                        for column in 0..<dimension {
                            sums[column] += value * Double(factors[column])
                        }
                    }
                }
                for column in 0..<dimension { target[column] = Float(sums[column]) }
            }
        }
    }

    /// Writes the codes of some vectors, `codeSize` bytes each.
    func encode(_ vectors: Matrix, into bytes: UnsafeMutablePointer<UInt8>) {
        let turned = rotation.map { vectors.multiplied(byTransposeOf: $0) } ?? vectors
        bytes.update(repeating: 0, count: vectors.rows * codeSize)
        turned.withView { view in
            for (part, nearest) in parts.enumerated() {
                let columns = Self.columns(part, of: partCount, dimension: dimension)
                let indexes = nearest.assign(view.columns(columns)).indexes
                let (place, shift) = bits == 8 ? (part, 0) : (part / 2, part % 2 * 4)
                for row in indexes.indices {
                    bytes[row * codeSize + place] |= UInt8(indexes[row]) << shift
                }
            }
        }
    }

    /// The vectors that some codes stand for.
    func decode(_ bytes: UnsafePointer<UInt8>, count: Int) -> Matrix {
        let turned = Matrix(rows: count, columns: dimension) { result in
            codebooks.withView { codebooks in
                for row in 0..<count {
                    let (code, values) = (bytes + row * codeSize, result.row(row))
                    for part in 0..<partCount {
                        let columns = Self.columns(part, of: partCount, dimension: dimension)
                        let number =
                            bits == 8 ? code[part] : code[part / 2] >> (part % 2 * 4) & 15
                        (values + columns.lowerBound).update(
                            from: codebooks.row(Int(number)) + columns.lowerBound,
                            count: columns.count)
                    }
                }
            }
        }
        // The inverse of a rotation is its transpose.
        return rotation.map { turned.multiplied(by: $0) } ?? turned
    }

    public static func == (a: ProductQuantiser, b: ProductQuantiser) -> Bool {
        a.codebooks == b.codebooks && a.partCount == b.partCount && a.rotation == b.rotation
    }
}

extension Matrix {
    /// A matrix of some of the columns.
    func copy(columns range: Range<Int>) -> Matrix {
        Matrix(rows: rows, columns: range.count) { result in
            withView { view in
                let source = view.columns(range)
                for row in 0..<rows {
                    result.row(row).update(from: source.row(row), count: range.count)
                }
            }
        }
    }
}
