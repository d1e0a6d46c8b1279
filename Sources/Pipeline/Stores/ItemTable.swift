import Jobs
import LinearAlgebra
import Postgres
import TwoTower

/// Items as of a date, in the order of a model's vocabulary.
struct ItemTable {
    /// `item_id` by index: those of the vocabulary first, then what is new.
    var ids: Vocabulary<Int64>
    /// Creators and tags by index, texts, and vectors.
    var catalogue: Catalogue
    /// Whether the item may be recommended.
    var isAvailable: [Bool]

    /// Reads `sql/features/items.sql`, and `sql/features/item_contents.sql` for each encoder.
    ///
    /// - Parameters:
    ///   - vocabularies: Extended by what is new, unless the model is already trained: then a copy is
    ///     passed, and new creators and tags count as unknown.
    ///   - contentEncoders: Vectors to read, each as `modality/encoder`.
    static func load(
        _ context: StepContext, asOf date: PostgresDate, extending vocabularies: inout Vocabularies,
        contentEncoders: [String]
    ) throws -> ItemTable {
        struct Row {
            var creator: Int32 = -1
            var tags: [Int32] = []
            var isAvailable = false
            var caption = ""
        }
        // An item of the vocabulary that is no longer in the snapshot keeps its place, empty.
        var rows = [Row](repeating: Row(), count: vocabularies.items.count)
        try context.connection.forEachRow(
            try context.query("features/items", ["as_of_date": Bind(date)]),
            as: (Int64, Int64?, [String], Bool, String).self
        ) { itemID, creatorID, tags, isAvailable, caption in
            let index = Int(vocabularies.items.insert(itemID))
            if index == rows.count { rows.append(Row()) }
            rows[index].creator = creatorID.map { vocabularies.creators.insert($0) } ?? -1
            var seen: Set<String> = []
            for tag in tags where seen.insert(tag).inserted {
                rows[index].tags.append(vocabularies.tags.insert(tag))
            }
            rows[index].isAvailable = isAvailable
            rows[index].caption = caption
        }
        var offsets = [0]
        offsets.reserveCapacity(rows.count + 1)
        for row in rows { offsets.append(offsets[offsets.count - 1] + row.tags.count) }
        return ItemTable(
            ids: vocabularies.items,
            catalogue: try Catalogue(
                itemCount: rows.count, creatorCount: vocabularies.creators.count,
                creators: rows.map(\.creator), tagCount: vocabularies.tags.count,
                tagOffsets: offsets, tags: rows.flatMap(\.tags), texts: rows.map(\.caption),
                contents: try contentEncoders.map {
                    try contents(of: $0, context, asOf: date, items: vocabularies.items)
                }),
            isAvailable: rows.map(\.isAvailable))
    }
}

extension ItemTable {
    /// Reads `sql/features/item_numbers.sql` for a range of dates, both inclusive.
    ///
    /// An item that was not known on a date yet has what a new item has: zeros.
    ///
    /// - Returns: Features whose days are days since 1970-01-01; nil when the text gives none.
    func numbers(
        _ context: StepContext, from first: PostgresDate, until last: PostgresDate
    ) throws -> NumericFeatures? {
        let dayCount = Int(last.daysSinceEpoch - first.daysSinceEpoch) + 1
        precondition(dayCount > 0, "no days from \(first) until \(last)")
        var width: Int?
        var values: [Float] = []
        try context.connection.forEachRow(
            try context.query(
                "features/item_numbers", ["from_date": Bind(first), "until_date": Bind(last)]),
            as: (PostgresDate, Int64, [Float]).self
        ) { date, itemID, numbers in
            if width == nil {
                width = numbers.count
                values = [Float](repeating: 0, count: dayCount * ids.count * numbers.count)
            }
            guard width == numbers.count else {
                throw PipelineError(
                    "sql/features/item_numbers.sql gives \(numbers.count) numbers after \(width ?? 0)"
                )
            }
            let item = ids.index(of: itemID)
            guard item >= 0 else { return }
            let day = Int(date.daysSinceEpoch - first.daysSinceEpoch)
            let start = (day * ids.count + Int(item)) * numbers.count
            for (offset, number) in numbers.enumerated() { values[start + offset] = number }
        }
        guard let width, width > 0 else { return nil }
        return try NumericFeatures(
            names: (1...width).map { "number_\($0)" }, firstDay: first.daysSinceEpoch,
            dayCount: dayCount, itemCount: ids.count, values: values)
    }
}
