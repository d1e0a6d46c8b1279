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
    private static let neighbourTables = ["item_neighbours"]
    /// Not partitioned: a few charts a date.
    private static let chartTables = ["trending_items"]

    public func run(in context: StepContext) throws -> StepReport {
        let dayRows = try buildDays(context)
        try refreshStatistics(Self.dayTables, context)
        let userDates = try userDates(context)
        let itemDates = try itemDates(context)
        var rows = dayRows
        var pace = Pace(.seconds(5))
        try ensurePartitions(
            Self.itemTables + Self.userTables + Self.neighbourTables,
            from: min(itemDates[0], userDates[0]), until: context.asOfDate, context)
        let snapshots = snapshots(
            for: context.asOfDate, userDates: userDates, itemDates: itemDates)
        for snapshot in snapshots where snapshot.grain != "source" {
            rows += try build(snapshot, &pace, context)
        }
        // Sources join histories with themselves: the planner has to know that there are some.
        try refreshStatistics(Self.itemTables + Self.userTables, context)
        for snapshot in snapshots where snapshot.grain == "source" {
            rows += try build(snapshot, &pace, context)
        }
        try refreshStatistics(Self.neighbourTables + Self.chartTables, context)
        for date in settings.userSnapshotDates(for: context.asOfDate) {
            try compare(date, context)
        }
        try expire(context)
        return StepReport(
            rowsOut: rows, details: ["snapshot_dates": .integer(itemDates.count)])
    }

    /// Whether the snapshots are still those of this job: another one may have built them anew from
    /// other settings since.
    public func isStillDone(in context: StepContext) throws -> Bool {
        try snapshots(
            for: context.asOfDate, userDates: userDates(context), itemDates: itemDates(context)
        ).allSatisfy { snapshot in
            try isBuilt(snapshot, arguments(of: snapshot, context), context)
        }
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

    /// Dates of user snapshots: those that towers read, and the days that rankers learn from or are
    /// measured on.
    private func userDates(_ context: StepContext) throws -> [PostgresDate] {
        let dates = settings.userSnapshotDates(for: context.asOfDate)
        guard let days = settings.rankerDates(for: context.asOfDate) else { return dates }
        let first = try firstKnownDate(context)
        let rankerDates = (days.learnedBefore.days + days.heldOut.days).filter { $0 >= first }
        return Set(dates + rankerDates).sorted()
    }

    private func firstKnownDate(_ context: StepContext) throws -> PostgresDate {
        try context.connection.value(
            try context.query("features/first_known_date"), as: PostgresDate?.self)
            ?? context.asOfDate
    }

    /// Dates of item snapshots: one for each day that has training examples, and the date itself;
    /// without daily item numbers those of the users alone.
    private func itemDates(_ context: StepContext) throws -> [PostgresDate] {
        let userDates = try userDates(context)
        guard settings.itemNumbers == .daily else { return userDates }
        var date = max(
            try firstKnownDate(context), userDates[0].advanced(by: -settings.snapshotDays))
        var dates: [PostgresDate] = []
        while date < context.asOfDate {
            dates.append(date)
            date = date.advanced(by: 1)
        }
        return dates + [context.asOfDate]
    }

    /// The snapshots of one grain as of one date, and the scripts that build them.
    private struct Snapshot {
        var grain: String
        var scripts: [String]
        /// Of other snapshots of the date that the scripts read.
        var readScripts: [String] = []
        var date: PostgresDate
    }

    private static let userScripts = [
        "features/build_user_action_windows", "features/build_user_snapshots",
        "features/build_user_histories", "features/build_user_tag_affinities",
        "features/build_user_creator_affinities",
    ]

    private func snapshots(
        for runDate: PostgresDate, userDates: [PostgresDate], itemDates: [PostgresDate]
    ) -> [Snapshot] {
        itemDates.map { date in
            Snapshot(
                grain: "item",
                scripts: ["features/build_item_action_windows", "features/build_item_snapshots"],
                date: date)
        }
            + userDates.map { date in
                Snapshot(grain: "user", scripts: Self.userScripts, date: date)
            }
            // Candidates are proposed as of these dates alone.
            + settings.userSnapshotDates(for: runDate).map { date in
                Snapshot(
                    grain: "source",
                    scripts: ["features/build_item_neighbours", "features/build_trending_items"],
                    readScripts: Self.userScripts, date: date)
            }
    }

    private func arguments(
        of snapshot: Snapshot, _ context: StepContext
    ) throws -> [String: Bind] {
        var arguments = settings.arguments(asOf: snapshot.date)
        arguments["grain"] = Bind(snapshot.grain)
        // What a snapshot depends on: the texts, and the settings that they name.
        let texts = try (snapshot.scripts + snapshot.readScripts).flatMap {
            try context.catalog.script($0).texts
        }
        let definition = texts.joined(separator: "\n") + settings.featureDefinition
        arguments["definition_checksum"] = Bind(
            try context.connection.value(
                try context.query("run/checksum", ["content": Bind(definition)]), as: String.self))
        return arguments
    }

    private func isBuilt(
        _ snapshot: Snapshot, _ arguments: [String: Bind], _ context: StepContext
    ) throws -> Bool {
        try context.connection.value(
            try context.query("features/snapshot_is_built", arguments), as: Bool.self)
    }

    /// Builds the snapshots of a date, unless they are there and from the same definition.
    private func build(
        _ snapshot: Snapshot, _ pace: inout Pace, _ context: StepContext
    ) throws -> Int {
        var arguments = try arguments(of: snapshot, context)
        if try isBuilt(snapshot, arguments, context) { return 0 }
        if pace.allows() { context.progress("\(snapshot.grain)s as of \(snapshot.date)") }
        return try context.connection.withTransaction {
            try context.run("features/clear_snapshot", arguments)
            let rows = try snapshot.scripts.reduce(0) { try $0 + context.run($1, arguments) }
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
        let oldest = try userDates(context)[0]
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
        "\(positiveActions) \(priorStrength) \(historyDays) \(historyLength) "
            + "\(historyStrongestShare) \(neighbourHistory) \(neighbourCount)"
    }
}
