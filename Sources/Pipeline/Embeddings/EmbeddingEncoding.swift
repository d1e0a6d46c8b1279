import LinearAlgebra

/// In which form embeddings are stored.
public enum EmbeddingEncoding: String, CaseIterable, Codable, Sendable {
    /// In single precision, 4 bytes a number: as the model gives them.
    case real
    /// In half precision (IEEE 754 binary16), 2 bytes a number: numbers up to 65,504.
    case half
    /// A byte a number, and a scale for each embedding.
    case int8

    /// Embeddings as they come back when each row is stored.
    ///
    /// - Throws: ``PipelineError`` when they cannot be stored so.
    func restored(_ embeddings: Matrix) throws -> Matrix {
        guard self != .real else { return embeddings }
        return try Matrix(rows: embeddings.rows, columns: embeddings.columns) { result in
            try embeddings.withView { view in
                for row in 0..<view.rows {
                    let values = UnsafeBufferPointer(start: view.row(row), count: view.columns)
                    let restored = try StoredVector(values, self).numbers
                    result.row(row).update(from: restored, count: view.columns)
                }
            }
        }
    }
}
