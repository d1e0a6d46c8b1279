import Jobs
import LinearAlgebra
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
    /// - Parameters:
    ///   - items: Indexes of the items; one without terms has zeros.
    ///   - length: Items of a list, at most.
    func load(
        weightsVersion: Int32, asOf date: PostgresDate, items: Vocabulary<Int64>, length: Int
    ) throws -> Blend {
        let weights = try context.connection.query(
            try context.query("rank/weights", ["weights_version": Bind(weightsVersion)]),
            as: (Double, Double, Double).self
        )[0]
        let value = try ValueModel(
            terms: zip(Blend.termNames, [weights.0, weights.1, weights.2]).map {
                ValueModel.Term($0, weight: $1)
            })
        var terms = Matrix(rows: items.count, columns: 2)
        try context.connection.forEachRow(
            try context.query("rank/item_terms", ["as_of_date": Bind(date)]),
            as: (Int64, Double, Double).self
        ) { itemID, popularity, freshness in
            let index = Int(items.index(of: itemID))
            guard index >= 0 else { return }
            terms[index, 0] = Float(popularity)
            terms[index, 1] = Float(freshness)
        }
        return try Blend(
            value: value, itemTerms: terms, items: RerankItems(ids: items.keys), length: length)
    }
}
