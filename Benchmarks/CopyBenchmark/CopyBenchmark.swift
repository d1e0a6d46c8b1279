import ArgumentParser
import BenchmarkSupport
import Foundation
import Postgres

/// COPY BINARY of narrow rows from Swift against `psql \copy … (format binary)` of the same rows.
///
/// Rows are `(bigint, bigint, smallint, real, timestamptz)`. For psql they lie prepared in a file
/// (in), or are written to a file (out). Both sides take turns; the ratio is the median over the
/// rounds. Counts and sums of what arrived are checked.
@main
struct CopyBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "copy-benchmark")

    @Option(help: "Rows in the table.")
    var rows = 2_000_000

    @OptionGroup var repetition: RoundOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        try database.withDatabase(measure)
    }

    private func measure(_ uri: String) throws {
        let connection = try Connection(uri, applicationName: "copy-benchmark")
        let events = Event.random(count: rows, seed: repetition.seed)
        let psql = Psql(uri: uri)
        let file = NSTemporaryDirectory() + "copy-benchmark-\(getpid()).bin"
        let output = NSTemporaryDirectory() + "copy-benchmark-\(getpid())-out.bin"
        defer {
            try? FileManager.default.removeItem(atPath: file)
            try? FileManager.default.removeItem(atPath: output)
            _ = try? connection.execute("drop table if exists copy_benchmark")
        }
        try connection.script(
            """
            drop table if exists copy_benchmark;
            create unlogged table copy_benchmark (user_id bigint, item_id bigint,
                action_id smallint, value real, occurred_at timestamptz)
            """)
        let expected = Checksum(events)
        try load(events, connection)
        try psql.copy("to '\(file)'")

        var into = Timings()
        var out = Timings()
        for _ in 0..<repetition.rounds {
            try connection.script("truncate copy_benchmark")
            into.ours.append(try seconds { try load(events, connection) })
            try check(try Checksum(connection), expected, "COPY in from Swift")
            try connection.script("truncate copy_benchmark")
            into.psql.append(try seconds { try psql.copy("from '\(file)'") })
            try check(try Checksum(connection), expected, "COPY in from psql")

            var read = Checksum()
            out.ours.append(try seconds { read = try fetch(connection) })
            try check(read, expected, "COPY out to Swift")
            out.psql.append(try seconds { try psql.copy("to '\(output)'") })
        }
        report("in ", into)
        report("out", out)
    }

    private func load(_ events: [Event], _ connection: Connection) throws {
        let columns = ["user_id", "item_id", "action_id", "value", "occurred_at"]
        try connection.copyIn(into: "copy_benchmark", columns: columns) { writer in
            for event in events {
                try writer.row { row in
                    row.append(event.user)
                    row.append(event.item)
                    row.append(event.action)
                    row.append(event.value)
                    row.append(event.occurredAt)
                }
            }
        }
    }

    private func fetch(_ connection: Connection) throws -> Checksum {
        var sum = Checksum()
        let query: Query = """
            select user_id, item_id, action_id, value, occurred_at from copy_benchmark
            """
        try connection.copyOut(query) { row in
            sum.add(
                Event(
                    user: try row.next(), item: try row.next(), action: try row.next(),
                    value: try row.next(), occurredAt: try row.next()))
        }
        return sum
    }

    private func check(_ found: Checksum, _ expected: Checksum, _ what: String) throws {
        guard found == expected else { throw ValidationError("\(what): wrong rows") }
    }

    private func report(_ direction: String, _ timings: Timings) {
        func rate(_ seconds: [Double]) -> String {
            String(format: "%.2f M rows/s", Double(rows) / median(seconds) / 1e6)
        }
        let ratios = zip(timings.ours, timings.psql).map { $1 / $0 }
        print(
            "copy \(direction)  ours \(rate(timings.ours))  psql \(rate(timings.psql))  ratio",
            String(
                format: "%.2f (%.2f–%.2f)", median(ratios), ratios.min() ?? 0, ratios.max() ?? 0),
            " rows \(rows)  rounds \(repetition.rounds)  seed \(repetition.seed)  threads 1 ",
            Machine.summary)
    }
}

/// Seconds of both sides, round by round.
struct Timings {
    var ours: [Double] = []
    var psql: [Double] = []
}
