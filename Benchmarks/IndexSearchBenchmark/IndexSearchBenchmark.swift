import ArgumentParser
import BenchmarkSupport
import EmbeddedPostgres
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

    @Option(help: "What stands in the lists: flat, int8 or product_quantised.")
    var code = "flat"

    @Option(help: "Similar items found for every item; 0 to leave them out.")
    var similar = 50

    @Flag(help: "Find similar items exactly as well: the square of the items.")
    var exactly = false

    @Flag(help: "Show the plans of the statements inside one search; needs a superuser.")
    var plans = false

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
        let written = try seconds { try world.write(to: connection) }
        print("embeddings: \(items) × \(dimension) written in \(Self.shown(written)) s")
        let context = StepContext(
            connection: connection, catalog: catalog, runID: 1, asOfDate: Mixture.date,
            codeVersion: "benchmark", stop: StopSignal(), progress: { print("  " + $0) })
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
            select bytes, pg_total_relation_size('model.item_embeddings_1')
            from ann.indexes
            """, as: (Int64, Int64).self)[0]
        print(
            "index: built, measured and written in \(Self.shown(indexed)) s, "
                + "\(bytes >> 20) MiB beside \(floatBytes >> 20) MiB of embeddings")
        if similar > 0 { try findSimilarItems(context, settings) }
        for (searched, probes, cutoff, mean, fifth, minimum) in try connection.query(
            """
            select searched_for, probes, cutoff, mean, fifth_percentile, minimum
            from ann.recall order by 1, 3, 2
            """, as: (String, Int32, Int32, Double, Double, Double).self)
        {
            print(
                "  \(searched): recall@\(cutoff) with \(probes) lists: mean \(Self.shown(mean)), "
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

    /// The step retrieve for a world without users: reading the embeddings, the items like every item,
    /// and writing them.
    private func findSimilarItems(_ context: StepContext, _ index: IndexSettings) throws {
        for settings in exactly ? [nil, index] : [index] {
            let taken = try seconds {
                _ = try RetrieveStep(PipelineSettings(), similarCount: similar, index: settings)
                    .run(in: context)
            }
            print(
                "similar items of all items, \(similar) each, \(settings == nil ? "exactly" : "by lists"): "
                    + "\(Self.shown(taken)) s")
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
            "ann.search, k = \(k): median \(Self.shown(1000 * latencies[queries / 2])) ms, "
                + "p95 \(Self.shown(1000 * latencies[queries * 95 / 100])) ms of \(queries)")
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

    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private static func shown(_ value: Double) -> String { String(format: "%.3f", value) }
}
