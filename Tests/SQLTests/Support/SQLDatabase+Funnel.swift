import Postgres
import SQLCatalog

/// A version of an item, as a test gives it.
struct ItemVersion {
    var id: Int
    var knownAt = "2024-01-01"
    var createdAt: String? = "2024-01-01"
    var creator: Int?
    var tags: [String] = []
    var language: String?
    var attributes = "{}"
    var isAvailable = true
}

extension SQLDatabase {
    func add(_ versions: [ItemVersion]) throws {
        for version in versions {
            try connection.execute(
                """
                insert into source.item_versions
                    (item_id, known_at, created_at, creator_id, kind, tags, language, attributes,
                     is_available, content_hash, import_id)
                values (\(Int64(version.id)), \(version.knownAt)::text::timestamptz,
                    \(version.createdAt)::text::timestamptz, \(version.creator.map { Int64($0) }),
                    'post', \(version.tags), \(version.language),
                    \(JSONB(version.attributes)), \(version.isAvailable), 0, 1)
                """)
        }
    }

    /// Adds a version of a user with attributes, as JSON.
    func addUser(_ id: Int, _ attributes: String = "{}", knownAt: String = "2024-01-01") throws {
        try connection.execute(
            """
            insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
            values (\(Int64(id)), \(knownAt)::text::timestamptz, \(JSONB(attributes)), 0, 1)
            """)
    }

    /// Runs a statement of the funnel for the users of some buckets.
    ///
    /// - Parameter parameters: Its own, and a quota where that matters; those of
    ///   ``FunnelStatement/parameters`` otherwise.
    func funnel(
        _ script: String, asOf date: PostgresDate = day("2024-03-29"),
        buckets: ClosedRange<Int> = 0...1023, _ parameters: [String: Bind] = [:]
    ) throws -> [String] {
        var arguments = Self.arguments(asOf: date).merging(FunnelStatement.parameters) { $1 }
        arguments["from_bucket"] = Bind(Int16(buckets.lowerBound))
        arguments["until_bucket"] = Bind(Int16(buckets.upperBound))
        return try table(script: script, arguments.merging(parameters) { $1 })
    }
}

/// The statements of sources, filters and factors.
enum FunnelStatement {
    /// What they ask for beside the settings of a job.
    static let parameters: [String: Bind] = [
        "quota": Bind(Int32(10)), "owed_exposures": Bind(Int32(10)),
        "owed_hours": Bind(Int32(72)), "arrears_days": Bind(Int32(60)),
        "rediscovery_days": Bind(Int32(14)), "seen_days": Bind(Int32(7)),
        "seen_count": Bind(Int32(3)), "hide_days": Bind(Int32(14)),
        "largest_share": Bind(0.5), "removed_flags": Bind(["violating"]),
        "window_days": Bind(Int32(14)),
    ]

    static let sources = names("retrieve/sources/")
    static let filters = names("rank/filters/")
    static let factors = names("rank/factors/")

    /// What must not be shown is known at once, and not as of the date of a run.
    static let known = [
        "rank/filters/removed/items", "rank/filters/policy/items",
        "rank/filters/not_yet_public/items", "rank/filters/region/item_traits",
    ]

    private static func names(_ folder: String) -> [String] {
        ((try? SQLCatalog.locate().names()) ?? []).filter { $0.hasPrefix(folder) }
    }
}
