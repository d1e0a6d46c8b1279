import LinearAlgebra
import NeuralNetwork

/// A dataset without its newest examples, and what they were.
///
/// What is held out is gone from the sequences altogether: it is no example, no history and no mask, so
/// that training is as blind to it as it will be to the future. Impressions go with it, those of the
/// days that are held out, or all of a user whose last event is: what is held out was shown too, and
/// stands out from the rest of what was shown by being liked. An item that was shown before those days
/// and liked on them is shown without engagement: as it was when they began.
struct ValidationSplit {
    /// What is left to train on.
    let training: TwoTowerDataset
    /// The users that are measured, ascending: a sample of those with something held out.
    let users: [Int]
    /// New items of each of these users, each once.
    let truth: [[Int32]]
    /// The day as of which item features serve.
    let day: Int32
    /// The day on which each of these users is asked for: that of the first event held out of them, or
    /// the first of the days that are held out.
    let userDays: [Int32]

    /// Holds out the newest days that together have up to `share` of the examples, at least one;
    /// or, where days cannot tell new from old because more than half of the examples lie on
    /// the newest, the last event of as many users.
    ///
    /// - Parameters:
    ///   - share: The share of the examples that is held out, above 0 and below 1.
    ///   - userLimit: Users that are measured, at most, drawn at random for the seed.
    /// - Throws: `invalidData` when nobody has anything that could be held out.
    init(_ dataset: TwoTowerDataset, share: Float, userLimit: Int, seed: UInt64)
        throws(ModelError)
    {
        let sequences = dataset.sequences
        let isExample = dataset.areExamples(withRepeats: false)
        var counts: [Int32: Int] = [:]
        for event in isExample.indices where isExample[event] {
            counts[sequences.days[event], default: 0] += 1
        }
        let total = counts.values.reduce(0, +)
        let target = max(1, Int((Float(total) * share).rounded()))
        let days = counts.keys.sorted(by: >)
        guard let newest = days.first else { throw Self.nothingToHoldOut }

        var generator = SeededGenerator(seed: seed, stream: 1 << 21)
        // Where the events end that each user keeps.
        var ends = Array(sequences.offsets.dropFirst())
        let holdsOutDays = 2 * counts[newest]! <= total
        if holdsOutDays {
            var (first, held) = (newest, 0)
            for day in days {
                guard held == 0 || held + counts[day]! <= target else { break }
                first = day
                held += counts[day]!
            }
            day = first
            for user in 0..<sequences.userCount {
                let events = sequences.offsets[user]..<sequences.offsets[user + 1]
                ends[user] = events.first { sequences.days[$0] >= first } ?? events.upperBound
            }
        } else {
            day = newest
            let candidates = (0..<sequences.userCount).filter { user in
                let last = sequences.offsets[user + 1] - 1
                return last > sequences.offsets[user] && isExample[last]
            }
            for user in candidates.shuffled(using: &generator).prefix(target) { ends[user] -= 1 }
        }

        var (users, truth, userDays): ([Int], [[Int32]], [Int32]) = ([], [], [])
        for user in 0..<sequences.userCount {
            let held = (ends[user]..<sequences.offsets[user + 1]).filter { isExample[$0] }
            if held.isEmpty { continue }
            users.append(user)
            truth.append(held.map { sequences.items[$0] })
            userDays.append(holdsOutDays ? day : sequences.days[held[0]])
        }
        guard !users.isEmpty else { throw Self.nothingToHoldOut }
        let sample = users.indices.shuffled(using: &generator).prefix(userLimit).sorted()
        self.users = sample.map { users[$0] }
        self.truth = sample.map { truth[$0] }
        self.userDays = sample.map { userDays[$0] }
        let day = day
        training = try dataset.keeping(
            ends: ends,
            impressionsBefore: ends.indices.map { user in
                holdsOutDays ? day : ends[user] == sequences.offsets[user + 1] ? .max : .min
            })
    }

    private static let nothingToHoldOut = ModelError(
        .invalidData, "no example can be held out for validation",
        hint: "Set validationShare to 0, or train on users with two events or more.")
}

extension TwoTowerDataset {
    /// The dataset whose users have their events before `ends` alone, and what each was shown before a
    /// day.
    fileprivate func keeping(
        ends: [Int], impressionsBefore days: [Int32]
    ) throws(ModelError) -> TwoTowerDataset {
        try TwoTowerDataset(
            catalogue: catalogue, numericFeatures: numericFeatures, profiles: profiles,
            sequences: sequences.slicing(
                (0..<sequences.userCount).map { sequences.offsets[$0]..<ends[$0] }),
            impressions: impressions?.before(days), firstExampleDay: firstExampleDay)
    }
}
