import Jobs
import Postgres
import TwoTower

/// The name of an outside encoder of items, as jobs and models have it: `modality/encoder`.
struct ContentEncoder {
    var modality: String
    var encoder: String

    /// Nil for a text that is no such name.
    init?(_ name: String) {
        let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        modality = String(parts[0])
        encoder = String(parts[1])
    }
}

extension ItemTable {
    /// Reads `sql/features/item_contents.sql`.
    ///
    /// - Throws: ``PipelineError`` when no item has a vector, or two are of different lengths.
    static func contents(
        of name: String, _ context: StepContext, asOf date: PostgresDate, items: Vocabulary<Int64>
    ) throws -> ContentVectors {
        guard let encoder = ContentEncoder(name) else {
            throw PipelineError("\(name) does not name a modality and an encoder")
        }
        var width: Int?
        var values: [Float] = []
        try context.connection.forEachRow(
            try context.query(
                "features/item_contents",
                [
                    "as_of_date": Bind(date), "modality": Bind(encoder.modality),
                    "encoder": Bind(encoder.encoder),
                ]), as: (Int64, [Float]).self
        ) { itemID, vector in
            if width == nil {
                width = vector.count
                values = [Float](repeating: 0, count: items.count * vector.count)
            }
            guard width == vector.count else {
                throw PipelineError(
                    "vectors of \(name) differ in length",
                    hint: "Give each version of an encoder a name of its own.")
            }
            let item = Int(items.index(of: itemID))
            guard item >= 0 else { return }
            values.replaceSubrange(item * vector.count..<(item + 1) * vector.count, with: vector)
        }
        guard let width else {
            throw PipelineError(
                "source.item_contents has no vector of \(name) before \(date)",
                hint: "Load vectors, or take the name out of content_encoders.")
        }
        return try ContentVectors(name: name, width: width, itemCount: items.count, values: values)
    }
}
