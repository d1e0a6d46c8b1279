import LinearAlgebra

/// Vectors of a list as bytes and back.
enum VectorCoder: Sendable {
    case flat(dimension: Int)
    case int8(dimension: Int)
    case product(ProductQuantiser)

    init(
        _ code: InvertedFileParameters.Code, dimension: Int, quantiser: ProductQuantiser?
    ) {
        switch code {
        case .flat: self = .flat(dimension: dimension)
        case .int8: self = .int8(dimension: dimension)
        case .productQuantised:
            guard let quantiser else { preconditionFailure("codes without codebooks") }
            self = .product(quantiser)
        }
    }

    /// Bytes of a vector.
    var size: Int {
        switch self {
        case .flat(let dimension): dimension * MemoryLayout<Float>.stride
        case .int8(let dimension): MemoryLayout<Float>.stride + dimension
        case .product(let quantiser): quantiser.codeSize
        }
    }

    /// Whether codes stand for residuals to a centroid.
    var keepsResiduals: Bool {
        if case .flat = self { false } else { true }
    }

    /// Writes the bytes of some vectors of the list with this centroid.
    func encode(
        _ vectors: Matrix, centroid: ArraySlice<Float>, into bytes: UnsafeMutableRawPointer
    ) {
        switch self {
        case .flat:
            vectors.elements.withUnsafeBytes {
                bytes.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
            }
        case .int8(let dimension):
            vectors.adding(centroid, times: -1).withView { residuals in
                for row in 0..<residuals.rows {
                    let start = bytes + row * size
                    let values = (start + MemoryLayout<Float>.stride)
                        .assumingMemoryBound(to: Int8.self)
                    let scale = EightBits.encode(
                        residuals.row(row), count: dimension, into: values)
                    start.storeBytes(of: scale, as: Float.self)
                }
            }
        case .product(let quantiser):
            quantiser.encode(
                vectors.adding(centroid, times: -1),
                into: bytes.assumingMemoryBound(to: UInt8.self))
        }
    }

    /// The vectors that some bytes stand for; but for flat codes, less their centroids.
    func decode(_ bytes: UnsafeRawPointer, count: Int) -> Matrix {
        switch self {
        case .flat(let dimension):
            Matrix(rows: count, columns: dimension) { result in
                UnsafeMutableRawPointer(result.base).copyMemory(
                    from: bytes, byteCount: count * size)
            }
        case .int8(let dimension):
            Matrix(rows: count, columns: dimension) { result in
                for row in 0..<count {
                    let start = bytes + row * size
                    let values = (start + MemoryLayout<Float>.stride)
                        .assumingMemoryBound(to: Int8.self)
                    EightBits.decode(
                        values, scale: start.loadUnaligned(as: Float.self), count: dimension,
                        into: result.row(row))
                }
            }
        case .product(let quantiser):
            quantiser.decode(bytes.assumingMemoryBound(to: UInt8.self), count: count)
        }
    }
}

extension Matrix {
    /// The matrix with a multiple of a vector added to every row.
    fileprivate func adding(_ vector: ArraySlice<Float>, times factor: Float) -> Matrix {
        var sum = self
        sum.withMutableView { view in
            vector.withUnsafeBufferPointer { vector in
                for row in 0..<view.rows {
                    Kernels.best.axpy(factor, vector.baseAddress!, view.row(row), view.columns)
                }
            }
        }
        return sum
    }
}
