import Jobs
import Postgres

/// The buckets of a shard, cut into pages of users that fit into memory.
struct BucketPages {
    /// Users that a step holds in memory at once, about.
    static let userLimit = 16_384

    /// Users of the shard.
    let userCount: Int
    /// Ranges of buckets of nearly equal size.
    let ranges: [ClosedRange<Int16>]

    init(_ shard: Shard, userCount: Int, limit: Int = userLimit) {
        self.userCount = userCount
        let (first, bucketCount) = (Int(shard.buckets.lowerBound), shard.buckets.count)
        let pages = min(max((userCount + limit - 1) / limit, 1), bucketCount)
        ranges = (0..<pages).map { page in
            let start = first + page * bucketCount / pages
            let end = first + (page + 1) * bucketCount / pages
            return Int16(start)...Int16(end - 1)
        }
    }

    /// The bucket of a user, as the tables compute it.
    static func bucket(of userID: Int64) -> Int16 {
        Int16((userID ^ (userID >> 10) ^ (userID >> 20) ^ (userID >> 40)) & 1023)
    }

    /// The pages of a shard, by the users of the snapshot as of the date of the run.
    static func load(_ context: StepContext, _ shard: Shard) throws -> BucketPages {
        let count = try context.connection.value(
            try context.query(
                "features/user_count",
                [
                    "as_of_date": Bind(context.asOfDate),
                    "from_bucket": Bind(shard.buckets.lowerBound),
                    "until_bucket": Bind(shard.buckets.upperBound),
                ]), as: Int64.self)
        return BucketPages(shard, userCount: Int(count))
    }
}
