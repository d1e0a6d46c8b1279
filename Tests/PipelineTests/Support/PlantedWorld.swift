import LinearAlgebra
import Postgres

/// A small world with a known structure: users and items in groups, and users who like what is of
/// their group.
///
/// Three weeks end on the day before ``date``. Group 3's items are newer than the rest. Four users
/// never did anything, three items were never shown, one item was removed, and one user in ten has
/// no attribute. The same seed gives the same rows.
struct PlantedWorld {
    var userCount = 240
    var itemCount = 120
    var groupCount = 4
    var dayCount = 21
    /// Users at the end who never did anything.
    var idleUserCount = 4
    /// Items at the end that nobody was ever shown.
    var hiddenItemCount = 3
    /// Whether item ``removedItem`` is removed.
    var removesItem = true
    /// Chance that a user is there on a day.
    var activity: Float = 0.5
    var seed: UInt64 = 7

    /// The run knows what was known before this date.
    static let date = PostgresDate("2024-03-25")!
    /// The item that was removed on the 17th day: of group 0, liked before.
    static let removedItem: Int64 = 501

    /// One event.
    struct Event {
        var user: Int64
        var item: Int64
        var action: Int16
        var occurredAt: Int64
    }

    static let impression: Int16 = 1
    static let like: Int16 = 3
    static let longView: Int16 = 8

    func userID(_ index: Int) -> Int64 { Int64(10_001 + index * 7) }
    func itemID(_ index: Int) -> Int64 { Int64(501 + index) }
    func group(_ index: Int) -> Int { index % groupCount }

    var firstDate: PostgresDate { Self.date.advanced(by: -dayCount) }

    /// Day on which an item was published, counted from ``firstDate``.
    func publishedDay(ofItem index: Int) -> Int {
        group(index) == 3 ? 8 + index % 3 : -20 - index % 10
    }

    /// Seconds since 1970 of a day's beginning, counted from ``firstDate``.
    func seconds(day: Int) -> Int64 { Int64(Int(firstDate.daysSinceEpoch) + day) * 86_400 }

    var idleUsers: [Int64] { (userCount - idleUserCount..<userCount).map(userID) }
    var hiddenItems: [Int64] { (itemCount - hiddenItemCount..<itemCount).map(itemID) }

    /// Every event, user by user.
    func events() -> [Event] {
        var random = SeededGenerator(seed: seed)
        var events: [Event] = []
        for user in 0..<userCount - idleUserCount {
            for day in 0..<dayCount where random.uniform() < activity {
                for visit in 0..<3 {
                    guard let item = shown(to: user, on: day, &random) else { continue }
                    let moment =
                        seconds(day: day)
                        + Int64(3_600 + visit * 20_000 + random.index(below: 9_000))
                    let isOwn = group(item) == group(user)
                    let isLiked = random.uniform() < (isOwn ? 0.7 : 0.05)
                    events.append(event(user, item, Self.impression, moment))
                    guard isLiked else { continue }
                    let action = random.uniform() < 0.5 ? Self.like : Self.longView
                    events.append(event(user, item, action, moment + 5))
                }
            }
        }
        return events
    }

    private func event(_ user: Int, _ item: Int, _ action: Int16, _ moment: Int64) -> Event {
        Event(user: userID(user), item: itemID(item), action: action, occurredAt: moment)
    }

    /// An item that is there on the day, four times in five one of the user's group.
    private func shown(to user: Int, on day: Int, _ random: inout SeededGenerator) -> Int? {
        let ownGroup = random.uniform() < 0.8
        for _ in 0..<20 {
            let item = random.index(below: itemCount - hiddenItemCount)
            let isThere =
                publishedDay(ofItem: item) <= day
                && (itemID(item) != Self.removedItem || day < 17 || !removesItem)
            if isThere, !ownGroup || group(item) == group(user) { return item }
        }
        return nil
    }
}
