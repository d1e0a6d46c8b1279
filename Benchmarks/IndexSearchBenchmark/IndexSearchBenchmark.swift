import ArgumentParser
import BenchmarkSupport
import EmbeddedPostgres
import Foundation
import Jobs
import LinearAlgebra
import Pipeline
import Postgres
import SQLCatalog

/// An index of many items from embeddings in a table to answers in SQL: the seconds of every part, and
/// the latency of `ann.search`.
///
/// Items and users are drawn from the same mixture: a thousandth as many centres as items, normal in
/// every coordinate, and normal noise of 0.6 around them; users are no items.
@main
struct IndexSearchBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "index-search-benchmark")

    @Option(help: "A libpq URI of an empty database; a private server when absent.")
    var database: String?

    @Option(help: "Items in the index.")
    var items = 1_000_000

    @Option(help: "Numbers in an embedding.")
    var dimension = 64

    @Option(help: "Searches that are timed.")
    var queries = 200

    @Option(help: "Rows asked for by each.")
    var k = 10

    @Option(help: "How embeddings of users are stored: real, half or int8.")
    var userEncoding = EmbeddingEncoding.real

    @Option(help: "How embeddings of items are stored: real, half or int8.")
    var itemEncoding = EmbeddingEncoding.real

    func run() throws {
        guard database == nil else { return try measure(database!) }
        var pattern = Array("/tmp/index-search-benchmark-XXXXXX".utf8CString)
        mkdtemp(&pattern)
        let directory = String(decoding: pattern.dropLast().map(UInt8.init), as: UTF8.self)
        let server = try EmbeddedServer(dataDirectory: directory)
        defer {
            _ = try? server.stop(mode: .immediate)
            try? FileManager.default.removeItem(atPath: directory)
        }
        try server.start()
        try measure(server.connectionURI())
    }

    private func measure(_ uri: String) throws {
        let connection = try Connection(uri, applicationName: "index-search-benchmark")
        let catalog = try SQLCatalog.locate()
        try Migrator(catalog: catalog, connection: connection).migrate()
        let world = Mixture(items: items, users: max(queries, 1000), dimension: dimension)
        let context = StepContext(
            connection: connection, catalog: catalog, runID: 1, asOfDate: Mixture.date,
            codeVersion: "benchmark", stop: StopSignal(), progress: { print("  " + $0) })
        var embeddings = EmbeddingSettings()
        (embeddings.userEncoding, embeddings.itemEncoding) = (userEncoding, itemEncoding)
        let written = try seconds { try world.write(as: embeddings, in: context) }
        print("embeddings: \(items) × \(dimension) written in \(Self.shown(written)) s")
        let measured = try seconds { try world.measureEncodings(embeddings, in: context) }
        print("loss by encodings of users and items, measured in \(Self.shown(measured)) s")
        try printEncodings(connection)
        let indexed = try seconds { _ = try IndexStep(PipelineSettings()).run(in: context) }
        let (bytes, floatBytes) = try connection.query(
            """
            select bytes, pg_total_relation_size('model.item_vectors_1')
            from ann.indexes
            """, as: (Int64, Int64).self)[0]
        print(
            "index: built, measured and written in \(Self.shown(indexed)) s, "
                + "\(bytes >> 20) MiB beside \(floatBytes >> 20) MiB of embeddings")
        for (probes, cutoff, mean, fifth, minimum) in try connection.query(
            "select probes, cutoff, mean, fifth_percentile, minimum from ann.recall order by 2, 1",
            as: (Int32, Int32, Double, Double, Double).self)
        {
            print(
                "  recall@\(cutoff) with \(probes) lists: mean \(Self.shown(mean)), "
                    + "p05 \(Self.shown(fifth)), minimum \(Self.shown(minimum))")
        }
        let published = try seconds {
            try connection.run(
                try catalog.script("publish/flip"),
                ["publication_id": Bind(Int64(1)), "reason": Bind("benchmark")])
        }
        print("published in \(Self.shown(published)) s")
        try search(connection, world)
    }

    private func printEncodings(_ connection: Connection) throws {
        for (users, items, ten, hundred, fifth, error) in try connection.query(
            """
            select user_encoding, item_encoding, recall_10, recall_100, recall_100_fifth_percentile,
                item_squared_error
            from monitor.encodings order by 1, 2
            """, as: (String, String, Double, Double, Double, Double).self)
        {
            print(
                "  \(users) \(items): recall@10 \(Self.shown(ten)), "
                    + "recall@100 \(Self.shown(hundred)), p05 \(Self.shown(fifth)), "
                    + "squared error of items \(error)")
        }
        let (users, items, bytes) = try connection.query(
            """
            select user_row_bytes, item_row_bytes, item_table_bytes / item_embedding_count::float8
            from monitor.encodings where is_stored
            """, as: (Double, Double, Double).self)[0]
        print(
            "stored: \(users) bytes a row of users, \(items) of items; "
                + "table and key \(Self.shown(bytes)) bytes an item")
    }

    private func search(_ connection: Connection, _ world: Mixture) throws {
        var latencies: [Double] = []
        for user in 0..<queries {
            let query = Array(world.users[row: user])
            latencies.append(
                try seconds {
                    let rows = try connection.query(
                        "select item_id from ann.search(\(query), \(Int32(k)))", as: Int64.self)
                    precondition(rows.count == min(k, items))
                })
        }
        latencies.sort()
        print(
            "ann.search, k = \(k): median \(Self.shown(1000 * latencies[queries / 2])) ms, "
                + "p95 \(Self.shown(1000 * latencies[queries * 95 / 100])) ms of \(queries)")
        let query = Array(world.users[row: 0])
        for line in try connection.query(
            "explain (analyze, buffers) select * from ann.search(\(query), \(Int32(k)))",
            as: String.self)
        { print("  " + line) }
    }

    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private static func shown(_ value: Double) -> String { String(format: "%.3f", value) }
}

extension EmbeddingEncoding: ExpressibleByArgument {}
