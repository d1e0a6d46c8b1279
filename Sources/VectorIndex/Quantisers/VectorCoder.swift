import LinearAlgebra

/// Vectors of a list as bytes and back.
struct VectorCoder: Sendable {
    let code: InvertedFileParameters.Code
    let dimension: Int

    /// Bytes of a vector.
    var size: Int {
        switch code {
        case .flat: dimension * MemoryLayout<Float>.stride
        case .int8: MemoryLayout<Float>.stride + dimension
        }
    }

    /// Writes the bytes of a vector of the list with this centroid.
    func encode(
        _ vector: UnsafePointer<Float>, centroid: UnsafePointer<Float>,
        into bytes: UnsafeMutableRawPointer
    ) {
        switch code {
        case .flat: bytes.copyMemory(from: vector, byteCount: size)
        case .int8:
            withUnsafeTemporaryAllocation(of: Float.self, capacity: dimension) { residual in
                for column in 0..<dimension { residual[column] = vector[column] - centroid[column] }
                let values = (bytes + MemoryLayout<Float>.stride)
                    .assumingMemoryBound(to: Int8.self)
                let scale = EightBits.encode(
                    residual.baseAddress!, count: dimension, into: values)
                bytes.storeBytes(of: scale, as: Float.self)
            }
        }
    }

    /// Writes the vector that bytes stand for.
    func decode(
        _ bytes: UnsafeRawPointer, centroid: UnsafePointer<Float>,
        into vector: UnsafeMutablePointer<Float>
    ) {
        switch code {
        case .flat: UnsafeMutableRawPointer(vector).copyMemory(from: bytes, byteCount: size)
        case .int8:
            let scale = bytes.loadUnaligned(as: Float.self)
            let values = (bytes + MemoryLayout<Float>.stride).assumingMemoryBound(to: Int8.self)
            for column in 0..<dimension {
                vector[column] = centroid[column] + scale * Float(values[column])
            }
        }
    }
}
