import Foundation
import LinearAlgebra

/// The numbers that the user tower reads, before they are standardised; NaN for what is not known.
///
/// Those that tell time are of what the user did before a day, not on it, as features of items are: an
/// example of the middle of a day sees what serving will see on its morning.
struct UserNumbers: Sendable {
    let kinds: [TwoTowerConfiguration.HistoryNumber]
    let historyLength: Int
    let catalogue: Catalogue
    let sequences: Sequences
    let profiles: Profiles

    /// How many there are: those of the history, then those of the profile.
    var count: Int { kinds.count + profiles.numberNames.count }

    /// Writes the numbers of a user.
    ///
    /// - Parameter events: What the user did, as far as the tower may know.
    func write(
        _ user: Int, events: Range<Int>, day: Int32, to numbers: UnsafeMutablePointer<Float>
    ) {
        // Searched for where it is asked for: most histories lie far away in memory.
        func earlier() -> Range<Int> { events.lowerBound..<first(in: events, from: day) }
        for (index, kind) in kinds.enumerated() {
            numbers[index] =
                switch kind {
                case .eventCount: log1p(Float(events.count))
                case .eventsOfWeek: eventsOfWeek(earlier(), before: day)
                case .daysSinceLastEvent: daysSinceLastEvent(earlier(), day)
                case .creatorShare: creatorShare(events.suffix(historyLength))
                }
        }
        let columns = profiles.numberNames.count
        for column in 0..<columns {
            numbers[kinds.count + column] = profiles.numbers[user * columns + column]
        }
    }

    private func eventsOfWeek(_ earlier: Range<Int>, before day: Int32) -> Float {
        log1p(Float(earlier.upperBound - first(in: earlier, from: day - 7)))
    }

    private func daysSinceLastEvent(_ earlier: Range<Int>, _ day: Int32) -> Float {
        earlier.isEmpty ? .nan : log1p(Float(day - sequences.days[earlier.last!]))
    }

    /// The first event that is not before a day, by binary search.
    private func first(in events: Range<Int>, from day: Int32) -> Int {
        var (low, high) = (events.lowerBound, events.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if sequences.days[middle] < day { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Different creators of some events, as a share of the events whose creator is known.
    private func creatorShare(_ events: Range<Int>) -> Float {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: events.count) { creators in
            var count = 0
            for event in events {
                let creator = catalogue.creators[Int(sequences.items[event])]
                guard creator >= 0 else { continue }
                creators[count] = creator
                count += 1
            }
            guard count > 0 else { return .nan }
            var known = UnsafeMutableBufferPointer(rebasing: creators[..<count])
            known.sort()
            let different = (0..<count).count(where: { $0 == 0 || known[$0] != known[$0 - 1] })
            return Float(different) / Float(count)
        }
    }
}

extension TwoTowerConfiguration {
    /// A number that the user tower reads of a history.
    public enum HistoryNumber: String, Codable, Sendable {
        /// log(1 + events).
        case eventCount
        /// log(1 + events of the seven days before).
        case eventsOfWeek
        /// log(1 + days since the last event of an earlier day).
        case daysSinceLastEvent
        /// Different creators of the newest `historyLength` events, as a share of those events.
        case creatorShare
    }
}
