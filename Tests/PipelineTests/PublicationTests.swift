import Foundation
import Jobs
import Postgres
import SQLCatalog
import Synchronization
import Testing

/// Everything of a publication appears together, and what was published stays on record.
@Suite struct PublicationTests {
    /// What one statement sees of the current publication, in all the places where it shows.
    private static let everything: Query = """
        select p.publication_id, p.model_id,
            (select array_agg(distinct r.publication_id) from serving.current_recommendations as r
                where r.user_id = 10001)
            || (select array_agg(distinct s.publication_id) from serving.similar_items(505, 10) as s)
            || (select array_agg(distinct f.publication_id) from serving.recommend(10008, 10) as f),
            (select array_agg(distinct r.model_id) from serving.current_recommendations as r
                where r.user_id = 10001),
            (select array_agg(distinct r.score) from serving.current_recommendations as r
                where r.user_id = 10001)
            || (select array_agg(distinct s.similarity::float8)
                from serving.similar_items(505, 10) as s)
        from serving.pointer as c
        inner join serving.publications as p using (publication_id)
        """

    /// What a reader found in a loop.
    private struct Readings: Sendable {
        var count = 0
        var publications: Set<Int64> = []
        var faults: [String] = []
    }

    @Test func `a reader never sees two publications in one snapshot`() throws {
        try Databases.withPublication { connection, uri throws in
            // Two kept: what readers look at is dropped soon after.
            let publisher = Publisher(connection: connection, uri: uri, keptPublications: 2)
            try publisher.publish()
            let isDone = Atomic(false)
            let readings = Mutex(Readings())
            let readers = DispatchGroup()
            for _ in 0..<2 {
                readers.enter()
                Thread {
                    read(uri, into: readings, until: isDone)
                    readers.leave()
                }.start()
            }
            for _ in 0..<20 { try publisher.publish() }
            isDone.store(true, ordering: .releasing)
            readers.wait()
            let found = readings.withLock { $0 }
            #expect(found.faults == [])
            #expect(found.count > 40)
            #expect(found.publications.count > 5)
            let kept = try connection.value(
                "select count(*) from serving.publications where status = 'published'", as: Int.self
            )
            #expect(kept == 2)
        }
    }

    private func read(
        _ uri: String, into readings: borrowing Mutex<Readings>,
        until isDone: borrowing Atomic<Bool>
    ) {
        do {
            let connection = try Connection(uri, applicationName: "reader")
            try connection.setRole("vitrine_analyst")
            while !isDone.load(ordering: .acquiring) {
                let (publication, model, publications, models, marks) = try connection.query(
                    Self.everything, as: (Int64, Int64, [Int64], [Int64], [Double]).self)[0]
                let isWhole =
                    publications == [publication, publication, publication] && models == [model]
                    && marks == [Double](repeating: Publisher.mark(of: publication), count: 2)
                readings.withLock { found in
                    found.count += 1
                    found.publications.insert(publication)
                    if !isWhole {
                        found.faults.append("\(publication): \(publications) \(models) \(marks)")
                    }
                }
            }
        } catch {
            readings.withLock { $0.faults.append("\(error)") }
        }
    }

    @Test func `what a user had at a moment is what was published then`() throws {
        try Databases.withPublication { connection, uri throws in
            let publisher = Publisher(connection: connection, uri: uri, keptPublications: 4)
            let users: [Int64] = [10_001, 10_008, PlantedWorld().idleUsers[0]]
            typealias Listed = (rank: Int32, item: Int64, score: Double, publication: Int64)
            func listed(_ user: Int64, _ moment: Timestamp) throws -> [String] {
                try connection.query(
                    """
                    select concat_ws(' ', rank, item_id, score, source, publication_id)
                    from serving.recommendations_as_of(\(user), \(moment), 20) order by rank
                    """, as: String.self)
            }
            var saved: [(moment: Timestamp, lists: [[String]])] = []
            for _ in 0..<5 {
                let lists = try users.map { user in
                    try connection.query(
                        """
                        select concat_ws(' ', rank, item_id, score, source, publication_id)
                        from serving.current_recommendations where user_id = \(user) order by rank
                        """, as: String.self)
                }
                saved.append((try connection.value("select clock_timestamp()"), lists))
                try publisher.publish()
            }
            // The oldest two of six are dropped; what is left is as it was.
            for (moment, lists) in saved.dropFirst(2) {
                #expect(lists.allSatisfy { $0.count == 20 })
                #expect(try users.map { try listed($0, moment) } == lists)
            }
            #expect(Set(saved.map(\.lists)).count == 5)
            let error = #expect(throws: PostgresError.self) {
                try listed(users[0], saved[0].moment)
            }
            #expect(error?.message == "the publication of that moment is no longer kept")
            #expect(error?.sqlState?.rawValue == "P0002")
            let before = try connection.value(
                "select min(flipped_at) - interval '1 microsecond' from serving.flips",
                as: Timestamp.self)
            #expect(try listed(users[0], before) == [])
        }
    }

    @Test func `a model that somebody goes back to meanwhile keeps its bytes`() throws {
        try Databases.withPublication { connection, uri throws in
            let model = try connection.value(
                """
                insert into model.models (run_id, kind, purpose, as_of_date, configuration,
                    data_hash, seed, code_version, dimension, created_at)
                values (99, 'two_tower', 'serving', '2024-03-25', '{}', '', 1, 'test', 13,
                    clock_timestamp() - interval '30 days')
                returning model_id
                """, as: Int64.self)
            try connection.execute(
                "insert into model.artefacts (model_id, part_number, content) values (\(model), 1, '')"
            )
            let catalog = try SQLCatalog.locate()
            let failure = Mutex<String?>(nil)
            let publisher = DispatchGroup()
            try connection.withTransaction {
                try connection.run(catalog.script("promote/lock_deployments"))
                try connection.run(
                    catalog.script("promote/deploy"),
                    [
                        "model_id": Bind(model), "kind": Bind("rollback"),
                        "run_id": Bind(Int64(-1)),
                        "reason": Bind("known to be good"),
                    ])
                publisher.enter()
                Thread {
                    do {
                        let own = try Connection(uri, applicationName: "publisher")
                        try Publisher(connection: own, uri: uri).publish()
                    } catch { failure.withLock { $0 = "\(error)" } }
                    publisher.leave()
                }.start()
                let isWaiting = try waitForLock(connection, or: publisher)
                #expect(isWaiting)
            }
            publisher.wait()
            #expect(failure.withLock { $0 } == nil)
            let parts = try connection.value(
                "select count(*) from model.artefacts where model_id = \(model)", as: Int.self)
            #expect(parts == 1)
        }
    }

    /// Waits until a session waits for an advisory lock, or until a group is done.
    ///
    /// - Returns: Whether one waits.
    private func waitForLock(_ connection: Connection, or group: DispatchGroup) throws -> Bool {
        while group.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
            let isWaiting = try connection.value(
                """
                select exists (
                    select from pg_locks as l
                    inner join pg_database as d on d.oid = l.database
                    where d.datname = current_database() and l.locktype = 'advisory'
                        and not l.granted)
                """, as: Bool.self)
            if isWaiting { return true }
        }
        return false
    }

    @Test func `a run taken up after its publication was dropped says so`() throws {
        try Databases.withWorld { connection, uri throws in
            for step in ["index", "publish"] {
                let stop = StopSignal()
                #expect(throws: JobError.self) {
                    try Nightly.ungated.run(on: uri, stop: stop) { event in
                        if case .stepStarted(step, _, _) = event { stop.request(.interrupted) }
                    }
                }
                try connection.execute(
                    """
                    update serving.publications set status = 'dropped', published_at = '2024-03-25'
                    """)
                let error = #expect(throws: JobError.self) { try Nightly.ungated.run(on: uri) }
                #expect(
                    "\(error!)".contains("the publication of this run is no longer kept"),
                    "\(step): \(error!)")
                try connection.execute(
                    """
                    update serving.publications set status = 'building', published_at = null
                    """)
            }
        }
    }

    @Test func `what lists were chosen from is kept for the newest publication alone`() throws {
        try Databases.withPublication { connection, uri throws in
            let publisher = Publisher(connection: connection, uri: uri, keptPublications: 2)
            for _ in 0..<3 { try publisher.publish() }
            let parts = try connection.query(
                """
                select c.relname::text from pg_inherits as h
                inner join pg_class as c on c.oid = h.inhrelid
                where h.inhparent in ('serving.ranked_lists'::regclass,
                    'serving.candidate_fates'::regclass, 'serving.recommendation_lists'::regclass)
                order by 1
                """, as: String.self)
            #expect(
                parts == [
                    "candidate_fates_4", "ranked_lists_4", "recommendation_lists_3",
                    "recommendation_lists_4",
                ])
            let error = #expect(throws: PostgresError.self) {
                try connection.script("select * from serving.why_not(10001, 505, 3)")
            }
            #expect(error?.message == "the candidates of the publication are no longer kept")
        }
    }

    @Test func `a list that breaks a rule holds the publication, and the one before stays`() throws
    {
        try Databases.withPublication { connection, uri throws in
            let before = try Checksums(connection)
            var tampering: (any Error)?
            func tamper(_ event: String) {
                do {
                    try connection.script(
                        """
                        update serving.recommendation_lists set scores[1] = scores[1] + 0.001
                        where user_id in (10001, 10008) and publication_id = 2;
                        update serving.recommendation_lists set item_ids[3] = \(PlantedWorld.removedItem)
                        where user_id = 10015 and publication_id = 2;
                        delete from serving.recommendation_lists
                        where user_id = 10022 and publication_id = 2;
                        """)
                } catch { tampering = error }
            }
            let error = #expect(throws: (any Error).self) {
                try Nightly().run(on: uri) { event in
                    if case .stepStarted("publish", _, _) = event { tamper("publish") }
                }
            }
            #expect(tampering == nil)
            let message = "\(error!)"
            #expect(
                message.hasPrefix(
                    """
                    step publish failed: the publication is held: \
                    a candidate counts as published and is not, or the other way (22), \
                    a list holds an item that was removed (1), \
                    a score is not the sum of weight times term, times the multipliers (2), a user has no list (1)
                    """), "\(message)")
            #expect(try Checksums(connection).publication == before.publication)
            let status = try connection.query(
                "select status from serving.publications order by publication_id", as: String.self)
            #expect(status == ["published", "building"])
        }
    }
}
