import Jobs
import Postgres
import Ranking

/// What the blend of the rank step is made of.
struct BlendStore {
    let context: StepContext

    /// The newest version of the weights.
    func newestWeightsVersion() throws -> Int32 {
        try context.connection.value(
            try context.query("rank/newest_weights"), as: Int32.self)
    }

    /// Weights of a version and terms as of a date.
    ///
    /// - Parameter items: Indexes of the items; one without terms has zeros.
    func load(
        weightsVersion: Int32, asOf date: PostgresDate, items: Vocabulary<Int64>
    ) throws -> Blend {
        let weights = try context.connection.query(
            try context.query("rank/weights", ["weights_version": Bind(weightsVersion)]),
            as: (Double, Double, Double).self
        ).map { BlendWeights(affinity: $0.0, popularity: $0.1, freshness: $0.2) }
        var popularity = [Double](repeating: 0, count: items.count)
        var freshness = popularity
        try context.connection.forEachRow(
            try context.query("rank/item_terms", ["as_of_date": Bind(date)]),
            as: (Int64, Double, Double).self
        ) { itemID, itemPopularity, itemFreshness in
            let index = Int(items.index(of: itemID))
            guard index >= 0 else { return }
            popularity[index] = itemPopularity
            freshness[index] = itemFreshness
        }
        return Blend(
            weights: weights[0], terms: ItemTerms(popularity: popularity, freshness: freshness))
    }
}
