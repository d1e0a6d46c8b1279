import LinearAlgebra
import Ranking

/// Exposures without meaning, of the shape of a feed's.
struct RandomExposures {
    let dataset: RankerDataset

    init(contexts: Int, candidates: Int, history: Int, dimension: Int, seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let items = 50_000
        let rows = contexts * candidates
        let categories = (context: [20, 10, 400, 7], candidate: [50_000, 8_000, 70, 10, 16])
        func columns(_ numbers: Int, _ rows: [Int]) -> RankerColumns {
            RankerColumns(
                numbers: (0..<numbers).map { "number \($0)" },
                categories: rows.enumerated().map {
                    RankerCategory(name: "category \($0.offset)", rows: $0.element)
                })
        }
        func features(_ count: Int, _ columns: RankerColumns) throws -> RankerFeatures {
            let numbers = Matrix.gaussian(
                rows: count, columns: columns.numbers.count, deviation: 1, using: &generator)
            var ids: [Int64] = []
            ids.reserveCapacity(count * columns.categories.count)
            for _ in 0..<count {
                for category in columns.categories {
                    ids.append(Int64(generator.index(below: category.rows)))
                }
            }
            return try RankerFeatures(numbers: numbers, ids: ids)
        }
        let schema = RankerSchema(
            context: columns(20, categories.context), candidate: columns(25, categories.candidate),
            embeddingWidth: dimension,
            tasks: ["click", "long_view", "like", "comment", "follow", "forward", "hide"].map {
                RankerTask(name: $0)
            } + [RankerTask(name: "watch", kind: .duration)])
        let histories = IndexLists(
            offsets: (0...contexts).map { $0 * history },
            values: (0..<contexts * history).map { _ in UInt32(generator.index(below: items)) })
        let inputs = try RankerInputs(
            contexts: features(contexts, schema.context), histories: histories,
            candidateOffsets: (0...contexts).map { $0 * candidates },
            candidates: features(rows, schema.candidate),
            candidateRows: (0..<rows).map { _ in Int32(generator.index(below: items)) },
            embeddings: Matrix.gaussian(
                rows: items, columns: dimension, deviation: 1, using: &generator))
        let labels = (0..<rows * schema.tasks.count).map { index -> Float in
            index % schema.tasks.count == 7
                ? 30 * generator.uniform() : (generator.uniform() < 0.2 ? 1 : 0)
        }
        dataset = try RankerDataset(
            schema: schema, inputs: inputs,
            labels: Matrix(rows: rows, columns: schema.tasks.count, elements: labels),
            days: [Int32](repeating: 0, count: contexts))
    }
}
