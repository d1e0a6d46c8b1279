import Jobs

/// The time that a step may take for users, shared out among the pages that it works on.
///
/// Users are worked on page by page, a page being a range of buckets. A bucket is a hash of the user, so
/// every page holds the same mix of users: when each has its share of the time and gives it to its most
/// active users first, those who are left out are, up to chance, the least active of all. One order over
/// all users would say the same at the price of reading every bucket once for each tier of activity.
/// What a page leaves goes to those after it.
struct TimeBudget {
    typealias Instant = ContinuousClock.Instant

    private let end: Instant?
    private let now: () -> Instant

    /// - Parameters:
    ///   - total: For all users; nil for no limit.
    ///   - shard: Has the part of it that its buckets are of all.
    ///   - now: What time it is.
    init(
        _ total: Duration?, shard: Shard, now: @escaping () -> Instant = { ContinuousClock.now }
    ) {
        self.now = now
        end = total.map { now() + $0 * shard.buckets.count / Shard.bucketCount }
    }

    /// What says whether the time of the page that begins now is up; nil where there is no limit.
    ///
    /// - Parameter pagesLeft: That page and those after it.
    func page(pagesLeft: Int) -> (() -> Bool)? {
        guard let end else { return nil }
        let start = now()
        let pageEnd = start + max(end - start, .zero) / pagesLeft
        return { now() >= pageEnd }
    }
}
