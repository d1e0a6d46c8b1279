import VectorIndex

/// An inverted file to measure.
enum Variant: String, CaseIterable {
    case flat
    case int8
    /// Product-quantised, 8 bits for four values.
    case pq8
    /// Product-quantised, 4 bits for two values.
    case pq4
    /// As `pq8`, after a learned rotation.
    case opq8

    func parameters(similarity: Similarity, listCount: Int) -> InvertedFileParameters {
        var parameters = InvertedFileParameters(similarity: similarity, listCount: listCount)
        switch self {
        case .flat: parameters.code = .flat
        case .int8: parameters.code = .int8
        case .pq8, .pq4, .opq8:
            parameters.code = .productQuantised
            parameters.partBits = self == .pq4 ? 4 : 8
            parameters.learnsRotation = self == .opq8
        }
        return parameters
    }
}
