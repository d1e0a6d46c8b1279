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
        var (offsets, items, days, engagedDays) = ([0], [Int32](), [Int32](), [Int32]())
        offsets.reserveCapacity(count + 1)
        try context.connection.forEachRow(
            try context.query("train/impressions", settings.arguments(asOf: date)),
            as: (Int64, [Int64], [PostgresDate], [PostgresDate]).self
        ) { userID, itemIDs, dates, engagedDates in
            // Both are in order of user_id.
            while offsets.count <= count && ids[offsets.count - 1] < userID {
                offsets.append(items.count)
            }
            guard offsets.count <= count, ids[offsets.count - 1] == userID else { return }
            for (place, itemID) in itemIDs.enumerated() {
                let item = vocabularies.items.index(of: itemID)
                guard item >= 0 else { continue }
                items.append(item)
                days.append(dates[place].daysSinceEpoch)
                engagedDays.append(engagedDates[place].daysSinceEpoch)
            }
            offsets.append(items.count)
        }
        while offsets.count <= count { offsets.append(items.count) }
        return try Impressions(
            offsets: offsets, items: items, days: days, engagedDays: engagedDays)
    }
}
