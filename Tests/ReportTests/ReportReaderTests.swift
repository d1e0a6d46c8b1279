import Foundation
import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing

@testable import Report

@Suite struct ReportReaderTests {
    /// The sections that some files of `sql/report` make, by name.
    private func sections(_ files: [String: String]) throws -> [Section] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "report-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let reports = folder.appendingPathComponent("sql/report")
        try FileManager.default.createDirectory(at: reports, withIntermediateDirectories: true)
        for (name, text) in files {
            try Data(text.utf8).write(to: reports.appendingPathComponent("\(name).sql"))
        }
        return try TestServer.withDatabase { connection, _ in
            try ReportReader(
                connection: connection, catalog: SQLCatalog(home: Home(directory: folder))
            ).sections()
        }
    }

    private func file(_ chart: String, _ select: String, more: String = "") -> String {
        """
        -- A part.
        --
        -- Title     A part
        -- Question  Which?
        -- Chart     \(chart)
        \(more)\(select)
        """
    }

    @Test func `files become parts in the order of their names`() throws {
        let sections = try sections([
            "2_bars": file(
                "bars", "select 'a', 2.5::double precision, 'note', 'good';",
                more: "-- Unit      items\n"),
            "1_tiles": file("tiles", "select 'label', 'value', 'note', 'warn';"),
            "3_lines": file(
                "lines",
                """
                select * from (values ('m', 'a', 1::double precision, 'one', 1::double precision),
                    ('m', 'b', 1, 'one', 3), ('n', 'a', 1, 'one', 4), ('m', 'a', 2, 'two', 2)) as v;
                """,
                more: "-- Note      As measured.\n-- Empty     No run yet.\n"),
            "4_table": file(
                "table", "select array['1', '2'], 'warn';",
                more: "-- Columns   first | second one\n"),
        ])
        #expect(sections.map(\.name) == ["1_tiles", "2_bars", "3_lines", "4_table"])
        #expect(sections[0].title == "A part" && sections[0].question == "Which?")
        #expect(
            sections[1].content
                == .bars([.init(label: "a", value: 2.5, note: "note", state: .good)], unit: "items")
        )
        guard case .lines(let drawings) = sections[2].content else {
            Issue.record("no lines")
            return
        }
        #expect(drawings.map(\.measure) == ["m", "n"])
        #expect(drawings[0].series.map(\.name) == ["a", "b"])
        #expect(drawings[0].series.map(\.points.count) == [2, 1])
        #expect(sections[2].note == "As measured." && sections[2].nothing == "No run yet.")
        #expect(
            sections[3].content
                == .table(
                    columns: ["first", "second one"],
                    rows: [.init(cells: ["1", "2"], state: .warn)]
                ))
    }

    @Test(arguments: [
        ("pie", "select 1;", "", "a chart that does not exist"),
        ("tiles", "select 'a', 'b', 'c', 'fine';", "", "a state that does not exist"),
        ("table", "select array['1'], 'plain';", "", "has no Columns"),
        ("table", "select array['1'], 'plain';", "-- Columns   a | b\n", "1 cells for 2 columns"),
        ("table", "select array['1'], 'red';", "-- Columns   a\n", "a state that does not exist"),
        ("bars", "select 'a', -1::double precision, '', 'plain';", "", "below 0"),
        ("bars", "select 'a', 'NaN'::double precision, '', 'plain';", "", "no number"),
        (
            "lines",
            "select 'm', 'a', x::double precision, '', 1::double precision from (values (2), (1)) as v (x);",
            "", "does not rise"
        ),
    ])
    func `what cannot be shown is an error that says where`(
        chart: String, select: String, more: String, message: String
    ) throws {
        let error = try #require(throws: ReportError.self) {
            _ = try sections(["1_part": file(chart, select, more: more)])
        }
        #expect(error.message.contains(message) && error.message.contains("sql/report/1_part.sql"))
    }

    /// An empty system has a report too, and every file of the repository is one of a chart.
    @Test func `every part of the repository can be made before the first run`() throws {
        let catalog = try SQLCatalog.locate()
        let sections = try TestServer.withDatabase { connection, _ in
            try Migrator(catalog: catalog, connection: connection).migrate()
            // Read rights on the views of monitor are enough.
            try connection.execute("set role vitrine_dashboard")
            return try ReportReader(connection: connection, catalog: catalog).sections()
        }
        #expect(sections.count == (try catalog.names(in: "report").count))
        #expect(Set(sections.map(\.title)).count == sections.count)
        #expect(sections.allSatisfy { $0.question.hasSuffix("?") })
        #expect(!ReportPage(title: "t", moment: "m", sections: sections).html.isEmpty)
    }
}
