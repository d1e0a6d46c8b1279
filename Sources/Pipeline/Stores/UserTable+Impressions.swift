import Jobs
import Postgres
import TwoTower

extension UserTable {
    /// Reads `sql/train/impressions.sql` for the users of this table.
    ///
    /// - Parameter vocabularies: With the items; what is not among them cannot be embedded.
    func impressions(
        _ context: StepContext, _ settings: PipelineSettings, asOf date: PostgresDate,
        _ vocabularies: Vocabularies
    ) throws -> Impressions {
        var (offsets, items, days) = ([0], [Int32](), [Int32]())
        offsets.reserveCapacity(count + 1)
        try context.connection.forEachRow(
            try context.query("train/impressions", settings.arguments(asOf: date)),
            as: (Int64, [Int64], [PostgresDate]).self
        ) { userID, itemIDs, dates in
            // Both are in order of user_id.
            while offsets.count <= count && ids[offsets.count - 1] < userID {
                offsets.append(items.count)
            }
            guard offsets.count <= count, ids[offsets.count - 1] == userID else { return }
            for (itemID, date) in zip(itemIDs, dates) {
                let item = vocabularies.items.index(of: itemID)
                guard item >= 0 else { continue }
                items.append(item)
                days.append(date.daysSinceEpoch)
            }
            offsets.append(items.count)
        }
        while offsets.count <= count { offsets.append(items.count) }
        return try Impressions(offsets: offsets, items: items, days: days)
    }
}
