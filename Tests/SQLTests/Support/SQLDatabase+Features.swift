import Postgres
import SQLCatalog

extension SQLDatabase {
    static let dayTables = ["user_action_days", "item_user_days", "item_action_days"]
    static let itemTables = ["item_action_windows", "item_snapshots"]
    static let userTables = [
        "user_action_windows", "user_snapshots", "user_histories", "user_tag_affinities",
        "user_creator_affinities",
    ]
    /// What sources of candidates read; charts are not partitioned.
    static let sourceTables = ["item_neighbours", "trending_items"]

    /// The arguments that the scripts of a job share, as of a date.
    static func arguments(asOf date: PostgresDate) -> [String: Bind] {
        [
            "as_of_date": Bind(date),
            "positive_actions": Bind(["like", "click"]),
            "prior_strength": Bind(Int32(10)),
            "history_days": Bind(Int32(60)),
            "history_length": Bind(Int32(3)),
            "strongest_length": Bind(Int32(1)),
            "popularity_days": Bind(Int32(7)),
            "fallback_length": Bind(Int32(5)),
            "neighbour_history": Bind(Int32(50)),
            "neighbour_count": Bind(Int32(3)),
        ]
    }

    /// Aggregates days, in the order of the features step.
    func buildDays(from: PostgresDate, until: PostgresDate) throws {
        let arguments = [
            "from_date": Bind(from), "until_date": Bind(until),
            "table_names": Bind(Self.dayTables),
        ]
        for script in [
            "ensure_partitions", "clear_days", "build_user_action_days", "build_item_user_days",
            "build_item_action_days", "record_days",
        ] {
            try run("features/\(script)", arguments)
        }
    }

    /// Aggregates what is pending, then builds the snapshots of a date anew.
    ///
    /// - Parameter parameters: Other settings than those of ``arguments(asOf:)``.
    func buildFeatures(asOf date: PostgresDate, _ parameters: [String: Bind] = [:]) throws {
        var arguments = Self.arguments(asOf: date).merging(parameters) { $1 }
        let pending = try connection.first(
            try catalog.script("features/pending_days").query(arguments),
            as: (PostgresDate?, PostgresDate?).self)
        if let (from, until) = pending, let from, let until {
            try buildDays(from: from, until: until)
        }
        arguments["from_date"] = Bind(date)
        arguments["until_date"] = Bind(date)
        arguments["table_names"] = Bind(Self.itemTables + Self.userTables + ["item_neighbours"])
        try run("features/ensure_partitions", arguments)
        for (grain, tables) in [
            ("item", Self.itemTables), ("user", Self.userTables), ("source", Self.sourceTables),
        ] {
            arguments["grain"] = Bind(grain)
            try run("features/clear_snapshot", arguments)
            for table in tables { try run("features/build_\(table)", arguments) }
            arguments["definition_checksum"] = Bind("as tested")
            arguments["row_count"] = Bind(Int64(0))
            try run("features/record_snapshot", arguments)
        }
    }

    /// Everything in tables of the feature schema, as text.
    func features(_ tables: [String], where condition: String = "true") throws -> [String: [String]]
    {
        var found: [String: [String]] = [:]
        for table in tables {
            found[table] = try self.table(
                "select * from feature.\(table) as t where \(condition) order by t::text")
        }
        return found
    }
}
