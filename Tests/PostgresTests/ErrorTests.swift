import Foundation
import PostgresTestSupport
import Testing

@testable import Postgres

@Suite struct PostgresErrorTests {
    static let secret = "s3cr3t-value-7741"

    /// Statements that fail with a state, each given the secret as an argument or in a row.
    static let failures: [(state: String, sql: String)] = [
        ("22P02", "select $1::text::integer"), ("22P02", "select $1::text::bigint"),
        ("22P02", "select $1::text::uuid"), ("22P02", "select $1::text::boolean"),
        ("22P02", "select $1::text::jsonb"), ("22P02", "select $1::text::double precision"),
        ("22P02", "select ('{' || $1::text || '')::bigint[]"),
        ("22P02", "select ('{' || $1::text || '}')::integer[]"),
        ("22007", "select $1::text::date"), ("22007", "select $1::text::timestamptz"),
        ("22007", "select $1::text::interval"),
        ("22023", "select set_config('timezone', $1, true)"),
        ("22023", "select set_config('work_mem', $1, true)"),
        ("22023", "select date_part($1, now())"),
        ("22023", "select date_trunc($1, now())"),
        ("42704", "select $1::text::regrole"), ("42P01", "select $1::text::regclass::oid"),
        ("23505", "insert into t (a) values ($1), ($1)"),
        ("23514", "insert into t (a, b) values ($1, -1)"),
        ("23502", "insert into t (a, b) values (null, length($1))"),
        ("22001", "insert into short (c) select $1::text"),
        ("P0001", "select pg_temp.fail($1)"),
        ("21000", "select (select $1::text from generate_series(1, 2))"),
        ("22012", "select length($1) / 0"),
    ]

    @Test(arguments: failures)
    func `no value shows in the description`(_ failure: (state: String, sql: String)) throws {
        let connection = try Connection(try TestServer.uri())
        try connection.script(
            """
            create temp table t (a text not null unique, b integer check (b > 0));
            create temp table short (c varchar(3));
            create function pg_temp.fail(text) returns void language plpgsql as
                $$ begin raise exception 'failed with %', $1; end $$
            """)
        let query = Query(text: failure.sql, binds: [Bind(Self.secret)])
        let error = #expect(throws: PostgresError.self) { try connection.execute(query) }
        let found = try #require(error)
        #expect(found.sqlState?.rawValue == failure.state)
        for text in [found.description, "\(found)", String(reflecting: found)] {
            #expect(!text.contains(Self.secret))
        }
        var dumped = ""
        dump(found, to: &dumped)
        #expect(!dumped.contains(Self.secret))
        #expect(found.expandedDescription.contains(Self.secret))
    }

    @Test(arguments: [
        (
            "22P02", "invalid input syntax for type integer: \"abc\"",
            "invalid input syntax for type integer"
        ),
        (
            "22003", "value \"99999999999\" is out of range for type integer",
            "value … is out of range for type integer"
        ),
        ("22003", "\"1e999\" is out of range for type real", "… is out of range for type real"),
        (
            "22008", "date/time field value out of range: \"2020-13-01\"",
            "date/time field value out of range"
        ),
        ("22008", "date field value out of range: 2020-13-01", "date field value out of range"),
        (
            "22021", "invalid byte sequence for encoding \"UTF8\": 0xff",
            "invalid byte sequence for encoding \"UTF8\""
        ),
        ("22P02", "a \"b\" c \"d\" e", "a … e"),
        ("42703", "column \"x\" does not exist", "column \"x\" does not exist"),
        ("22P04", "row field count is 3, expected 2", "row field count is 3, expected 2"),
    ])
    func `messages lose values and keep names`(
        _ state: String, _ message: String, _ expected: String
    ) {
        let scrubbed = MessageScrubber.scrub(
            message, state: SQLState(rawValue: state), arguments: [])
        #expect(scrubbed == expected)
    }

    @Test func `the file and the line of the statement are named`() throws {
        let connection = try Connection(try TestServer.uri())
        let query = Query(text: "select 1,\n  é,\n  2", file: "sql/a.sql", line: 10)
        let error = #expect(throws: PostgresError.self) { try connection.query(query) }
        #expect(error?.statementFile == "sql/a.sql" && error?.statementLine == 11)
        #expect(error?.description.contains("sql/a.sql:11") == true)
    }

    @Test func `names of constraint and table are kept`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script(
                "create table t (a integer constraint a_is_positive check (a > 0))")
            let error = #expect(throws: PostgresError.self) {
                try connection.execute("insert into t values (\(-5))")
            }
            #expect(error?.sqlState == .checkViolation)
            #expect(error?.constraintName == "a_is_positive" && error?.tableName == "t")
        }
    }

    @Test(arguments: [
        "postgresql://user:hunter22@127.0.0.1:1/db",
        "host=127.0.0.1 port=1 password=hunter22 user=u",
        "host=127.0.0.1 password = hunter22 nonsense", "postgresql://u:hunter22@[bad",
        "postgresql://u@127.0.0.1:1/db?password=hunter22&x=hunter22",
    ])
    func `no password shows when connecting fails`(_ text: String) {
        let target = ConnectionTarget(text)
        let error = #expect(throws: PostgresError.self) { try Connection(target) }
        #expect(error?.code == .connectionFailed)
        var texts = [error?.description ?? "", error?.expandedDescription ?? ""]
        texts += [target.description, "\(target)", String(reflecting: target)]
        var dumped = ""
        dump(target, to: &dumped)
        #expect(!(texts + [dumped]).contains { $0.contains("hunter22") })
    }
}
