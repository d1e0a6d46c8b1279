import Foundation
import Jobs
import LinearAlgebra
import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing
import VectorIndex

@testable import Pipeline

/// The step index, from the embeddings of a run to what SQL finds by them.
@Suite struct IndexTests {
    /// Everything an index holds, in short: equal for equal content.
    private func checksum(_ connection: Connection, run runID: Int64) throws -> String {
        try connection.value(
            """
            select md5(concat_ws('/',
                (select concat_ws(',', i.kind, i.reason, i.parameters, i.list_count, i.item_count,
                    i.probes, i.added_items, i.removed_items, i.moved_items, i.imbalance,
                    i.quantisation_error, i.trained_quantisation_error, i.trained_item_count)
                 from ann.indexes as i where i.run_id = r.run_id),
                (select string_agg(concat_ws(',', l.list_number, l.item_count, l.centroid), ';'
                    order by l.list_number)
                 from ann.lists as l inner join ann.indexes as i using (index_id)
                 where i.run_id = r.run_id),
                (select string_agg(concat_ws(',', e.list_number, e.chunk_number, e.item_ids, e.codes),
                    ';' order by e.list_number, e.chunk_number)
                 from ann.list_entries as e inner join ann.indexes as i using (index_id)
                 where i.run_id = r.run_id),
                (select string_agg(concat_ws(',', c.probes, c.cutoff, c.mean, c.fifth_percentile,
                    c.minimum, c.sample_size), ';' order by c.probes, c.cutoff)
                 from ann.recall as c inner join ann.indexes as i using (index_id)
                 where i.run_id = r.run_id)))
            from (select \(runID) as run_id) as r
            """, as: String.self)
    }

    @Test func `an index holds what may be recommended, each item in the list of its centroid`()
        throws
    {
        try Databases.withPublication { connection, _ throws in
            let record = try connection.query(
                """
                select concat_ws(', ', i.kind, i.status, i.item_count, i.reason,
                    i.list_count = (select count(*) from ann.lists),
                    i.publication_id = (select publication_id from serving.pointer),
                    i.space_id = (select model_id from serving.publications), i.bytes > 0)
                from ann.indexes as i
                """, as: String.self)
            #expect(
                record == ["inverted_file, ready, 119, no earlier lists of this space, t, t, t, t"])
            let misplaced = try connection.value(
                """
                select count(*)
                from model.item_embeddings as i
                full join ann.entries as e using (item_id)
                left join lateral (
                    select l.list_number
                    from ann.lists as l
                    order by (
                        select sum((u.a - u.b)::double precision ^ 2)
                        from unnest(l.centroid, i.embedding) as u (a, b))
                    limit 1
                ) as n on true
                where (item_id = \(PlantedWorld.removedItem)) is distinct from (e.item_id is null)
                    or e.list_number <> n.list_number
                """, as: Int.self)
            #expect(misplaced == 0)
            let wrong = try connection.value(
                """
                select count(*) from ann.lists as l
                where l.item_count <> (
                    select count(*) from ann.entries as e where e.list_number = l.list_number)
                """, as: Int.self)
            #expect(wrong == 0)
        }
    }

    @Test func `the fewest probes are chosen that reach the target`() throws {
        try Databases.withPublication { connection, _ throws in
            let points = try connection.query(
                """
                select r.probes, r.cutoff, r.probes = i.probes,
                    r.mean >= 1 and r.fifth_percentile >= 1, r.sample_size,
                    r.minimum <= r.fifth_percentile and r.fifth_percentile <= r.mean
                        or r.fifth_percentile > 0.9
                from ann.recall as r inner join ann.indexes as i using (index_id)
                where r.searched_for = 'candidates'
                order by r.cutoff, r.probes
                """, as: (Int32, Int32, Bool, Bool, Int32, Bool).self)
            #expect(Set(points.map(\.1)) == [10, 40])
            for point in points where point.1 == 40 {
                // The curve ends where the target is reached.
                #expect(point.2 == point.3)
            }
            #expect(points.allSatisfy { $0.4 == 240 && $0.5 })
            let similar = try connection.query(
                """
                select cutoff, sample_size, max(mean), max(probes)::float8 = (
                    select value from monitor.run_measures
                    where run_id = 1 and measure_name = 'similar_items_probes')
                from ann.recall where searched_for = 'similar_items'
                group by 1, 2 order by 1
                """, as: (Int32, Int32, Double, Bool).self)
            #expect(similar.map(\.0) == [10, 40])
            #expect(similar.allSatisfy { $0.1 == 119 && $0.2 == 1 && $0.3 })
        }
    }

    @Test func `SQL finds for a user what the job found`() throws {
        try Databases.withPublication { connection, _ throws in
            let differing = try connection.value(
                """
                select count(*)
                from serving.candidate_lists as c
                inner join model.user_embeddings as u using (user_id)
                left join feature.user_histories as h
                    on h.user_id = c.user_id and h.as_of_date = \(PlantedWorld.date)
                where c.source_id = 1 and c.user_id % 5 = 0
                    and c.item_ids <> array(
                        select s.item_id
                        from ann.search(
                            u.embedding, cardinality(c.item_ids), except_items => h.item_ids,
                            space_id => u.space_id) as s
                        order by s.rank)
                """, as: Int.self)
            #expect(differing == 0)
        }
    }

    /// Codes with their bytes, four for the scale of `int8`, and the rows that say what they stand for.
    static let codes: [(settings: [String: String], size: Int32, codebooks: String?)] = [
        (["code": "flat"], 0, nil), (["code": "int8"], 4 + 13, nil),
        (["code": "product_quantised"], 3, "codewords 256"),
        (
            ["code": "product_quantised", "part_bits": "4", "learns_rotation": "true"], 3,
            "codewords 16, rotation 13"
        ),
        (
            ["code": "product_quantised", "part_count": "5", "learns_rotation": "true"], 5,
            "codewords 256, rotation 13"
        ),
    ]

    @Test(arguments: codes)
    func `what is found is what exact search finds, and no less, whatever is stored`(
        settings: [String: String], size: Int32, codebooks: String?
    )
        throws
    {
        try Databases.withPublication { connection, uri throws in
            try Nightly.serving(settings).run(on: uri)
            try Nightly.only(Nightly.servingSteps.filter { $0 != "index" }).run(on: uri)
            let runs = try connection.query(
                """
                select details ->> 'index_id' from ops.steps
                where step_name = 'retrieve' order by run_id
                """, as: String.self)
            #expect(runs == ["1", "2", "none: exact"])
            let sizes = try connection.query(
                "select distinct octet_length(code) from ann.entries where index_id = 2",
                as: Int32.self)
            #expect(sizes == [size])
            let rows = try connection.value(
                """
                select string_agg(n.codebook_name || ' ' || n.count, ', ' order by n.codebook_name)
                from (
                    select codebook_name, count(*) from ann.codebooks where index_id = 2 group by 1
                ) as n
                """, as: String?.self)
            #expect(rows == codebooks)
            // The next index goes on with what the codes stand for, too.
            try Nightly.serving(settings).run(on: uri)
            let same = try connection.query(
                """
                select parent_index_id = 2,
                    (select array_agg(row(e.item_id, e.code) order by e.item_id) from ann.entries as e
                     where e.index_id = 2)
                    = (select array_agg(row(e.item_id, e.code) order by e.item_id)
                       from ann.entries as e where e.index_id = 3)
                from ann.indexes where index_id = 3
                """, as: (Bool, Bool).self)[0]
            #expect(same == (true, true))
            let (users, differing) = try connection.query(
                """
                select count(*), count(*) filter (where a.item_ids <> b.item_ids)
                from serving.candidate_lists as a
                full join (select * from serving.candidate_lists where publication_id = 3) as b
                    using (user_id, source_id)
                where a.publication_id = 2 and source_id = 1
                """, as: (Int64, Int64).self)[0]
            #expect(users == 240)
            #expect(differing == 0)
            let (items, unlike) = try connection.query(
                """
                select count(*), count(*) filter (where
                    (a.similar_item_ids, a.similarities) <> (b.similar_item_ids, b.similarities))
                from serving.similar_item_lists as a
                full join (select * from serving.similar_item_lists where publication_id = 3) as b
                    using (item_id)
                where a.publication_id = 2
                """, as: (Int64, Int64).self)[0]
            #expect(items == 120)
            #expect(unlike == 0)
            let searches = try connection.query(
                """
                select details ->> 'similar_items_search' from ops.steps
                where step_name = 'retrieve' and run_id > 1 order by run_id
                """, as: String.self)
            #expect(searches[0].hasPrefix("4 lists, ") && searches[1] == "exact")
        }
    }

    @Test func `a small catalogue is searched exactly, and a row says why`() throws {
        try Databases.withPublication { connection, uri throws in
            try Nightly.serving(["list_count": "0", "minimum_list_length": "40"]).run(on: uri)
            let record = try connection.query(
                """
                select kind, reason, list_count, probes, item_count,
                    (select count(*) from ann.recall as r where r.index_id = i.index_id)
                from ann.indexes as i where run_id = 2
                """, as: (String, String, Int32, Int32, Int64, Int64).self)[0]
            #expect(record == ("exact", "119 items are too few for lists of 40", 1, 1, 119, 0))
            let checksums = try connection.query(
                "select checksum from serving.publications order by publication_id",
                as: String.self)
            #expect(checksums[0] == checksums[1])
            let found = try connection.query(
                "select count(*) from ann.search(array_fill(0.5::real, array[13]), 1000)",
                as: Int64.self)
            #expect(found == [119])
        }
    }

    @Test func `an index that does not find enough holds the publication`() throws {
        try Databases.withPublication { connection, uri throws in
            // One list of ten is all that a search may read.
            let nightly = Nightly.serving([
                "list_count": "10", "minimum_list_length": "5",
                "largest_probe_share": "0.1",
            ])
            let error = #expect(throws: (any Error).self) { try nightly.run(on: uri) }
            #expect(
                "\(error!)".contains(
                    "the publication is held: index 2 does not reach its target of recall"))
            #expect("\(error!)".contains("select * from ann.recall where index_id = 2"))
            let (status, published, curve, lists) = try connection.query(
                """
                select i.status, (select publication_id from serving.pointer),
                    (select string_agg(distinct r.probes::text, ',') from ann.recall as r
                     where r.index_id = i.index_id),
                    (select count(*) from ann.lists as l where l.index_id = i.index_id)
                from ann.indexes as i where i.run_id = 2
                """, as: (String, Int64, String, Int64).self)[0]
            #expect((status, published, curve, lists) == ("refused", 1, "1", 0))
            #expect(
                try connection.value(
                    "select to_regclass('ann.list_entries_2') is null", as: Bool.self))
            #expect(
                try connection.value(
                    "select count(*) from ann.search(array_fill(1::real, array[13]), 5)",
                    as: Int.self)
                    == 5)
            // The next run has settings that can be met, and is not in the way of what was refused.
            try Nightly.serving().run(on: uri)
            #expect(
                try connection.query(
                    "select status from ann.indexes order by index_id", as: String.self)
                    == ["ready", "refused", "ready"])
        }
    }

    @Test func `shuffled centroids are refused`() throws {
        var random = SeededGenerator(seed: 3)
        let centres = Matrix(
            rows: 40, columns: 8, elements: (0..<320).map { _ in 4 * random.gaussian() })
        func around(_ count: Int) -> Matrix {
            Matrix(
                rows: count, columns: 8,
                elements: (0..<count).flatMap { row in
                    centres[row: row % 40].map { $0 + random.gaussian() }
                })
        }
        let (items, users) = (around(4000), around(200))
        var settings = IndexSettings()
        settings.listCount = 40
        settings.largestProbeShare = 0.25
        let gate = RecallGate(settings: settings, items: items, queries: users, threadCount: 2)
        let built = try ItemIndexer(settings: settings, seed: 1, threadCount: 2)
            .trained(items, InvertedFileParameters(listCount: 40), reason: "").file
        let probes = try #require(try gate.measure(built).probes)
        #expect(probes <= 10)
        let order = (0..<built.lists.count).map { ($0 + 7) % built.lists.count }
        let shuffled = try InvertedFile(
            parameters: built.parameters, itemCount: built.itemCount,
            centroids: Matrix(
                rows: built.centroids.rows, columns: 8,
                elements: order.flatMap { Array(built.centroids[row: $0]) }),
            lists: built.lists, codes: built.codes)
        let outcome = try gate.measure(shuffled)
        #expect(outcome.probes == nil)
        let last = try #require(outcome.curve?.points.last)
        #expect(last.cutoff == 100 && last.probes == 10 && last.mean < 0.5)
    }

    @Test func `the next index goes on with the lists, takes new items in and lets old ones go`()
        throws
    {
        try Databases.withPublication { connection, uri throws in
            // Known since before the date, and not embedded by the first run.
            try connection.script(
                """
                insert into source.item_versions
                    (item_id, known_at, creator_id, kind, created_at, is_available, tags, attributes,
                     content_hash, import_id)
                select v.item_id + 5000, v.known_at, v.creator_id, v.kind, v.created_at, true, v.tags,
                    v.attributes, v.content_hash, v.import_id
                from source.item_versions as v where v.item_id between 510 and 512;
                insert into source.item_versions
                    (item_id, known_at, creator_id, kind, created_at, is_available, tags, attributes,
                     content_hash, import_id)
                select v.item_id, v.known_at + interval '1 minute', v.creator_id, v.kind, v.created_at,
                    false, v.tags, v.attributes, v.content_hash, v.import_id
                from source.item_versions as v where v.item_id in (520, 521)
                """)
            try Nightly.serving(["largest_error_growth": "1000"])
                .run(on: uri, date: PlantedWorld.date.advanced(by: 1))
            let record = try connection.query(
                """
                select concat_ws(', ', parent_index_id, reason, added_items, removed_items, item_count,
                    trained_item_count, quantisation_error > 0, quantisation_error
                        <> trained_quantisation_error)
                from ann.indexes where run_id = 2
                """, as: String.self)
            #expect(record == ["1, goes on with the lists of index 1, 3, 2, 120, 119, t, t"])
            #expect(
                try connection.query(
                    """
                    select count(*) from ann.lists as a
                    inner join ann.lists as b using (list_number)
                    where a.index_id = 1 and b.index_id = 2 and a.centroid = b.centroid
                    """, as: Int64.self)
                    == connection.query(
                        "select list_count::bigint from ann.indexes where index_id = 1",
                        as: Int64.self))
            let (found, removed) = try connection.query(
                """
                select count(*) filter (where item_id between 5510 and 5512),
                    count(*) filter (where item_id in (520, 521))
                from ann.search(array_fill(1::real, array[13]), 1000)
                """, as: (Int64, Int64).self)[0]
            #expect((found, removed) == (3, 0))
            let measures = try connection.query(
                """
                select measure_name from monitor.run_measures
                where run_id = 2 and measure_name ~ '^(index|similar_items_(recall|probes))'
                    and measure_name not in ('index_size', 'index_recall_age') order by 1
                """, as: String.self)
            #expect(
                measures == [
                    "index_error_growth", "index_imbalance", "index_item_growth",
                    "index_moved_share",
                    "index_probes", "index_quantisation_error", "index_recall_fifth_percentile",
                    "index_recall_mean", "index_recall_minimum", "similar_items_probes",
                    "similar_items_recall_fifth_percentile", "similar_items_recall_mean",
                    "similar_items_recall_minimum",
                ])
        }
    }

    static let limits: [(key: String, limit: String, reason: String)] = [
        ("largest_item_growth", "1.0001", "growth of the catalogue 1.008 is above 1.0001"),
        ("largest_imbalance", "1", "imbalance of lists"),
        ("largest_error_growth", "1.0001", "growth of the quantisation error"),
        ("seed", "", "the settings have changed"),
    ]

    @Test(arguments: limits)
    func `lists that no longer fit are made anew`(key: String, limit: String, reason: String) throws
    {
        try Databases.withPublication { connection, uri throws in
            try connection.script(
                """
                insert into source.item_versions
                    (item_id, known_at, creator_id, kind, created_at, is_available, tags, attributes,
                     content_hash, import_id)
                select v.item_id + 5000, v.known_at, v.creator_id, v.kind, v.created_at, true, v.tags,
                    v.attributes, v.content_hash, v.import_id
                from source.item_versions as v where v.item_id = 510
                """)
            var limits = ["largest_error_growth": "1000"]
            if key != "seed" { limits[key] = limit }
            var nightly = Nightly.serving(limits)
            if key == "seed" { nightly.settings["seed"] = "2" }
            try nightly.run(on: uri, date: PlantedWorld.date.advanced(by: 1))
            let (parent, said) = try connection.query(
                "select parent_index_id, reason from ann.indexes where run_id = 2",
                as: (Int64?, String).self)[0]
            #expect(parent == nil)
            #expect(said.hasPrefix(reason), "\(said)")
        }
    }

    @Test func `an index goes with its publication, its recall stays on record`() throws {
        try Databases.withPublication { connection, uri throws in
            var nightly = Nightly.serving()
            nightly.keptPublications = 2
            try nightly.run(on: uri)
            // Still there to go back to.
            #expect(
                try connection.value(
                    "select count(*) from ann.search(array_fill(1::real, array[13]), index_id => 1)",
                    as: Int.self) == 10)
            try nightly.run(on: uri)
            #expect(
                try connection.query(
                    "select status from ann.indexes order by index_id", as: String.self)
                    == ["dropped", "ready", "ready"])
            let (partition, lists, recall) = try connection.query(
                """
                select to_regclass('ann.list_entries_1') is null,
                    (select count(*) from ann.lists where index_id = 1),
                    (select count(*) > 0 from ann.recall where index_id = 1)
                """, as: (Bool, Int64, Bool).self)[0]
            #expect((partition, lists, recall) == (true, 0, true))
            let error = #expect(throws: PostgresError.self) {
                try connection.query(
                    "select * from ann.search(array_fill(1::real, array[13]), index_id => 1)")
            }
            #expect(error?.sqlState == "42704")
        }
    }

    @Test func `the same rows whatever the threads, and after a kill`() throws {
        let expected = try Databases.withPublication { connection, _ throws in
            try checksum(connection, run: 1)
        }
        for threads in ["1", "3"] {
            try Databases.withWorld { connection, uri throws in
                try Nightly.with(["threads": threads]).run(on: uri)
                #expect(try checksum(connection, run: 1) == expected)
            }
        }
        try Databases.withWorld { connection, uri throws in
            let hold = try StepHold("index", on: uri)
            let process = try VitrineProcess(running: Nightly(), on: uri)
            try hold.waitUntilHeld()
            process.send(SIGKILL)
            _ = try process.wait()
            try hold.release()
            #expect(try connection.value("select count(*) from ann.indexes", as: Int.self) == 0)
            #expect(try VitrineProcess(running: Nightly(), on: uri).wait().status == 0)
            #expect(try checksum(connection, run: 1) == expected)
            #expect(try connection.value("select count(*) from ann.indexes", as: Int.self) == 1)
        }
    }

    @Test func `an index of another space is refused`() throws {
        try Databases.withPublication { _, uri throws in
            let other = try Connection(uri)
            let error = #expect(throws: (any Error).self) {
                try Nightly.serving().run(on: uri) { event in
                    guard case .stepStarted("retrieve", _, _) = event else { return }
                    _ = try? other.execute(
                        "update ann.indexes set space_id = space_id + 100 where run_id = 2")
                }
            }
            #expect("\(error!)".contains("index 2 is of space"))
        }
    }
}
