public import NeuralNetwork

/// What each user was shown, in order of time, engaged with or not.
public struct Impressions: Sendable, Equatable {
    /// Where the impressions of each user start; one value more than users.
    public let offsets: [Int]
    /// The item of each impression, user after user, oldest first.
    public let items: [Int32]
    /// The day of each impression, in the count of days of `Sequences`; never falls within a user.
    public let days: [Int32]
    /// The day on which the user first engaged with the item of each impression; `Int32.max` where
    /// there is none.
    public let engagedDays: [Int32]

    /// The number of users.
    public var userCount: Int { offsets.count - 1 }

    /// Impressions of all users.
    ///
    /// - Parameter engagedDays: nil where no engagement is known beyond the sequences beside them.
    /// - Throws: `invalidData` when lengths contradict one another, days fall, or an item is negative.
    public init(
        offsets: [Int], items: [Int32], days: [Int32], engagedDays: [Int32]? = nil
    ) throws(ModelError) {
        let engagedDays = engagedDays ?? [Int32](repeating: .max, count: items.count)
        guard days.count == items.count, engagedDays.count == items.count else {
            throw ModelError(
                .invalidData,
                "\(items.count) impressions with \(days.count) days and \(engagedDays.count) days"
                    + " of engagement")
        }
        guard !offsets.isEmpty,
            isOffsets(offsets, rows: offsets.count - 1, total: items.count)
        else {
            throw ModelError(
                .invalidData, "offsets of the impressions do not rise from 0 to their total")
        }
        guard items.allSatisfy({ $0 >= 0 }) else {
            throw ModelError(.invalidData, "impressions have a negative item index")
        }
        for user in 0..<offsets.count - 1 {
            let own = days[offsets[user]..<offsets[user + 1]]
            guard zip(own, own.dropFirst()).allSatisfy({ $0 <= $1 }) else {
                throw ModelError(
                    .invalidData, "impressions of a user are not in order of time",
                    hint: "Order the impressions by time before training.")
            }
        }
        self.offsets = offsets
        self.items = items
        self.days = days
        self.engagedDays = engagedDays
    }

    /// What was known of the impressions before a day of each user: those of earlier days, and of
    /// engagement that of earlier days alone.
    func before(_ limits: [Int32]) -> Impressions {
        let ranges = limits.indices.map { user in
            let start = offsets[user]
            return start..<start
                + days[start..<offsets[user + 1]].prefix { $0 < limits[user] }.count
        }
        return Impressions(
            unchecked: ranges.reduce(into: [0]) { $0.append($0.last! + $1.count) },
            items: ranges.flatMap { items[$0] }, days: ranges.flatMap { days[$0] },
            engagedDays: zip(ranges, limits).flatMap { range, limit in
                engagedDays[range].map { $0 < limit ? $0 : .max }
            })
    }

    private init(unchecked offsets: [Int], items: [Int32], days: [Int32], engagedDays: [Int32]) {
        self.offsets = offsets
        self.items = items
        self.days = days
        self.engagedDays = engagedDays
    }
}
