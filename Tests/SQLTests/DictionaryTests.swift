import Foundation
import Postgres
import SQLCatalog
import Testing

/// The data dictionary: complete, true to the statements, and as printed in docs/.
@Suite struct DictionaryTests {
    private func withDictionary(_ body: (DataDictionary) throws -> Void) throws {
        try SQLDatabase.with { database in
            try body(DataDictionary(of: database.connection, database.catalog))
        }
    }

    // MARK: - Lineage

    @Test(arguments: ScriptTests.names)
    func `a header names exactly the tables that the file reads and writes`(name: String) throws {
        let faults = Lineage.faults(of: try SQLCatalog.locate().script(name))
        #expect(faults == [], "sql/\(name).sql: \(faults.joined(separator: "; "))")
    }

    /// Statements and what is wrong with their headers.
    static let wrong: [(text: String, faults: [String])] = [
        ("select 1 from ops.runs as r", ["Reads lacks ops.runs"]),
        ("-- Reads   ops.runs\nselect 1", ["Reads names needlessly ops.runs"]),
        (
            "-- Reads   ops.steps\ninsert into ops.runs (run_id) select 1 from ops.steps",
            ["Writes lacks ops.runs"]
        ),
        (
            "-- Writes  ops.runs, ops.steps\nupdate ops.runs set status = ''",
            ["Writes names needlessly ops.steps"]
        ),
        (
            "delete from ops.runs as r using ops.steps as s where true",
            ["Reads lacks ops.steps", "Writes lacks ops.runs"]
        ),
        ("select 1 from ops.f(1) inner join lateral ops.g(2) on true", []),
        ("-- Reads   ops.f\nselect ops.f(1)", []),
        ("select 1 -- from ops.runs\n/* join ops.runs */ where '' = 'from ops.runs'", []),
        (
            """
            create or replace function ops.f() returns void language plpgsql as $function$
            begin execute 'select 1 from ops.runs'; end $function$
            """, ["Reads lacks ops.runs"]
        ),
        ("comment on table ops.runs is 'from ops.steps'", []),
    ]

    @Test(arguments: wrong) func `a header that is wrong is found`(
        text: String, faults: [String]
    ) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("vitrine-lineage-\(UUID().uuidString)")
        let file = folder.appendingPathComponent("sql/some/statement.sql")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try text.write(to: file, atomically: true, encoding: .utf8)
        let script = try SQLCatalog(home: Home(directory: folder)).script("some/statement")
        #expect(Lineage.faults(of: script) == faults)
    }

    @Test func `every table that Swift fills by copy is declared, and no other`() throws {
        let home = try Home.locate()
        let walker = try #require(FileManager.default.enumerator(atPath: home.path("Sources")))
        var found: Set<String> = []
        for case let path as String in walker where path.hasSuffix(".swift") {
            let text = try String(contentsOfFile: home.path("Sources/\(path)"), encoding: .utf8)
                .replacing(#/ *\/\/\/.*/#, with: "")
            let calls = text.matches(of: #/copyIn\(\s*into: "([a-z_.]+)"/#)
            found.formUnion(calls.map { String($0.1) })
            // A name in a variable would be a table that nobody declares.
            #expect(
                text.matches(of: #/copyIn\(\s*into: /#).count == calls.count
                    || path.hasPrefix("Postgres/"), "\(path)")
        }
        #expect(found.filter { !$0.hasPrefix("pg_temp.") } == Set(Lineage.copies.keys))
    }

    @Test func `steps that are declared are folders`() throws {
        let folders = Set(
            ScriptTests.names.compactMap { $0.split(separator: "/").first.map(String.init) })
        #expect(Set(Lineage.copies.values.flatMap { $0 }).isSubset(of: folders))
    }

    @Test func `lineage joins headers and copies`() throws {
        let lineage = try Lineage(of: try SQLCatalog.locate())
        #expect(lineage.writers["monitor.measures"] == ["monitor", "respond", "validate"])
        #expect(lineage.writers["model.user_vectors"]?.contains("embed") == true)
        #expect(lineage.writers["serving.pointer"] == ["publish"])
        #expect(lineage.readers["ops.steps"]?.contains("view monitor.job_steps") == true)
    }

    // MARK: - Columns

    @Test func `every relation has an owner, and every column a description`() throws {
        try withDictionary { dictionary in
            #expect(dictionary.relations.count > 80)
            for relation in dictionary.relations {
                #expect(relation.owner != "", "\(relation.qualifiedName)")
                #expect(relation.description != "", "\(relation.qualifiedName)")
                for column in relation.columns {
                    #expect(
                        column.description != "", "\(relation.qualifiedName).\(column.name)")
                }
            }
        }
    }

    @Test func `every number has a unit`() throws {
        try withDictionary { dictionary in
            let numbers = #/^(smallint|integer|bigint|real|double precision|numeric)/#
            for relation in dictionary.relations {
                for column in relation.columns where column.type.contains(numbers) {
                    #expect(
                        column.unit != nil,
                        "\(relation.qualifiedName).\(column.name): add a rule to ops.column_traits")
                }
            }
        }
    }

    @Test func `what is about a person says so`() throws {
        try withDictionary { dictionary in
            func isPersonal(_ name: String, _ column: String) -> Bool? {
                dictionary.relations.first { $0.qualifiedName == name }?.columns
                    .first { $0.name == column }?.isPersonal
            }
            #expect(isPersonal("source.interactions", "item_id") == true)
            #expect(isPersonal("model.user_vectors", "components") == true)
            #expect(isPersonal("source.creators", "attributes") == true)
            #expect(isPersonal("source.rejected_rows", "raw_text") == true)
            #expect(isPersonal("source.rejected_rows", "line_number") == false)
            #expect(isPersonal("monitor.check_results", "sample") == true)
            #expect(isPersonal("feature.item_snapshots", "item_id") == false)
            // Nothing that dashboards read is about a user.
            var personal: Set<String> = []
            for relation in dictionary.relations
            where relation.schema == "monitor" && relation.isView {
                personal.formUnion(relation.columns.filter(\.isPersonal).map(\.name))
            }
            #expect(
                personal.isSubset(of: ["creator_id", "deployed_by", "acknowledged_by", "author"]))
        }
    }

    // MARK: - Formats

    @Test func `docs/dictionary.md is what the command prints`() throws {
        let home = try Home.locate()
        let printed = try String(contentsOfFile: home.path("docs/dictionary.md"), encoding: .utf8)
        try withDictionary { dictionary in
            let text = try dictionary.text(as: .markdown)
            // The first difference tells more than two texts of a thousand lines.
            let lines = zip(
                text.split(separator: "\n", omittingEmptySubsequences: false),
                printed.split(separator: "\n", omittingEmptySubsequences: false))
            let difference = lines.first { $0 != $1 }
            #expect(
                difference == nil && text.count == printed.count,
                "run vitrine dictionary > docs/dictionary.md; expected: \(difference?.0 ?? "")")
        }
    }

    @Test func `json holds the same as the dictionary, and html every table`() throws {
        try withDictionary { dictionary in
            let read = try JSONDecoder().decode(
                DataDictionary.self, from: Data(try dictionary.text(as: .json).utf8))
            #expect(
                try read.text(as: .markdown) == dictionary.text(as: .markdown))
            let html = try dictionary.text(as: .html)
            for relation in dictionary.relations {
                #expect(html.contains("<h3 id=\"\(relation.qualifiedName)\">"))
            }
            #expect(!html.contains("http://") && !html.contains("<script"))
            #expect(html.contains("<code>vitrine dictionary &gt; docs/dictionary.md</code>"))
            #expect(!html.contains("`"))
            // On a phone, where a row is a block, each cell has its heading.
            #expect(html.contains("<td data-column=\"column\">run_id</td>"))
        }
    }
}
