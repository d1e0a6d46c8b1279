import LinearAlgebra
import Postgres
import PostgresTestSupport
import Testing
import VectorIndex

@testable import Pipeline

/// How an index ages from run to run, and what then happens.
@Suite struct IndexLifeTests {
    private func reason(_ connection: Connection, run: Int64) throws -> String {
        try connection.value(
            """
            select concat_ws(': ', status, reason) from ann.indexes where run_id = \(run)
            """, as: String.self)
    }

    @Test func `items that stand in other lists make new lists`() throws {
        try Databases.withPublication { connection, uri throws in
            // Lists of the same centroids under other numbers: nearly everything moves.
            try connection.execute(
                """
                update ann.lists as l
                set centroid = o.centroid
                from ann.lists as o
                where o.list_number = (l.list_number + 1) % 4
                """)
            try Nightly.serving(["largest_error_growth": "1000"]).run(on: uri)
            let reason = try reason(connection, run: 2)
            #expect(reason.hasPrefix("ready: share of items that moved"), "\(reason)")
            #expect(reason.hasSuffix("is above 0.2"))
            let (parent, moved) = try connection.query(
                "select parent_index_id, moved_items from ann.indexes where run_id = 2",
                as: (Int64?, Int64).self)[0]
            // Lists of its own cannot be compared with those before.
            #expect((parent, moved) == (nil, 0))
            // With another limit the lists go on, and the share is on record.
            try Nightly.serving(["largest_moved_share": "1", "largest_error_growth": "1000"])
                .run(on: uri)
            #expect(
                try self.reason(connection, run: 3) == "ready: goes on with the lists of index 2")
            #expect(
                try connection.query(
                    """
                    select value from monitor.run_measures
                    where measure_name = 'index_moved_share' and run_id in (2, 3) order by run_id
                    """, as: Double.self) == [0, 0])
        }
    }

    @Test
    func `lists that no longer reach the target are made anew, and refused if that is in vain`()
        throws
    {
        try Databases.withPublication { connection, uri throws in
            // One list of ten is all that a search may read.
            let narrow = [
                "list_count": "10", "minimum_list_length": "5", "largest_probe_share": "0.1",
                "recall_mean": "0", "recall_fifth_percentile": "0",
            ]
            try Nightly.serving(narrow).run(on: uri)
            #expect(try reason(connection, run: 2) == "ready: the settings have changed")
            let strict = narrow.merging(["recall_mean": "1", "recall_fifth_percentile": "1"]) { $1 }
            #expect(throws: (any Error).self) { try Nightly.serving(strict).run(on: uri) }
            #expect(
                try reason(connection, run: 3)
                    == "refused: lists of index 2 no longer reach the target of recall")
            // What was refused is not what the next one goes on with.
            try Nightly.serving(narrow).run(on: uri)
            #expect(try reason(connection, run: 4) == "ready: goes on with the lists of index 2")
        }
    }

    @Test func `the quantisation error of every run is on record`() throws {
        try Databases.withPublication { connection, uri throws in
            for day in 1...2 {
                try Nightly.serving(["largest_error_growth": "1000", "largest_moved_share": "1"])
                    .run(on: uri, date: PlantedWorld.date.advanced(by: day))
            }
            let errors = try connection.query(
                """
                select m.value, m.value = i.quantisation_error,
                    abs(g.value - m.value / i.trained_quantisation_error) < 1e-9
                from monitor.run_measures as m
                inner join monitor.run_measures as g
                    on g.run_id = m.run_id and g.measure_name = 'index_error_growth'
                inner join ann.indexes as i on i.run_id = m.run_id
                where m.measure_name = 'index_quantisation_error'
                order by m.run_id
                """, as: (Double, Bool, Bool).self)
            #expect(errors.count == 3)
            #expect(errors.allSatisfy { $0.0 > 0 && $0.1 && $0.2 })
        }
    }

    /// Four clusters of 50 items, in lists that were made for them.
    private func clusters(
        _ centres: [Float]
    ) throws -> (indexer: ItemIndexer, parameters: InvertedFileParameters, items: Matrix) {
        var settings = IndexSettings()
        (settings.listCount, settings.minimumListLength) = (4, 10)
        let indexer = ItemIndexer(settings: settings, seed: 1, threadCount: 2)
        var random = SeededGenerator(seed: 9)
        let items = Matrix(
            rows: 200, columns: 2,
            elements: (0..<200).flatMap { row in
                [centres[row % 4] + 0.1 * random.gaussian(), 0.1 * random.gaussian()]
            })
        return (indexer, try #require(indexer.parameters(itemCount: 200)), items)
    }

    @Test(
        arguments: [
            // Nothing new; two clusters change places; all fall into one list; all lie further away.
            ([0, 10, 20, 30], nil),
            ([10, 0, 20, 30], "share of items that moved 0.500 is above 0.2"),
            ([0, 0, 0, 0], "share of items that moved 0.750 is above 0.2"),
            ([1, 11, 21, 31], "growth of the quantisation error"),
        ] as [([Float], String?)])
    func `lists are stale by what has become of the items`(
        centres: [Float], expected: String?
    ) throws {
        let (indexer, parameters, items) = try clusters([0, 10, 20, 30])
        let before = try indexer.trained(items, parameters, reason: "")
        let ids = (0..<200).map { Int64($0) }
        var lists: [Int64: Int32] = [:]
        for list in 0..<4 {
            for item in before.file.lists[list] { lists[ids[Int(item)]] = Int32(list) }
        }
        let parent = ItemIndexer.Parent(
            record: IndexStore.Prior(
                indexID: 1, isExact: false, parameters: parameters,
                trainedDistortion: before.trainedDistortion, trainedItemCount: 200),
            centroids: before.file.centroids, quantiser: nil, lists: lists)
        let now = try clusters(centres).items
        let following = try #require(try indexer.following(parent, now, parameters))
        let changes = ListChanges(from: lists, to: following.file, ids: ids, sharesLists: true)
        let staleness = indexer.staleness(of: following, changes: changes)
        if let expected {
            #expect(staleness?.hasPrefix(expected) == true, "\(staleness ?? "not stale")")
        } else {
            #expect(staleness == nil)
        }
    }

    @Test func `a list that grows too long makes new lists`() throws {
        let (indexer, parameters, items) = try clusters([0, 10, 20, 30])
        var settings = indexer.settings
        (settings.largestImbalance, settings.largestItemGrowth) = (2, 100)
        let strict = ItemIndexer(settings: settings, seed: 1, threadCount: 2)
        let before = try indexer.trained(items, parameters, reason: "")
        let parent = ItemIndexer.Parent(
            record: IndexStore.Prior(
                indexID: 1, isExact: false, parameters: parameters,
                trainedDistortion: before.trainedDistortion, trainedItemCount: 200),
            centroids: before.file.centroids, quantiser: nil, lists: [:])
        // 400 new items, all of the first cluster.
        let more = Matrix(
            rows: 600, columns: 2,
            elements: items.elements
                + (0..<400).flatMap { Array(items[row: $0 % 50 * 4]) })
        let following = try #require(try strict.following(parent, more, parameters))
        let changes = ListChanges(
            from: [:], to: following.file, ids: (0..<600).map { Int64($0) }, sharesLists: true)
        #expect(changes.added == 600 && changes.moved == 0)
        let staleness = strict.staleness(of: following, changes: changes)
        #expect(staleness == "imbalance of lists 3.000 is above 2.0")
    }

    // MARK: - pgvector

    @Test func `without the extension, a job that wants it publishes nothing and says why`() throws
    {
        try Databases.withPublication { connection, uri throws in
            let error = #expect(throws: (any Error).self) {
                try Nightly.serving(["pgvector": "hnsw"]).run(on: uri)
            }
            #expect("\(error!)".contains("the extension vector (pgvector) is not installed"))
            #expect("\(error!)".contains("pgvector: none"))
            #expect(
                try connection.value("select publication_id from serving.pointer", as: Int.self)
                    == 1)
            #expect(try connection.value("select count(*) from ann.indexes", as: Int.self) == 1)
        }
    }

    @Test(
        .enabled(
            if: TestServer.hasExtension("vector"),
            "the extension vector is not installed on this machine"),
        arguments: ["hnsw", "ivfflat"])
    func `the job makes a table for pgvector and drops it with the index`(method: String) throws {
        try Databases.withPublication { connection, uri throws in
            try connection.script("create extension vector schema public")
            var nightly = Nightly.serving(["pgvector": method])
            nightly.keptPublications = 1
            try nightly.run(on: uri)
            #expect(
                try connection.value(
                    """
                    select array(select item_id from ann.vectors_2 order by 1)
                        = array(select item_id from ann.entries where index_id = 2 order by 1)
                    """, as: Bool.self))
            try connection.script("set ivfflat.probes = 100")
            let shares = try connection.value(
                """
                select avg((
                    select count(*) from ann.search_pgvector(u.embedding, 10) as p
                    inner join ann.search(u.embedding, 10, 4) as s using (item_id)))::float8
                from model.user_embeddings as u
                """, as: Double.self)
            #expect(shares > 9.5)
            try nightly.run(on: uri)
            #expect(
                try connection.query(
                    """
                    select c.relname::text from pg_class as c
                    where c.relname like 'vectors\\_%' and c.relkind = 'r'
                    """, as: String.self) == ["vectors_3"])
        }
    }
}
