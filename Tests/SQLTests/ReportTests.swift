import Foundation
import Postgres
import SQLCatalog
import Testing

/// The catalogue of reports, and that reports stay fast on a year of history.
@Suite struct ReportTests {
    /// The views for dashboards, by the files that make them.
    static let views: [String] = {
        guard let catalog = try? SQLCatalog.locate(), let names = try? catalog.names(in: "views")
        else { return [] }
        return names.compactMap { name in
            name.hasPrefix("views/monitor.")
                ? String(name.dropFirst("views/monitor.".count)) : nil
        }
    }()

    // MARK: - Catalogue

    @Test func `every view of monitor has its row, and every row its view`() throws {
        try SQLDatabase.with { database in
            let rows = try database.connection.query(
                "select report_name from monitor.reports", as: String.self)
            #expect(rows.count > 25)
            #expect(rows.sorted() == Self.views.sorted())
            #expect(
                try database.table(
                    "select report_name from monitor.reports where column_names is null") == [])
        }
    }

    @Test func `a row says what the report answers, and has its columns in order`() throws {
        try SQLDatabase.with { database in
            let incomplete = try database.table(
                """
                select report_name from monitor.reports
                where title !~ '^[A-Z]' or question !~ '^[A-Z].*\\?$' or grain !~ '^one row per '
                    or refresh not in ('live', 'each run') or owner = '' or description is null
                """)
            #expect(incomplete == [])
            #expect(
                try database.table(
                    """
                    select column_names from monitor.reports where report_name = 'staleness'
                    """) == [
                        """
                        ("{run_id,job_name,as_of_date,two_tower_age_days,ranker_age_days,\
                        index_recall_age_days,index_recall_mean,newest_interaction_age_days}")
                        """
                    ])
            // Owners of reports are those of layers.
            #expect(
                try database.table(
                    """
                    select distinct r.owner from monitor.reports as r
                    where not exists (select from ops.data_owners as o where o.owner = r.owner)
                    """) == [])
        }
    }

    @Test func `the grain is that of the file's header`() throws {
        try SQLDatabase.with { database in
            let rows = try database.connection.query(
                "select report_name, grain from monitor.reports", as: (String, String).self)
            for (name, grain) in rows {
                let header = try database.catalog.script("views/monitor.\(name)").header
                #expect(header.fields["Grain"] == grain, "\(name)")
            }
        }
    }

    // MARK: - A year

    /// What a plan did, node by node.
    private struct Node: Decodable {
        var plans: [Node]?
        var relation: String?
        var loops: Double
        var rows: Double
        var filtered: Double?
        var rechecked: Double?

        enum CodingKeys: String, CodingKey {
            case plans = "Plans"
            case relation = "Relation Name"
            case loops = "Actual Loops"
            case rows = "Actual Rows"
            case filtered = "Rows Removed by Filter"
            case rechecked = "Rows Removed by Index Recheck"
        }

        /// Rows of tables that were looked at, whether they were of use or not.
        var rowsRead: Double {
            let own = relation == nil ? 0 : loops * (rows + (filtered ?? 0) + (rechecked ?? 0))
            return (plans ?? []).reduce(own) { $0 + $1.rowsRead }
        }

        /// Relations of which anything was read.
        var relations: Set<String> {
            let below = (plans ?? []).reduce(into: Set<String>()) { $0.formUnion($1.relations) }
            return loops > 0 ? below.union(relation.map { [$0] } ?? []) : below
        }
    }

    private struct Explanation: Decodable {
        var plan: Node
        enum CodingKeys: String, CodingKey { case plan = "Plan" }
    }

    private func explain(_ query: String, _ database: SQLDatabase) throws -> Node {
        let text = try database.connection.value(
            Query(text: "explain (analyze, timing off, format json) \(query)"),
            as: JSONB.self
        ).text
        return try #require(
            try JSONDecoder().decode([Explanation].self, from: Data(text.utf8)).first
        ).plan
    }

    /// Beginnings of tables with a row for each user, item or event, or that grow with users: no report on
    /// history reads them for a publication that the step monitor has counted.
    private static let bulk = [
        "recommendation_lists", "candidate_", "ranked_lists", "interactions", "user_", "item_",
        "funnel_counts",
    ]

    /// A server reads so many in some fifty milliseconds: what a whole year of all measures has.
    private static let mostRows = 300_000.0

    @Test func `on a year of history every report reads little, and none what grows with users`()
        throws
    {
        try SQLDatabase.with(role: nil) { database in
            try database.fillYear()
            for view in Self.views where view != "exposure_shortfall" {
                let all = try explain("select * from monitor.\(view)", database)
                #expect(all.rowsRead < Self.mostRows, "\(view): \(all.rowsRead)")
                let bulk = all.relations.filter { Self.bulk.contains(where: $0.hasPrefix) }
                #expect(bulk == [], "\(view)")
            }
        }
    }

    /// Who asks for one run gets it without the others.
    static let single = [
        ("run_measures", "run_id = 300"), ("quality_history", "run_id = 300"),
        ("model_quality", "run_id = 300"), ("reliability", "run_id = 300"),
        ("funnel", "publication_id = 300"), ("list_kinds", "publication_id = 300"),
        ("step_history", "run_id = 300"), ("table_sizes", "run_id = 300"),
        ("step_stages", "run_id = 300"), ("checks", "run_id = 300"),
        ("run_measures", "measure_name = 'exposure_gini'"),
    ]

    @Test func `a report on one run or one measure reads a part of its history`() throws {
        try SQLDatabase.with(role: nil) { database in
            try database.fillYear()
            for (view, condition) in Self.single {
                let one = try explain("select * from monitor.\(view) where \(condition)", database)
                #expect(one.rowsRead < 5_000, "\(view) where \(condition): \(one.rowsRead)")
            }
        }
    }

    /// The test above can fail: without what the monitor step counts, lists are read.
    @Test func `a publication that was not counted is counted when asked for`() throws {
        try SQLDatabase.with(role: nil) { database in
            try database.fillYear()
            try database.execute("delete from monitor.list_counts where publication_id = 366")
            let plan = try explain("select * from monitor.list_kinds", database)
            #expect(plan.relations.contains("recommendation_lists_366"))
            #expect(!plan.relations.contains("recommendation_lists_365"))
        }
    }
}
