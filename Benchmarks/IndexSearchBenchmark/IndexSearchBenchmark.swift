import ArgumentParser
import BenchmarkSupport
import Foundation
import Jobs
import LinearAlgebra
import Pipeline
import Postgres
import SQLCatalog
import VectorIndex

/// An index of many items from embeddings in a table to answers in SQL: the seconds of every part, those
/// of the similar items of all items, and the latency of `ann.search`.
///
/// Items and users are drawn from the same mixture: a thousandth as many centres as items, normal in
/// every coordinate, and normal noise of 0.6 around them; users are no items.
@main
struct IndexSearchBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "index-search-benchmark")

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

    @Option(help: "What stands in the lists: flat, int8 or product_quantised.")
    var code = "flat"

    @Option(help: "Similar items found for every item; 0 to leave them out.")
    var similar = 50

    @Flag(help: "Find similar items exactly as well: the square of the items.")
    var exactly = false

    @Flag(help: "Show the plans of the statements inside one search; needs a superuser.")
    var plans = false

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        try database.withDatabase(measure)
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
        print("embeddings: \(items) × \(dimension) written in \(decimal(written, 3)) s")
        let measured = try seconds { try world.measureEncodings(embeddings, in: context) }
        print("loss by encodings of users and items, measured in \(decimal(measured, 3)) s")
        try printEncodings(connection)
        var settings = IndexSettings()
        guard let code = InvertedFileParameters.Code(rawValue: code) else {
            throw ValidationError("there is no code \(self.code)")
        }
        settings.code = code
        let indexed = try seconds {
            _ = try IndexStep(PipelineSettings(), index: settings).run(in: context)
        }
        let (bytes, floatBytes) = try connection.query(
            """
            select bytes, pg_total_relation_size('model.item_vectors_1')
            from ann.indexes
            """, as: (Int64, Int64).self)[0]
        print(
            "index: built, measured and written in \(decimal(indexed, 3)) s, "
                + "\(bytes >> 20) MiB beside \(floatBytes >> 20) MiB of embeddings")
        if similar > 0 { try findSimilarItems(context, settings) }
        for (searched, probes, cutoff, mean, fifth, minimum) in try connection.query(
            """
            select searched_for, probes, cutoff, mean, fifth_percentile, minimum
            from ann.recall order by 1, 3, 2
            """, as: (String, Int32, Int32, Double, Double, Double).self)
        {
            print(
                "  \(searched): recall@\(cutoff) with \(probes) lists: mean \(decimal(mean, 3)), "
                    + "p05 \(decimal(fifth, 3)), minimum \(decimal(minimum, 3))")
        }
        let published = try seconds {
            try connection.run(
                try catalog.script("publish/flip"),
                ["publication_id": Bind(Int64(1)), "reason": Bind("benchmark")])
        }
        print("published in \(decimal(published, 3)) s")
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
                "  \(users) \(items): recall@10 \(decimal(ten, 3)), "
                    + "recall@100 \(decimal(hundred, 3)), p05 \(decimal(fifth, 3)), "
                    + "squared error of items \(error)")
        }
        let (users, items, bytes) = try connection.query(
            """
            select user_row_bytes, item_row_bytes, item_table_bytes / item_embedding_count::float8
            from monitor.encodings where is_stored
            """, as: (Double, Double, Double).self)[0]
        print(
            "stored: \(users) bytes a row of users, \(items) of items; "
                + "table and key \(decimal(bytes, 3)) bytes an item")
    }

    /// The step retrieve for a world without users: reading the embeddings, the items like every item,
    /// and writing them.
    private func findSimilarItems(_ context: StepContext, _ index: IndexSettings) throws {
        for settings in exactly ? [nil, index] : [index] {
            let taken = try seconds {
                _ = try RetrieveStep(PipelineSettings(), similarCount: similar, index: settings)
                    .prepare(in: context)
            }
            print(
                "similar items of all items, \(similar) each, \(settings == nil ? "exactly" : "by lists"): "
                    + "\(decimal(taken, 3)) s")
        }
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
            "ann.search, k = \(k): median \(decimal(1000 * latencies[queries / 2], 3)) ms, "
                + "p95 \(decimal(1000 * latencies[queries * 95 / 100], 3)) ms of \(queries)")
        let query = Array(world.users[row: 0])
        for line in try connection.query(
            "explain (analyze, buffers) select * from ann.search(\(query), \(Int32(k)))",
            as: String.self)
        { print("  " + line) }
        if plans { try showPlans(connection, query) }
    }

    /// The plans of the statements inside one search, as the server's module auto_explain tells them.
    private func showPlans(_ connection: Connection, _ query: [Float]) throws {
        try connection.script(
            """
            load 'auto_explain';
            set auto_explain.log_min_duration = 0;
            set auto_explain.log_nested_statements = on;
            set auto_explain.log_analyze = on;
            set auto_explain.log_buffers = on;
            set client_min_messages = log
            """)
        connection.onNotice = { print($0.message) }
        defer { connection.onNotice = nil }
        _ = try connection.query(
            "select item_id from ann.search(\(query), \(Int32(k)))", as: Int64.self)
    }
}

extension EmbeddingEncoding: ExpressibleByArgument {}
