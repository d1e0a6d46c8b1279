import Foundation
import Postgres
import SQLCatalog
import Testing

/// The dashboard for Apache Superset names what there is: its files one another, its datasets the views.
@Suite struct DashboardTests {
    private let assets: DashboardAssets

    init() throws { assets = try DashboardAssets.read() }

    private func text(of file: String) throws -> String {
        try String(contentsOfFile: SQLCatalog.locate().home.path(file), encoding: .utf8)
    }

    @Test func `identifiers stand once`() {
        let identifiers =
            assets.databases.values.map(\.uuid) + assets.datasets.values.map(\.uuid)
            + assets.charts.values.map(\.uuid) + assets.dashboards.values.map(\.uuid)
        #expect(identifiers.count > 50)
        #expect(Set(identifiers).count == identifiers.count)
        let titles = assets.charts.values.map(\.sliceName)
        #expect(Set(titles).count == titles.count)
    }

    @Test func `the database is a place to fill in, and the renderer fills that place`() throws {
        let database = try #require(assets.databases["vitrine"])
        #expect(assets.databases.count == 1)
        #expect(database.sqlalchemyUri == "postgresql+psycopg2://superset@HOST:5432/DATABASE")
        let script = try text(of: "scripts/render-dashboards")
        #expect(script.contains(database.sqlalchemyUri))
        for (name, dataset) in assets.datasets {
            #expect(dataset.databaseUuid == database.uuid, "\(name)")
        }
    }

    // MARK: - Datasets and views

    @Test func `a dataset has the columns of its view, with their types and comments`() throws {
        try SQLDatabase.with { database in
            for (name, dataset) in assets.datasets {
                #expect(dataset.tableName == name && dataset.schema == "monitor")
                let rows = try database.connection.query(
                    """
                    select a.attname::text, upper(format_type(a.atttypid, null)),
                        col_description(a.attrelid, a.attnum)
                    from pg_catalog.pg_attribute as a
                    where a.attrelid = to_regclass(\("monitor." + name)::text) and a.attnum > 0
                        and not a.attisdropped
                    order by a.attnum
                    """, as: (String, String, String).self)
                let columns = dataset.columns.filter { $0.expression == nil }
                #expect(columns.map(\.columnName) == rows.map(\.0), "\(name)")
                #expect(columns.map(\.type) == rows.map(\.1), "\(name)")
                #expect(columns.map(\.description) == rows.map(\.2), "\(name)")
                for column in columns {
                    let isTime = column.type == "DATE" || column.type.hasPrefix("TIMESTAMP")
                    #expect((column.isDttm ?? false) == isTime, "\(name).\(column.columnName)")
                }
                if let main = dataset.mainDttmCol {
                    #expect(columns.contains { $0.columnName == main && $0.isDttm == true })
                }
                #expect(
                    try database.connection.query(
                        "select description from monitor.reports where report_name = \(name)",
                        as: String.self) == [dataset.description], "\(name)")
            }
        }
    }

    @Test func `expressions are understood, with the rights of a dashboard`() throws {
        try SQLDatabase.with(role: "vitrine_dashboard") { database in
            for (name, dataset) in assets.datasets {
                let columns = dataset.columns.compactMap(\.expression)
                let metrics = dataset.metrics.map(\.expression)
                for expressions in [columns, metrics] where !expressions.isEmpty {
                    let list = expressions.joined(separator: ", ")
                    let failure = try database.failure(of: "select \(list) from monitor.\(name)")
                    #expect(failure == nil, "\(name): \(list)")
                }
            }
            // The test can fail: what is not a view of monitor is out of reach.
            #expect(try database.failure(of: "select run_id from ops.runs") != nil)
        }
    }

    // MARK: - Charts and datasets

    @Test func `a chart asks for columns and metrics that its dataset has`() throws {
        for (name, chart) in assets.charts {
            let dataset = try #require(assets.dataset(of: chart), "\(name)")
            let columns = Set(dataset.columns.map(\.columnName))
            let metrics = Set(dataset.metrics.map(\.metricName))
            #expect(columns.isDisjoint(with: metrics), "\(dataset.tableName)")
            #expect(columns.isSuperset(of: chart.params.columnNames), "\(name)")
            #expect(metrics.isSuperset(of: chart.params.metricNames), "\(name)")
            if let sort = chart.params.xAxisSort {
                #expect(
                    (chart.params.metricNames + [chart.params.xAxis]).contains(sort), "\(name)")
            }
            #expect(chart.description.contains("?"), "\(name) says what it answers")
        }
    }

    @Test func `no dataset and no metric is idle`() throws {
        let dashboard = try #require(assets.dashboards["vitrine"])
        let filters = dashboard.metadata.nativeFilterConfiguration
        for (name, dataset) in assets.datasets {
            let charts = assets.charts.values.filter { $0.datasetUuid == dataset.uuid }
            #expect(!charts.isEmpty, "\(name)")
            let used = charts.flatMap(\.params.metricNames) + filters.map(\.sortMetric)
            for metric in dataset.metrics {
                #expect(used.contains(metric.metricName), "\(name).\(metric.metricName)")
            }
        }
    }

    // MARK: - The dashboard

    @Test func `every chart stands on the dashboard once, under its title`() throws {
        let dashboard = try #require(assets.dashboards["vitrine"])
        #expect(assets.dashboards.count == 1)
        let placed = dashboard.position.values.filter { $0.type == "CHART" }
        #expect(placed.count == assets.charts.count)
        #expect(Set(placed.compactMap(\.meta?.chartId)).count == placed.count)
        for (name, chart) in assets.charts {
            let place = try #require(placed.first { $0.meta?.uuid == chart.uuid }, "\(name)")
            #expect(place.meta?.sliceName == chart.sliceName)
        }
    }

    @Test func `parts are the children of their parents, and rows are full`() throws {
        let position = try #require(assets.dashboards["vitrine"]).position
        for (key, part) in position where !["ROOT", "HEADER"].contains(part.type) {
            #expect(part.id == key)
            if part.type != "GRID" {
                let parent = try #require(part.parents?.last.flatMap { position[$0] }, "\(key)")
                #expect(parent.children?.contains(key) == true, "\(key)")
                #expect(part.parents?.dropLast() == (parent.parents ?? [])[...], "\(key)")
            }
            let children = try (part.children ?? []).map { try #require(position[$0], "\($0)") }
            if part.type == "ROW" {
                #expect(children.reduce(0) { $0 + ($1.meta?.width ?? 0) } == 12, "\(key)")
            }
        }
    }

    @Test func `the filter by job reaches what has a job, and nothing else of its tabs`() throws {
        let dashboard = try #require(assets.dashboards["vitrine"])
        let filter = try #require(dashboard.metadata.nativeFilterConfiguration.first)
        let target = try #require(filter.targets.first)
        let source = try #require(
            assets.datasets.values.first { $0.uuid == target.datasetUuid })
        #expect(source.columns.contains { $0.columnName == target.column.name })
        #expect(source.metrics.contains { $0.metricName == filter.sortMetric })
        #expect(filter.requiredFirst)
        for tab in filter.scope.rootPath { #expect(dashboard.position[tab]?.type == "TAB") }
        var excluded: Set<Int> = []
        for part in dashboard.position.values where part.type == "CHART" {
            guard !Set(part.parents ?? []).isDisjoint(with: filter.scope.rootPath) else { continue }
            let chart = try #require(assets.charts.values.first { $0.uuid == part.meta?.uuid })
            let columns = try #require(assets.dataset(of: chart)).columns
            if !columns.contains(where: { $0.columnName == target.column.name }) {
                excluded.insert(try #require(part.meta?.chartId))
            }
        }
        #expect(Set(filter.scope.excluded) == excluded)
    }

    @Test func `charts that may be empty are charts`() throws {
        let script = try text(of: "scripts/render_dashboards.py")
        let list = try #require(script.firstMatch(of: /MAY_BE_EMPTY = \{\n([^}]*)\}/)).1
        let names = list.matches(of: /(?m)^    "([^"]+)": "/).map { String($0.1) }
        #expect(!names.isEmpty)
        let titles = Set(assets.charts.values.map(\.sliceName))
        #expect(titles.isSuperset(of: names))
    }
}
