import Dispatch
import Postgres
import PostgresTestSupport
import SQLCatalog
import Synchronization
import Testing

/// Two sessions that want the same partition; these tests commit, so the database is their own.
@Suite struct PartitionTests {
    @Test(arguments: [
        "ops.ensure_list_partition('serving', 'candidate_lists', 5)::integer",
        "ops.ensure_month_partitions('source', 'interactions', '2024-01-01', '2024-01-31')",
    ])
    func `a session that wants a partition which another is making waits and finds it`(call: String)
        throws
    {
        let catalog = try SQLCatalog.locate()
        let template = try TestServer.template("migrated") { connection in
            try Migrator(catalog: catalog, connection: connection).migrate()
        }
        try TestServer.withDatabase(template: template) { connection, uri in
            let outcome = Mutex<Result<Int, any Error>?>(nil)
            let second = DispatchWorkItem {
                let result = Result {
                    let session = try Connection(uri)
                    try session.setRole("vitrine_job")
                    return try session.value(Query(text: "select \(call)"), as: Int.self)
                }
                outcome.withLock { $0 = result }
            }
            try connection.withTransaction {
                let made = try connection.value(Query(text: "select \(call)"), as: Int.self)
                #expect(made == 1)
                DispatchQueue.global().async(execute: second)
                // The second one has to meet the partition before it is committed.
                var (waiting, attempts) = (0, 0)
                while waiting == 0, attempts < 500 {
                    attempts += 1
                    waiting = try connection.value(
                        """
                        select count(*) from pg_stat_activity
                        where datname = current_database() and wait_event_type = 'Lock'
                        """, as: Int.self)
                    try connection.execute("select pg_sleep(0.01)")
                    try connection.execute("select pg_stat_clear_snapshot()")
                }
                #expect(waiting == 1)
            }
            second.wait()
            let found = try outcome.withLock { $0 }?.get()
            #expect(found == 0)
            let partitions = try connection.value(
                """
                select count(*) from pg_inherits
                where inhparent in ('serving.candidate_lists'::regclass, 'source.interactions'::regclass)
                """, as: Int.self)
            #expect(partitions == 1)
        }
    }
}
