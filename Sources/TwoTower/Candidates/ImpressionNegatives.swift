import Foundation
import LinearAlgebra

/// Items that the user of a row was shown by the day of its example, and never engaged with.
///
/// They are negatives of that row alone. Items that a user was shown are like those that the user
/// likes; alone they teach less than random ones (Huang et al., KDD 2020), so they come beside
/// other sources.
///
/// A row whose user has m such items draws n of them without replacement, each with the probability
/// k = min(1, n/m); with the K of the other sources, its candidate has K + k (1 − K). So corrected, a
/// sum over candidates stays an estimate of the one over the catalogue, in which an impression is an
/// item like any other. A weight w counts it w times: it adds log w to the logit.
struct ImpressionNegatives: Sendable {
    private let count: Int
    /// log w.
    let logWeight: Float
    // Those without engagement, each item of a user once, at its first impression.
    private let offsets: [Int]
    private let items: [Int32]
    private let days: [Int32]

    init(count: Int, weight: Float, _ impressions: Impressions, _ sequences: Sequences) {
        var offsets = [0]
        var (items, days) = ([Int32](), [Int32]())
        for user in 0..<impressions.userCount {
            var left = Set(
                sequences.items[sequences.offsets[user]..<sequences.offsets[user + 1]])
            for index in impressions.offsets[user]..<impressions.offsets[user + 1]
            where left.insert(impressions.items[index]).inserted
                && impressions.engagedDays[index] == .max
            {
                items.append(impressions.items[index])
                days.append(impressions.days[index])
            }
            offsets.append(items.count)
        }
        self.count = count
        logWeight = log(weight)
        self.offsets = offsets
        self.items = items
        self.days = days
    }

    /// The number of impressions of a user up to a day, that one included.
    func available(user: Int, day: Int32) -> Int {
        var (low, high) = (offsets[user], offsets[user + 1])
        while low < high {
            let middle = (low + high) / 2
            if days[middle] <= day { low = middle + 1 } else { high = middle }
        }
        return low - offsets[user]
    }

    /// Appends different items for an example of a user on a day.
    ///
    /// - Returns: The probability k with which each item available was drawn.
    func draw(
        user: Int, day: Int32, using generator: inout SeededGenerator, into drawn: inout [Int32]
    ) -> Double {
        let available = available(user: user, day: day)
        let start = drawn.count
        if available <= count {
            drawn.append(contentsOf: items[offsets[user]..<offsets[user] + available])
            return available == 0 ? 0 : 1
        }
        // Floyd's algorithm (Bentley, Floyd 1987): every subset of this size is as likely.
        for last in available - count..<available {
            let item = items[offsets[user] + generator.index(below: last + 1)]
            let isNew = !drawn[start...].contains(item)
            drawn.append(isNew ? item : items[offsets[user] + last])
        }
        return Double(count) / Double(available)
    }
}
