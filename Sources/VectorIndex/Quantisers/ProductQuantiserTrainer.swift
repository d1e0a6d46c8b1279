import LinearAlgebra

/// Learns a product quantiser, and a rotation with it where one is asked for.
struct ProductQuantiserTrainer {
    let partCount: Int
    let bits: Int
    let learnsRotation: Bool
    let seed: UInt64
    let threadCount: Int

    /// Rounds in which codebooks and rotation are fitted to one another by turns.
    private static let rotationRounds = 8

    /// A quantiser for vectors like these, shape `[n, D]`.
    func train(_ vectors: Matrix) -> ProductQuantiser {
        guard learnsRotation, vectors.rows > 0 else {
            return quantiser(vectors, rotation: nil, iterations: 10)
        }
        // A random start gives every part its share of each direction.
        var generator = SeededGenerator(seed: seed, stream: 2)
        let size = vectors.columns
        var rotation = Matrix.gaussian(rows: size, columns: size, deviation: 1, using: &generator)
            .orthogonalFactor(near: .identity(size))
        for _ in 0..<Self.rotationRounds {
            let fitted = quantiser(vectors, rotation: rotation, iterations: 3)
            let codes = [UInt8](unsafeUninitializedCapacity: vectors.rows * fitted.codeSize) {
                bytes, count in
                count = vectors.rows * fitted.codeSize
                fitted.encode(vectors, into: bytes.baseAddress!)
            }
            // The rotation R that brings R x nearest to its code y, which is decode(x) turned: the
            // orthogonal factor of Σ y xᵀ (Schönemann 1966).
            let turned = fitted.decode(codes, count: vectors.rows)
                .multiplied(byTransposeOf: rotation)
            rotation = turned.transposedProduct(with: vectors).orthogonalFactor(near: rotation)
        }
        return quantiser(vectors, rotation: rotation, iterations: 10)
    }

    private func quantiser(
        _ vectors: Matrix, rotation: Matrix?, iterations: Int
    ) -> ProductQuantiser {
        let dimension = vectors.columns
        let turned = rotation.map { vectors.multiplied(byTransposeOf: $0) } ?? vectors
        var codebooks = Matrix(rows: 1 << bits, columns: dimension)
        for part in 0..<partCount {
            let columns = ProductQuantiser.columns(part, of: partCount, dimension: dimension)
            let parameters = KMeansParameters(
                clusterCount: 1 << bits, iterations: iterations, sampleSizePerCluster: 0,
                seed: seed &+ UInt64(part))
            let centroids = KMeans(parameters, threadCount: threadCount)
                .cluster(checked: turned.copy(columns: columns)).centroids
            // Where there are fewer distinct parts than numbers, the last stands for several.
            for row in 0..<codebooks.rows where centroids.rows > 0 {
                for (position, column) in columns.enumerated() {
                    codebooks[row, column] = centroids[min(row, centroids.rows - 1), position]
                }
            }
        }
        return ProductQuantiser(
            unchecked: codebooks, partCount: partCount, rotation: rotation)
    }
}

extension Matrix {
    /// Ones on the diagonal.
    static func identity(_ size: Int) -> Matrix {
        var matrix = Matrix(rows: size, columns: size)
        for row in 0..<size { matrix[row, row] = 1 }
        return matrix
    }

    /// `self`ᵀ · `other`.
    func transposedProduct(with other: Matrix) -> Matrix {
        Matrix(rows: columns, columns: other.columns) { result in
            withView { a in
                other.withView { b in BLAS.multiply(a, b, transposing: .first, into: result) }
            }
        }
    }

    /// The orthogonal factor of the polar decomposition, by the iteration of Newton and Schulz:
    /// X ← 1.5 X − 0.5 X Xᵀ X (Higham, "Functions of Matrices", 2008, §8.3).
    ///
    /// - Parameter other: An orthogonal matrix; what the matrix says nothing about is taken from it.
    func orthogonalFactor(near other: Matrix) -> Matrix {
        let norm = elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard norm > 0 else { return other }
        // Below the norm all singular values are at most 1, where the iteration converges.
        var factor = Matrix(
            rows: rows, columns: columns,
            elements: zip(elements, other.elements).map {
                Float(Double($0) / norm * 0.99 + Double($1) * 1e-4)
            })
        for _ in 0..<60 {
            let cube = factor.multiplied(byTransposeOf: factor).multiplied(by: factor)
            factor = Matrix(
                rows: rows, columns: columns,
                elements: zip(factor.elements, cube.elements).map { 1.5 * $0 - 0.5 * $1 })
        }
        return factor
    }
}
