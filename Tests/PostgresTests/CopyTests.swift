import Foundation
import PostgresTestSupport
import Testing

@testable import Postgres

@Suite struct CopyTests {
    private static let table = """
        create table t (a bigint, b integer, c smallint, d real, e double precision, f boolean,
            g text, h bytea, i timestamptz, j date, k uuid, l jsonb, m real[], n bigint[], o text[])
        """
    private static let columns = "abcdefghijklmno".map { String($0) }

    @Test func `every type goes in and comes out`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script(Self.table)
            let id = UUID()
            let day = PostgresDate("2022-05-01")!
            try connection.copyIn(into: "public.t", columns: Self.columns) { writer in
                try writer.row { row in
                    row.append(Int64.min)
                    row.append(Int32(-2))
                    row.append(Int16(3))
                    row.append(Float.nan)
                    row.append(-Double.infinity)
                    row.append(true)
                    row.append("tab\tnewline\n\\N")
                    row.append([0, 255] as [UInt8])
                    row.append(Timestamp(day))
                    row.append(day)
                    row.append(id)
                    row.append(JSONB("[1]"))
                    row.append([1.5, .infinity] as [Float])
                    row.append([] as [Int64])
                    row.append(["a", ""])
                }
                try writer.row { row in for _ in Self.columns { row.appendNull() } }
            }
            var values: [String] = []
            var nulls = 0
            let order = Query(text: "select * from t order by a nulls last -- a comment")
            try connection.copyOut(order) { row in
                guard values.isEmpty else {
                    for _ in Self.columns {
                        try row.withNextBytes { if $0 == nil { nulls += 1 } }
                    }
                    return
                }
                values.append("\(try row.next(Int64.self))")
                values.append("\(try row.next(Int32.self))")
                values.append("\(try row.next(Int16.self))")
                values.append("\(try row.next(Float.self))")
                values.append("\(try row.next(Double.self))")
                values.append("\(try row.next(Bool.self))")
                values.append(try row.next(String.self))
                values.append("\(try row.next([UInt8].self))")
                values.append("\(try row.next(Timestamp.self))")
                values.append("\(try row.next(PostgresDate.self))")
                values.append("\(try row.next(UUID.self))")
                values.append(try row.next(JSONB.self).text)
                values.append("\(try row.next([Float].self))")
                values.append("\(try row.next([Int64]?.self)!)")
                values.append("\(try row.next([String].self))")
            }
            #expect(
                values == [
                    "\(Int64.min)", "-2", "3", "nan", "-inf", "true", "tab\tnewline\n\\N",
                    "[0, 255]", "2022-05-01 00:00:00+00", "2022-05-01", "\(id)", "[1]",
                    "[1.5, inf]", "[]", "[\"a\", \"\"]",
                ])
            #expect(nulls == 15)
        }
    }

    @Test func `a hundred thousand rows both ways`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script("create table t (a bigint, b real[], c timestamptz)")
            let count = 100_000
            let loaded = try connection.copyIn(into: "t", columns: ["a", "b", "c"]) { writer in
                for number in 0..<count {
                    try writer.row { row in
                        row.append(Int64(number))
                        row.append([Float(number), 1])
                        row.append(Timestamp(microsecondsSinceEpoch: Int64(number)))
                    }
                }
                #expect(writer.rowCount == count)
            }
            #expect(loaded == count)
            var sum: Int64 = 0
            var floats = [Float](repeating: 0, count: 2)
            let read = try connection.copyOut("select a, b, c from t") { row in
                let number = try row.next(Int64.self)
                let size = try floats.withUnsafeMutableBufferPointer { try row.next(into: $0) }
                let moment = try row.next(Timestamp.self)
                if size == 2, floats[0] == Float(number), moment.microsecondsSinceEpoch == number {
                    sum += number
                }
            }
            #expect(read == count && sum == 4_999_950_000)
        }
    }

    @Test func `a row larger than the buffer goes in`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script("create table t (a text, b bigint[])")
            let text = String(repeating: "x", count: 3_000_000)
            let numbers = [Int64](0..<100_000)
            try connection.copyIn(into: "t", columns: ["a", "b"]) { writer in
                try writer.row { row in
                    row.append(text)
                    row.append(numbers)
                }
            }
            var found = [Int64](repeating: 0, count: 100_000)
            try connection.copyOut("select b from t where a = \(text)") { row in
                let count = try found.withUnsafeMutableBufferPointer { try row.next(into: $0) }
                #expect(count == 100_000)
            }
            #expect(found == numbers)
        }
    }

    @Test func `what the body throws loads nothing`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script("create table t (a bigint)")
            #expect(throws: Stop.self) {
                try connection.copyIn(into: "t", columns: ["a"]) { writer in
                    for number in 0..<50_000 { try writer.row { $0.append(number) } }
                    throw Stop()
                }
            }
            #expect(try connection.value("select count(*) from t", as: Int.self) == 0)
        }
    }

    @Test func `a row that throws is taken back and the copy goes on`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script("create table t (a bigint, b text)")
            let loaded = try connection.copyIn(into: "t", columns: ["a", "b"]) { writer in
                for number in 0..<10 {
                    try? writer.row { row in
                        row.append(number)
                        if number % 2 == 1 { throw Stop() }
                        row.append("even")
                    }
                }
            }
            #expect(loaded == 5)
            #expect(try connection.value("select sum(a)::bigint from t", as: Int.self) == 20)
        }
    }

    @Test func `a row that the server refuses ends the copy`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script("create table t (a bigint check (a < 5))")
            let error = #expect(throws: PostgresError.self) {
                try connection.copyIn(into: "t", columns: ["a"]) { writer in
                    for number in 0..<50_000 { try writer.row { $0.append(number) } }
                }
            }
            #expect(error?.sqlState == .checkViolation)
            #expect(try connection.value("select count(*) from t", as: Int.self) == 0)
        }
    }

    @Test func `a value of another type is refused by name`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script("create table t (a integer)")
            let error = #expect(throws: PostgresError.self) {
                try connection.copyIn(into: "t", columns: ["a"]) { writer in
                    try writer.row { $0.append(Int64(1)) }
                }
            }
            #expect(error?.code == .encoding && error?.columnName == "a")
            #expect(error?.message.contains("integer") == true)
        }
    }

    @Test func `a column or a table that is not there is refused`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script("create table t (a integer)")
            let column = #expect(throws: PostgresError.self) {
                try connection.copyIn(into: "t", columns: ["b"]) { _ in }
            }
            #expect(column?.sqlState == .undefinedColumn)
            let table = #expect(throws: PostgresError.self) {
                try connection.copyIn(into: "nowhere.t", columns: ["b"]) { _ in }
            }
            #expect(table?.sqlState == "3F000" || table?.sqlState == .undefinedTable)
        }
    }

    @Test func `domains and enums take their base types`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script(
                """
                create type mood as enum ('happy');
                create domain positive as bigint check (value > 0);
                create table t (a positive, b mood, c varchar(9));
                """)
            let loaded = try connection.copyIn(into: "t", columns: ["a", "b", "c"]) { writer in
                try writer.row { row in
                    row.append(1)
                    row.append("happy")
                    row.append("text")
                }
            }
            #expect(loaded == 1)
        }
    }

    @Test func `arguments of any type reach a COPY out`() throws {
        let connection = try Connection(try TestServer.uri())
        let text = "it's \\ a \"test\" $1"
        let words = ["a,b", "c\"d\\e", "{}"]
        let moment = Timestamp("2022-05-01 10:00:00.5+00")!
        let bytes: [UInt8] = [0, 39, 92, 255]
        let nothing: Int64? = nil
        var rows = 0
        try connection.copyOut(
            """
            select \(text), \(words), \(moment), \(bytes), \(Double.infinity), \(nothing), '$9',
                \(JSONB("{\"a\": \"'\"}"))
            """
        ) { row in
            rows += 1
            let first = try row.next(String.self)
            #expect(first == text)
            #expect(try row.next([String].self) == words)
            #expect(try row.next(Timestamp.self) == moment)
            #expect(try row.next([UInt8].self) == bytes)
            #expect(try row.next(Double.self) == .infinity)
            #expect(try row.next(Int64?.self) == nil)
            #expect(try row.next(String.self) == "$9")
            #expect(try row.next(JSONB.self).text == "{\"a\": \"'\"}")
        }
        #expect(rows == 1)
    }

    @Test func `a value of another type that arrives is refused by name`() throws {
        let connection = try Connection(try TestServer.uri())
        let wrong = #expect(throws: PostgresError.self) {
            try connection.copyOut("select 1.5::numeric as score") { _ = try $0.next(Double.self) }
        }
        #expect(wrong?.code == .decoding && wrong?.columnName == "score")
        let null = #expect(throws: PostgresError.self) {
            try connection.copyOut("select null::smallint as n") { _ = try $0.next(Int16.self) }
        }
        #expect(null?.code == .decoding && null?.columnName == "n")
        var room = [Float](repeating: 0, count: 1)
        #expect(throws: PostgresError.self) {
            try connection.copyOut("select array[1, 2]::real[]") { row in
                _ = try room.withUnsafeMutableBufferPointer { try row.next(into: $0) }
            }
        }
        #expect(throws: PostgresError.self) {
            try connection.copyOut("select array[null]::real[]") { row in
                _ = try room.withUnsafeMutableBufferPointer { try row.next(into: $0) }
            }
        }
        #expect(try connection.value("select 1", as: Int.self) == 1)
    }

    @Test func `columns that are not read are passed over`() throws {
        let connection = try Connection(try TestServer.uri())
        var sum = 0
        try connection.copyOut("select i, 'text', null::int from generate_series(1, 10) i;") {
            row in
            sum += try row.next(Int.self)
        }
        #expect(sum == 55)
    }

    @Test func `an early exit leaves the connection usable`() throws {
        let connection = try Connection(try TestServer.uri())
        var seen = 0
        #expect(throws: Stop.self) {
            try connection.copyOut("select generate_series(1, 100000000)") { _ in
                seen += 1
                if seen == 10 { throw Stop() }
            }
        }
        #expect(seen == 10)
        #expect(try connection.value("select 1", as: Int.self) == 1)
    }

    @Test func `an error in the middle is thrown`() throws {
        let connection = try Connection(try TestServer.uri())
        var seen = 0
        let error = #expect(throws: PostgresError.self) {
            try connection.copyOut("select 10 / (5 - i) from generate_series(1, 9) i") { _ in
                seen += 1
            }
        }
        #expect(error?.sqlState == "22012" && seen == 4)
    }

    @Test func `bytes go in and out as they are`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script("create table t (a integer, b text)")
            let csv = "1,one\n2,\"two, too\"\n"
            let loaded = try connection.copyInBytes("copy t from stdin (format csv)") { send in
                for byte in csv.utf8 {
                    try withUnsafeBytes(of: byte) { try send($0) }
                }
            }
            #expect(loaded == 2)
            var output: [UInt8] = []
            let written = try connection.copyOutBytes(
                "copy (select * from t where a < \(9) order by a) to stdout (format csv)"
            ) {
                output += $0
            }
            #expect(written == 2 && String(decoding: output, as: UTF8.self) == csv)
        }
    }

    @Test func `a COPY keeps other statements off`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script("create table t (a integer)")
            let error = #expect(throws: PostgresError.self) {
                try connection.copyIn(into: "t", columns: ["a"]) { _ in
                    try connection.execute("select 1")
                }
            }
            #expect(error?.code == .misuse)
            #expect(try connection.value("select 1", as: Int.self) == 1)
        }
    }

    @Test func `a backend that dies in a COPY is reported as lost`() throws {
        try TestServer.withDatabase { connection, uri in
            let other = try Connection(uri)
            try connection.script("create table t (a bigint)")
            let error = #expect(throws: PostgresError.self) {
                try connection.copyIn(into: "t", columns: ["a"]) { writer in
                    for number in 0..<300_000 {
                        if number == 1_000 {
                            try other.execute(
                                "select pg_terminate_backend(\(connection.processID))")
                        }
                        try writer.row { $0.append(number) }
                    }
                }
            }
            #expect(error?.code == .connectionLost)
        }
    }
}
