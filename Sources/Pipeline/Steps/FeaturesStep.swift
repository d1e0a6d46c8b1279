public import Jobs
import Postgres

/// Aggregates the days that are new, builds the snapshots that are missing, and compares a sample of
/// them with the interactions they stand for.
///
/// Days are closed under a lock that imports share: what commits later is known from the closing on,
/// and never changes a closed day.
public struct FeaturesStep: Step {
    public let name = "features"
    private let settings: PipelineSettings

    public init(_ settings: PipelineSettings) {
        self.settings = settings
    }

    private static let dayTables = ["user_action_days", "item_user_days", "item_action_days"]
    private static let itemTables = ["item_action_windows", "item_snapshots"]
    private static let userTables = [
        "user_action_windows", "user_snapshots", "user_histories", "user_tag_affinities",
        "user_creator_affinities",
    ]

    public func run(in context: StepContext) throws -> StepReport {
        let dayRows = try buildDays(context)
        try refreshStatistics(Self.dayTables, context)
        let split = settings.splitDate(for: context.asOfDate)
        let itemDates = try itemDates(context)
        var rows = dayRows
        var pace = Pace(.seconds(5))
        try ensurePartitions(
            Self.itemTables + Self.userTables, from: min(itemDates.first ?? split, split),
            until: context.asOfDate, context)
        for date in itemDates {
            rows += try build(
                "item", scripts: ["build_item_action_windows", "build_item_snapshots"], date,
                &pace, context)
        }
        for date in Set([split, context.asOfDate]).sorted() {
            rows += try build(
                "user",
                scripts: [
                    "build_user_action_windows", "build_user_snapshots", "build_user_histories",
                    "build_user_tag_affinities", "build_user_creator_affinities",
                ], date, &pace, context)
        }
        try refreshStatistics(Self.itemTables + Self.userTables, context)
        for date in Set([split, context.asOfDate]).sorted() { try compare(date, context) }
        try expire(context)
        return StepReport(
            rowsOut: rows, details: ["snapshot_dates": .integer(itemDates.count)])
    }

    // MARK: - Days

    private func buildDays(_ context: StepContext) throws -> Int {
        try context.connection.withTransaction {
            try context.run("features/lock_imports")
            let pending = try context.connection.first(
                try context.query("features/pending_days", ["as_of_date": Bind(context.asOfDate)]),
                as: (PostgresDate?, PostgresDate?).self)
            var rows = 0
            if let (from, until) = pending, let from, let until {
                context.progress("days \(from) to \(until)")
                let arguments = ["from_date": Bind(from), "until_date": Bind(until)]
                try ensurePartitions(Self.dayTables, from: from, until: until, context)
                try context.run("features/clear_days", arguments)
                for script in [
                    "build_user_action_days", "build_item_user_days", "build_item_action_days",
                    "record_days",
                ] {
                    rows += try context.run("features/\(script)", arguments)
                }
            }
            try context.run("features/close", ["as_of_date": Bind(context.asOfDate)])
            return rows
        }
    }

    // MARK: - Snapshots

    /// Dates of item snapshots: one for each day that has training examples, and the date itself.
    private func itemDates(_ context: StepContext) throws -> [PostgresDate] {
        let first = try context.connection.value(
            try context.query("features/first_known_date"), as: PostgresDate?.self)
        let split = settings.splitDate(for: context.asOfDate)
        var date = max(first ?? context.asOfDate, split.advanced(by: -settings.snapshotDays))
        var dates: [PostgresDate] = []
        while date < context.asOfDate {
            dates.append(date)
            date = date.advanced(by: 1)
        }
        return dates + [context.asOfDate]
    }

    /// Builds the snapshots of a date, unless they are there and from the same definition.
    private func build(
        _ grain: String, scripts: [String], _ date: PostgresDate, _ pace: inout Pace,
        _ context: StepContext
    ) throws -> Int {
        let loaded = try scripts.map { try context.catalog.script("features/\($0)") }
        var arguments = settings.arguments(asOf: date)
        arguments["grain"] = Bind(grain)
        // What a snapshot depends on: the texts, and the settings that they name.
        let definition =
            loaded.flatMap(\.texts).joined(separator: "\n") + settings.featureDefinition
        let checksum = try context.connection.value(
            try context.query("run/checksum", ["content": Bind(definition)]), as: String.self)
        arguments["definition_checksum"] = Bind(checksum)
        let isBuilt = try context.connection.value(
            try context.query("features/snapshot_is_built", arguments), as: Bool.self)
        if isBuilt { return 0 }
        if pace.allows() { context.progress("\(grain)s as of \(date)") }
        return try context.connection.withTransaction {
            try context.run("features/clear_snapshot", arguments)
            var rows = 0
            for script in loaded {
                try context.stop.check()
                rows += try context.connection.run(script, arguments)
            }
            arguments["row_count"] = Bind(Int64(rows))
            try context.run("features/record_snapshot", arguments)
            return rows
        }
    }

    /// Recomputes a sample straight from the interactions; a difference fails the run.
    private func compare(_ date: PostgresDate, _ context: StepContext) throws {
        let differences = try context.connection.query(
            try context.query("features/skew", settings.arguments(asOf: date)),
            as: (String, String).self)
        guard let (subject, detail) = differences.first else { return }
        throw PipelineError(
            "features of \(date) differ from the interactions: \(subject): \(detail)"
                + (differences.count > 1 ? ", and \(differences.count - 1) more" : ""),
            hint: "delete from feature.days and feature.snapshots to have them built again.")
    }

    private func expire(_ context: StepContext) throws {
        let oldest = settings.splitDate(for: context.asOfDate)
            .advanced(by: -settings.snapshotDays - settings.holdoutDays)
        try context.connection.withTransaction {
            try context.run("features/expire_snapshots", ["keep_from": Bind(oldest)])
        }
    }

    private func ensurePartitions(
        _ tables: [String], from: PostgresDate, until: PostgresDate, _ context: StepContext
    ) throws {
        try context.run(
            "features/ensure_partitions",
            ["table_names": Bind(tables), "from_date": Bind(from), "until_date": Bind(until)])
    }

    private func refreshStatistics(_ tables: [String], _ context: StepContext) throws {
        try context.run("features/refresh_statistics", ["table_names": Bind(tables)])
    }
}

extension PipelineSettings {
    /// The settings that features depend on, as text.
    fileprivate var featureDefinition: String {
        "\(positiveActions) \(priorStrength) \(historyDays) \(historyLength)"
    }
}
