import Foundation
import PostgresTestSupport
import Testing

@testable import Postgres

struct Stop: Error {}

@Suite struct QueryTests {
    @Test func `interpolated values become arguments`() {
        let name = "a\"b"
        let missing: Int64? = nil
        let query: Query = """
            select \(1), \(missing), \(identifier: name) from \(identifier: TableName("source.items")) \
            where \(unescaped: "true")
            """
        #expect(query.text == #"select $1, $2, "a""b" from "source"."items" where true"#)
        #expect(query.binds == [Bind(1), Bind(nullOf: .int8)])
    }

    @Test func `rows are read by position, by name and whole`() throws {
        let connection = try Connection(try TestServer.uri())
        let rows = try connection.query(
            "select i::bigint as id, 'n' || i as name from generate_series(1, 3) i")
        #expect(rows.count == 3 && rows[0].columnNames == ["id", "name"])
        #expect(try rows[1].decode(0, as: Int64.self) == 2)
        #expect(try rows[1].decode("name", as: String.self) == "n2")
        #expect(try rows[2].decode(as: (Int, String).self) == (3, "n3"))
        #expect(throws: PostgresError.self) { try rows[0].decode("other", as: Int.self) }
        #expect(throws: PostgresError.self) { try rows[0].decode(2, as: Int.self) }
        #expect(throws: PostgresError.self) { try rows[0].decode(as: (Int, String, Int).self) }
    }

    @Test(arguments: [0, 2])
    func `value wants one row`(_ count: Int) throws {
        let connection = try Connection(try TestServer.uri())
        let error = #expect(throws: PostgresError.self) {
            try connection.value("select 1 from generate_series(1, \(count))", as: Int.self)
        }
        #expect(error?.code == .unexpectedResult)
    }

    @Test func `execute counts rows`() throws {
        try TestServer.withDatabase { connection, _ in
            let created = try connection.execute("create table t (a integer)")
            #expect(created == 0)
            #expect(try connection.execute("insert into t select generate_series(1, 7)") == 7)
            #expect(try connection.execute("update t set a = 0 where a < 3") == 2)
            #expect(try connection.execute("delete from t") == 7)
        }
    }

    @Test func `a script is one transaction`() throws {
        try TestServer.withDatabase { connection, _ in
            let error = #expect(throws: PostgresError.self) {
                try connection.script(
                    "create table t (a int);\nselect 1;\nselect nothing", file: "x.sql")
            }
            #expect(error?.statementLine == 3 && error?.statementFile == "x.sql")
            let isAbsent = try connection.value("select to_regclass('t') is null", as: Bool.self)
            #expect(isAbsent)
        }
    }

    @Test func `describing runs nothing and leaves nothing`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script("create table t (a bigint, b text)")
            let insert = try connection.describe("insert into t values ($1, $2) returning a, b")
            #expect(insert.parameters == [.int8, .text])
            #expect(insert.columns.map(\.name) == ["a", "b"])
            #expect(try connection.value("select count(*) from t", as: Int.self) == 0)
            #expect(try connection.query("select 1 from pg_prepared_statements").isEmpty)
            let error = #expect(throws: PostgresError.self) {
                try connection.describe("select c from t")
            }
            #expect(error?.sqlState == .undefinedColumn)
        }
    }

    @Test func `streams rows without keeping them`() throws {
        let connection = try Connection(try TestServer.uri())
        var sum = 0
        let count = try connection.forEachRow(
            "select i::bigint, i::text from generate_series(1, 50000) i", as: (Int, String).self
        ) { number, text in sum += number + text.utf8.count }
        #expect(count == 50_000 && sum == 1_250_025_000 + 238_894)
    }

    @Test func `an early exit leaves the connection usable`() throws {
        let connection = try Connection(try TestServer.uri())
        var seen = 0
        #expect(throws: Stop.self) {
            try connection.forEachRow("select generate_series(1, 100000000)", as: Int32.self) { _ in
                seen += 1
                if seen == 10 { throw Stop() }
            }
        }
        #expect(seen == 10)
        #expect(try connection.value("select 1", as: Int.self) == 1)
    }

    @Test func `an error in the middle of a stream is thrown`() throws {
        let connection = try Connection(try TestServer.uri())
        let error = #expect(throws: PostgresError.self) {
            try connection.forEachRow(
                "select 10 / (5 - i) from generate_series(1, 9) i", as: Int.self
            ) { _ in }
        }
        #expect(error?.sqlState == "22012")
        #expect(try connection.value("select 1", as: Int.self) == 1)
    }

    @Test func `a stream keeps other statements off`() throws {
        let connection = try Connection(try TestServer.uri())
        let error = #expect(throws: PostgresError.self) {
            try connection.forEachRow("select 1") { _ in try connection.execute("select 2") }
        }
        #expect(error?.code == .misuse)
        #expect(try connection.value("select 1", as: Int.self) == 1)
    }

    @Test(arguments: ["copy (select 1) to stdout", "copy pg_temp.t from stdin"])
    func `a COPY in the wrong place is refused`(_ text: String) throws {
        let connection = try Connection(try TestServer.uri())
        try connection.script("create temp table t (a integer)")
        let error = #expect(throws: PostgresError.self) { try connection.script(text) }
        #expect(error?.code == .misuse)
        #expect(try connection.value("select 1", as: Int.self) == 1)
    }
}

@Suite struct SQLScannerTests {
    @Test(arguments: [
        ("select $1, $12", "select <1>, <12>"), ("'$1' $1 '' '$1'''", "'$1' <1> '' '$1'''"),
        (#"e'\'$1' $2"#, #"e'\'$1' <2>"#), (#"E'a'' \' $1' $2"#, #"E'a'' \' $1' <2>"#),
        (#"'\' $1"#, #"'\' <1>"#), (#""$1" $1"#, #""$1" <1>"#),
        ("-- $1\n$2", "-- $1\n<2>"), ("/* $1 /* $2 */ $3 */ $4", "/* $1 /* $2 */ $3 */ <4>"),
        ("$$ $1 $$ $2", "$$ $1 $$ <2>"), ("$a$ $1 $$ $a$ $2", "$a$ $1 $$ $a$ <2>"),
        ("a$1 $1", "a$1 <1>"), ("é$1 like'$1'", "é$1 like'$1'"), ("'open $1", "'open $1"),
        ("$$ open $1", "$$ open $1"), ("/* open $1", "/* open $1"), ("$", "$"),
    ])
    func `finds arguments outside of strings and comments`(_ text: String, _ expected: String) {
        var scanner = SQLScanner(text)
        #expect(scanner.replacingArguments { "<\($0)>" } == expected)
    }
}
