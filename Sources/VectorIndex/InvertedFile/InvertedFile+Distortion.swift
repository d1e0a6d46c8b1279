import LinearAlgebra

extension InvertedFile {
    /// The mean squared distance of items from the centroid of their list: what k-means makes small,
    /// and what grows as items move away from where centroids were learned.
    ///
    /// - Parameter items: The embeddings that the file was built of, shape `[itemCount, D]`.
    /// - Returns: 0 when there are no items.
    public func distortion(of items: Matrix) -> Double {
        precondition(
            items.rows >= itemCount && items.columns == dimension,
            "items of shape \(items.shape) for \(itemCount) items of \(dimension) values")
        guard entryCount > 0 else { return 0 }
        return items.withView { items in
            centroids.withView { centroids in
                var sum = 0.0
                for list in 0..<lists.count {
                    for item in lists[list] {
                        let isCosine = parameters.similarity == .cosine
                        let norm = isCosine ? RowNorms.norm(items, row: Int(item)) : 1
                        sum += squaredDistance(
                            items.row(Int(item)), scale: norm > 0 ? 1 / norm : 1,
                            centroids.row(list))
                    }
                }
                return sum / Double(entryCount)
            }
        }
    }

    private func squaredDistance(
        _ item: UnsafePointer<Float>, scale: Double, _ centroid: UnsafePointer<Float>
    ) -> Double {
        var sum = 0.0
        for column in 0..<dimension {
            let difference = Double(item[column]) * scale - Double(centroid[column])
            sum += difference * difference
        }
        return sum
    }
}
