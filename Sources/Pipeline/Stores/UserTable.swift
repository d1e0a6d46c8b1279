import Jobs
import LinearAlgebra
import Postgres
import TwoTower

/// Users as of a date, or those of some buckets: profile and history by index.
struct UserTable {
    /// `user_id` by row, ascending.
    var ids: [Int64] = []
    /// Index of each user in the vocabulary of the model, or −1.
    var indexes: [Int32] = []
    /// `activity_cohort` by row.
    var cohorts: [String] = []
    /// Different items each user liked, before the history was cut.
    var positiveCounts: [Int] = []
    /// Histories: items by index, oldest first.
    var sequences: Sequences
    var profiles: Profiles

    /// Every bucket there is.
    static let allBuckets: ClosedRange<Int16> = 0...1023

    /// Reads `sql/features/users.sql`.
    ///
    /// - Parameters:
    ///   - buckets: Which users.
    ///   - learning: Whether users and categories that are new are added to the vocabularies: so in
    ///     training. Otherwise a new user has index −1, and a new category counts as none.
    static func load(
        _ context: StepContext, _ settings: PipelineSettings, asOf date: PostgresDate,
        buckets: ClosedRange<Int16> = allBuckets, vocabularies: inout Vocabularies, learning: Bool
    ) throws -> UserTable {
        if learning {
            vocabularies.profile = settings.profileAttributes.map { _ in Vocabulary() }
        }
        var (ids, indexes, cohorts, counts) = ([Int64](), [Int32](), [String](), [Int]())
        var (offsets, items, days, weights) = ([0], [Int32](), [Int32](), [Float]())
        var codes: [Int32] = []
        var numbers: [Float] = []
        var arguments = settings.arguments(asOf: date)
        arguments["from_bucket"] = Bind(buckets.lowerBound)
        arguments["until_bucket"] = Bind(buckets.upperBound)
        try context.connection.forEachRow(
            try context.query("features/users", arguments),
            as: (Int64, String, [String], [Float], [Int64], [PostgresDate], [Float], Int32).self
        ) { userID, cohort, profile, profileNumbers, itemIDs, dates, labelWeights, positiveCount in
            try requireAttributes(profile.count, of: vocabularies)
            ids.append(userID)
            indexes.append(
                learning ? vocabularies.users.insert(userID) : vocabularies.users.index(of: userID))
            cohorts.append(cohort)
            counts.append(Int(positiveCount))
            for (column, category) in profile.enumerated() {
                if category.isEmpty {
                    codes.append(-1)
                } else if learning {
                    codes.append(vocabularies.profile[column].insert(category))
                } else {
                    codes.append(vocabularies.profile[column].index(of: category))
                }
            }
            numbers += profileNumbers
            for (position, itemID) in itemIDs.enumerated() {
                // An item that was never imported and has no snapshot cannot be embedded.
                let item = vocabularies.items.index(of: itemID)
                guard item >= 0 else { continue }
                items.append(item)
                days.append(dates[position].daysSinceEpoch)
                weights.append(labelWeights[position])
            }
            offsets.append(items.count)
        }
        return UserTable(
            ids: ids, indexes: indexes, cohorts: cohorts, positiveCounts: counts,
            sequences: try Sequences(offsets: offsets, items: items, days: days, weights: weights),
            profiles: try Profiles(
                userCount: ids.count, cardinalities: vocabularies.profile.map(\.count),
                codes: codes, numberNames: settings.profileNumbers, numbers: numbers))
    }

    var count: Int { ids.count }

    /// The items of each history as a set, ascending: what the user need not be shown again.
    var itemSets: IndexLists {
        IndexLists(
            (0..<count).map { user in
                Set(sequences.items[sequences.events(of: user)].map { UInt32($0) }).sorted()
            })
    }

    /// How often each of `itemCount` items stands in a history.
    func positives(of itemCount: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: itemCount)
        for item in sequences.items { counts[Int(item)] += 1 }
        return counts
    }

    /// The same users with the beginning of each history alone.
    ///
    /// - Parameter length: How many events of a history of so many are kept; no more than there are.
    func truncated(to length: (Int) -> Int) -> UserTable {
        let histories = (0..<count).map { sequences.events(of: $0) }
        let kept = histories.map { $0.prefix(length($0.count)) }
        var table = self
        table.sequences = sequences.slicing(kept)
        for row in 0..<count {
            table.positiveCounts[row] -= histories[row].count - kept[row].count
        }
        return table
    }

    /// The users of some rows, in the order given.
    func selecting(_ rows: [Int]) -> UserTable {
        UserTable(
            ids: rows.map { ids[$0] }, indexes: rows.map { indexes[$0] },
            cohorts: rows.map { cohorts[$0] }, positiveCounts: rows.map { positiveCounts[$0] },
            sequences: sequences.slicing(rows.map { sequences.events(of: $0) }),
            profiles: profiles.selecting(rows))
    }
}
