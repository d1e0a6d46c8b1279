import LinearAlgebra

/// Similarities of the candidates of a user, in [0, 1], positive semidefinite with unit diagonal.
enum SimilarityKernel {
    case tags([ArraySlice<UInt32>])
    /// Shape `[candidates, dimension]`, of unit length or zeros.
    case embeddings(Matrix)

    /// - Precondition: The catalogue has what is compared.
    init(
        _ similarity: DeterminantalPointProcess.Similarity, items: [UInt32],
        catalogue: RerankItems
    ) {
        switch similarity {
        case .tags:
            guard let tags = catalogue.tags else { preconditionFailure("items without tags") }
            self = .tags(items.map { tags[Int($0)] })
        case .embeddings:
            guard let directions = catalogue.directions else {
                preconditionFailure("items without embeddings")
            }
            var elements: [Float] = []
            elements.reserveCapacity(items.count * directions.columns)
            for item in items { elements += directions[row: Int(item)] }
            self = .embeddings(
                Matrix(rows: items.count, columns: directions.columns, elements: elements))
        }
    }

    /// The similarities to a candidate, by row; 0 for those that are not among `rows`.
    func similarities(to chosen: Int, of rows: [Int]) -> [Double] {
        switch self {
        case .tags(let tags):
            var result = [Double](repeating: 0, count: tags.count)
            for row in rows { result[row] = SetSimilarity.jaccard(tags[chosen], tags[row]) }
            return result
        case .embeddings(let directions):
            var result = [Double](repeating: 0, count: directions.rows)
            directions.withView { view in
                for row in rows {
                    let cosine = Kernels.best.dot(view.row(chosen), view.row(row), view.columns)
                    // Rounding may pass the ends.
                    result[row] = (1 + Double(min(max(cosine, -1), 1))) / 2
                }
            }
            return result
        }
    }
}
