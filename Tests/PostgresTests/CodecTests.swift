import Foundation
import Postgres
import PostgresTestSupport
import Testing

/// A value with the SQL that means the same.
struct Sample<Value: PostgresCodable & Equatable & Sendable>: Sendable, CustomTestStringConvertible
{
    var value: Value
    var sql: String

    init(_ value: Value, _ sql: String) {
        self.value = value
        self.sql = sql
    }

    var testDescription: String { sql }
}

/// Sends the value and reads it back, and compares it on the server with its SQL.
func roundTrip<Value: PostgresCodable & Equatable & Sendable>(_ sample: Sample<Value>) throws {
    let connection = try Connection(try TestServer.uri())
    let echo = try connection.value("select \(sample.value)", as: Value.self)
    #expect(echo == sample.value || "\(echo)" == "\(sample.value)")
    let sql = sample.sql
    let isSame = try connection.value(
        "select \(sample.value) is not distinct from \(unescaped: sql)", as: Bool.self)
    #expect(isSame)
    let read = try connection.value("select \(unescaped: sql)", as: Value?.self)
    #expect("\(try #require(read))" == "\(sample.value)")
}

@Suite struct CodecTests {
    @Test(arguments: [Sample(true, "true"), Sample(false, "false")])
    func `booleans`(_ sample: Sample<Bool>) throws { try roundTrip(sample) }

    @Test(arguments: [
        Sample(Int16.min, "'-32768'::smallint"), Sample(0, "0::smallint"),
        Sample(Int16.max, "32767::smallint"),
    ])
    func `smallint`(_ sample: Sample<Int16>) throws { try roundTrip(sample) }

    @Test(arguments: [
        Sample(Int32.min, "'-2147483648'::integer"), Sample(-1, "-1"),
        Sample(Int32.max, "2147483647"),
    ])
    func `integer`(_ sample: Sample<Int32>) throws { try roundTrip(sample) }

    @Test(arguments: [
        Sample(Int64.min, "'-9223372036854775808'::bigint"), Sample(5, "5::bigint"),
        Sample(Int64.max, "9223372036854775807"),
    ])
    func `bigint`(_ sample: Sample<Int64>) throws { try roundTrip(sample) }

    @Test(arguments: [
        Sample(Float.nan, "'NaN'::real"), Sample(.infinity, "'Infinity'::real"),
        Sample(-.infinity, "'-Infinity'::real"), Sample(1.5, "1.5::real"),
        Sample(.greatestFiniteMagnitude, "3.4028235e38::real"),
        Sample(.leastNonzeroMagnitude, "1e-45::real"), Sample(-0.0, "'-0'::real"),
    ])
    func `real`(_ sample: Sample<Float>) throws { try roundTrip(sample) }

    @Test(arguments: [
        Sample(Double.nan, "'NaN'::float8"), Sample(.infinity, "'Infinity'::float8"),
        Sample(-.infinity, "'-Infinity'::float8"), Sample(0.1, "0.1::float8"),
        Sample(.greatestFiniteMagnitude, "1.7976931348623157e308::float8"),
    ])
    func `double precision`(_ sample: Sample<Double>) throws { try roundTrip(sample) }

    @Test(arguments: [
        Sample("", "''::text"), Sample("plain", "'plain'::text"),
        Sample("quotes ' and \\ and \" and \n", "E'quotes '' and \\\\ and \" and \\n'::text"),
        Sample("été 日本 🙂", "'été 日本 🙂'::text"),
    ])
    func `text`(_ sample: Sample<String>) throws { try roundTrip(sample) }

    @Test(arguments: [
        Sample([UInt8](), "''::bytea"), Sample([0, 1, 127, 128, 255], "'\\x00017f80ff'::bytea"),
    ])
    func `bytea`(_ sample: Sample<[UInt8]>) throws { try roundTrip(sample) }

    @Test(arguments: [
        Sample(JSONB("{}"), "'{}'::jsonb"),
        Sample(JSONB(#"{"a": [1, null, "ü"]}"#), #"'{"a": [1, null, "ü"]}'::jsonb"#),
    ])
    func `jsonb`(_ sample: Sample<JSONB>) throws { try roundTrip(sample) }

    @Test(arguments: [
        Sample(PostgresDate("2022-05-01")!, "'2022-05-01'::date"),
        Sample(PostgresDate(daysSinceEpoch: 0), "'1970-01-01'::date"),
        Sample(PostgresDate("0001-01-01")!, "'0001-01-01'::date"),
        Sample(PostgresDate("0044-03-15 BC")!, "'0044-03-15 BC'::date"),
        Sample(PostgresDate("4713-11-24 BC")!, "'4713-11-24 BC'::date"),
        Sample(PostgresDate("5874897-12-31")!, "'5874897-12-31'::date"),
        Sample(.infinity, "'infinity'::date"), Sample(.minusInfinity, "'-infinity'::date"),
    ])
    func `date`(_ sample: Sample<PostgresDate>) throws {
        try roundTrip(sample)
        let connection = try Connection(try TestServer.uri())
        let text = try connection.value("select \(sample.value)::text", as: String.self)
        #expect(text == sample.value.description)
        #expect(PostgresDate(text) == sample.value)
    }

    @Test(arguments: [
        Sample(Timestamp(microsecondsSinceEpoch: 0), "'1970-01-01 00:00+00'::timestamptz"),
        Sample(
            Timestamp(microsecondsSinceEpoch: -1), "'1969-12-31 23:59:59.999999+00'::timestamptz"),
        Sample(
            Timestamp("2022-05-01T12:30:00.25+02:00")!, "'2022-05-01 10:30:00.25+00'::timestamptz"),
        Sample(Timestamp("4714-11-24 00:00:00+00 BC")!, "'4714-11-24 00:00:00+00 BC'::timestamptz"),
        Sample(
            Timestamp("294246-12-31 23:59:59.999999+00")!,
            "'294246-12-31 23:59:59.999999+00'::timestamptz"),
        Sample(.infinity, "'infinity'::timestamptz"),
        Sample(.minusInfinity, "'-infinity'::timestamptz"),
    ])
    func `timestamps`(_ sample: Sample<Timestamp>) throws {
        try roundTrip(sample)
        let connection = try Connection(try TestServer.uri())
        let text = try connection.value("select \(sample.value)::text", as: String.self)
        #expect(text == sample.value.description)
        #expect(Timestamp(text) == sample.value)
    }

    @Test func `a timestamp beyond the microseconds that fit is refused`() throws {
        let connection = try Connection(try TestServer.uri())
        #expect(throws: PostgresError.self) {
            try connection.value("select '294276-12-31'::timestamptz", as: Timestamp.self)
        }
    }

    @Test func `uuid`() throws {
        let text = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
        try roundTrip(Sample(UUID(uuidString: text)!, "'\(text)'::uuid"))
    }

    @Test(arguments: [
        Sample([Int64](), "'{}'::bigint[]"),
        Sample([Int64](arrayLiteral: 1, -2, .max), "'{1,-2,9223372036854775807}'::bigint[]"),
    ])
    func `bigint arrays`(_ sample: Sample<[Int64]>) throws { try roundTrip(sample) }

    @Test(arguments: [
        Sample([Float](), "'{}'::real[]"),
        Sample([Float](arrayLiteral: 1.5, .nan, -.infinity), "'{1.5,NaN,-Infinity}'::real[]"),
    ])
    func `real arrays`(_ sample: Sample<[Float]>) throws { try roundTrip(sample) }

    @Test(arguments: [
        Sample([String](), "'{}'::text[]"),
        Sample(["", "a\"b\\c", "é"], #"array['','a"b\c','é']"#),
    ])
    func `text arrays`(_ sample: Sample<[String]>) throws { try roundTrip(sample) }

    @Test func `the other arrays`() throws {
        try roundTrip(Sample([Double.pi, 0], "array[pi(), 0]"))
        try roundTrip(Sample([Int32(1), 2], "array[1, 2]"))
        try roundTrip(Sample([Int16(1), 2], "array[1, 2]::smallint[]"))
        try roundTrip(Sample([true, false], "array[true, false]"))
        try roundTrip(Sample([PostgresDate.infinity], "array['infinity'::date]"))
        try roundTrip(Sample([Timestamp.infinity], "array['infinity'::timestamptz]"))
    }

    @Test func `a megabyte of text`() throws {
        let connection = try Connection(try TestServer.uri())
        let text = String(repeating: "é0", count: 400_000)
        #expect(try connection.value("select \(text)", as: String.self) == text)
    }

    @Test func `null becomes nil, and is refused otherwise`() throws {
        let connection = try Connection(try TestServer.uri())
        let none: Int64? = nil
        #expect(try connection.value("select \(none)", as: Int64?.self) == nil)
        #expect(try connection.value("select \(none) is null", as: Bool.self))
        do {
            _ = try connection.value("select null::bigint as user_id", as: Int64.self)
            Issue.record("null was read")
        } catch let error as PostgresError {
            #expect(error.code == .decoding && error.columnName == "user_id")
        }
    }

    @Test func `narrow integers widen`() throws {
        let connection = try Connection(try TestServer.uri())
        let row = try connection.first(
            "select 1::smallint, 2::integer, 3::smallint, 4::real",
            as: (Int64, Int, Int32, Double).self)
        let values = try #require(row)
        #expect(values.0 == 1 && values.1 == 2 && values.2 == 3 && values.3 == 4)
    }

    @Test(arguments: [
        ("numeric", "1.5::numeric"), ("text", "'a'::text"), ("uuid", "gen_random_uuid()"),
        ("integer[]", "array[1]"),
    ])
    func `a column of another type is refused by name`(_ type: String, _ sql: String) throws {
        let connection = try Connection(try TestServer.uri())
        do {
            _ = try connection.value("select \(unescaped: sql) as score", as: Double.self)
            Issue.record("\(type) was read as Double")
        } catch let error as PostgresError {
            #expect(error.code == .decoding)
            #expect(error.message.contains("\"score\" of type \(type)"))
            #expect(error.message.contains("Double"))
            #expect(type != "numeric" || error.hint?.contains("double precision") == true)
        }
    }

    @Test(arguments: ["array[1, null]::bigint[]", "array[[1, 2], [3, 4]]::bigint[]"])
    func `arrays with nulls or several dimensions are refused`(_ sql: String) throws {
        let connection = try Connection(try TestServer.uri())
        let error = #expect(throws: PostgresError.self) {
            try connection.value("select \(unescaped: sql)", as: [Int64].self)
        }
        #expect(error?.code == .decoding)
    }

    @Test(arguments: [
        "", "2022", "2022-02-30", "2022-13-01", "2022-1-1", "+022-01-01", "0000-01-01",
        "2022-01-01x",
    ])
    func `text that is no date is refused`(_ text: String) {
        #expect(PostgresDate(text) == nil)
        #expect(Timestamp(text + " 00:00:00+00") == nil)
    }

    @Test(arguments: [
        "24:00", "12:60", "12", "12:00:60", "12:00:00.1234567", "12:00+25", "12:00:00+1",
    ])
    func `text that is no time is refused`(_ text: String) {
        #expect(Timestamp("2022-05-01 " + text) == nil)
    }

    @Test func `a date and a moment are told apart from their neighbours`() {
        let day = PostgresDate("2024-02-29")!
        #expect(Timestamp(day).description == "2024-02-29 00:00:00+00")
        #expect(Timestamp(microsecondsSinceEpoch: -1).date.description == "1969-12-31")
        #expect(day.advanced(by: 1).description == "2024-03-01")
    }
}
