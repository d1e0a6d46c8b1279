import Postgres
import SQLCatalog

/// What the demo shows at its end.
struct DemoReport {
    let connection: Connection
    let catalog: SQLCatalog
    let runID: Int64
    let date: PostgresDate

    func print(options: DatabaseOptions) throws {
        let userID = try connection.first(
            try catalog.script("demo/sample_user").query(["as_of_date": Bind(date)]),
            as: Int64.self)
        if let userID { try printLists(of: userID) }
        try printQuality()
        try printTimes()
        let user = userID ?? 0
        Swift.print(
            """

            Three commands to try next:

              .build/release/vitrine db psql\(options.typed) -- -c "select * from serving.recommend(\(user), 10)"
              .build/release/vitrine status\(options.typed)
              .build/release/vitrine db psql\(options.typed)
            """)
    }

    private func printLists(of userID: Int64) throws {
        let rows = try connection.query(
            try catalog.script("demo/history_beside_recommendations").query([
                "user_id": Bind(userID), "as_of_date": Bind(date), "row_limit": Bind(Int32(10)),
            ]), as: (Int32, PostgresDate?, Int64?, String, Int64, String, Double, String).self)
        var table = TextTable([
            "liked on", "item", "tags", "|", "rank", "recommended", "tags", "score", "source",
        ])
        for (place, likedOn, likedItem, likedTags, item, tags, score, source) in rows {
            table.append([
                likedOn.map { "\($0)" } ?? "", likedItem.map { "\($0)" } ?? "", likedTags, "|",
                "\(place)", "\(item)", tags, Format.fixed(score, 3), source,
            ])
        }
        Swift.print(
            "\nUser \(userID): liked last, newest first, beside recommended now\n\n\(table)")
    }

    private func printQuality() throws {
        let rows = try connection.query(
            try catalog.script("demo/quality").query(["run_id": Bind(runID)]),
            as: (String, Double, Double?, Double?, Int32, Double, Int32, Double, Int64, String).self
        )
        guard let first = rows.first else { return }
        var table = TextTable([
            "model", "recall@\(first.4)", "95 % interval", "nDCG@\(first.6)", "coverage",
        ])
        for (kind, recall, lower, upper, _, ndcg, _, coverage, _, _) in rows {
            let interval = [lower, upper].map { $0.map { Format.fixed($0, 4) } ?? "-" }
            table.append([
                kind, Format.fixed(recall, 4), interval.joined(separator: " to "),
                Format.fixed(ndcg, 4), Format.fixed(coverage, 3),
            ])
        }
        Swift.print(
            "\nMeasured on what \(Format.count(Int(first.8))) users liked in the days held out"
                + "\n\n\(table)")
        let differences = try DifferenceLines(connection, catalog, runID: runID, protocol: first.9)
        // The baselines are far enough away.
        if let line = differences.lines.first { Swift.print("\n\(line)") }
    }

    private func printTimes() throws {
        let rows = try connection.query(
            try catalog.script("status/steps_of_run").query(["run_id": Bind(runID)]),
            as: (String, String, Int32, Double, Int64?, Int64?, Double?, String?).self)
        var table = TextTable(["step", "took", "rows/s"])
        for (step, _, _, seconds, _, _, rate, _) in rows {
            table.append([
                step, Format.duration(seconds), rate.map { Format.count(Int($0)) } ?? "-",
            ])
        }
        Swift.print("\nWhere the time went\n\n\(table)")
    }
}
