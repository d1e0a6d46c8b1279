import Foundation
import Postgres
import Testing

/// Holds a run in the middle of a step: whoever writes into a table that this step writes waits until
/// the hold is released.
final class StepHold {
    /// A table that each step writes, when part of its work is done.
    static let tables: [String: TableName] = [
        "validate": "monitor.check_results", "features": "feature.snapshots",
        "train": "model.artefacts", "evaluate": "model.metrics",
        "embed": "model.user_vectors", "index": "ann.lists",
        "retrieve": "serving.similar_item_lists",
        "rank": "serving.recommendation_lists", "publish": "serving.flips",
        "monitor": "monitor.list_counts", "respond": "monitor.responses", "search": "model.trials",
    ]

    private static let key = AdvisoryLockKey(name: "test/hold")
    private let connection: Connection
    private let step: String
    private let table: TableName

    /// - Parameters:
    ///   - event: What waits: `insert` or `update`.
    ///   - rows: Those that wait, as an SQL condition on `old` or `new`; every statement when nil.
    init(
        _ step: String, before event: String = "insert", of rows: String? = nil, on uri: String
    ) throws {
        connection = try Connection(uri, applicationName: "hold")
        self.step = step
        table = try #require(Self.tables[step])
        try connection.lock(Self.key)
        try connection.script(
            """
            create function public.wait_for_test() returns trigger language plpgsql as $$
            begin
                -- Other steps write some of the tables too.
                if not exists (
                    select from ops.steps where status = 'running' and step_name <> '\(step)')
                then
                    perform pg_advisory_xact_lock_shared(\(Self.key.number));
                end if;
                return new;
            end $$;
            create trigger wait_for_test before \(event) on \(table.quoted)
                for each \(rows.map { "row when (\($0))" } ?? "statement")
                execute function public.wait_for_test();
            """)
    }

    /// Waits until a session of a job stands at the table.
    ///
    /// - Returns: Its process on the server.
    @discardableResult
    func waitUntilHeld() throws -> Int32 {
        let held = try Self.waitForBlockedJob(connection)
        let running = try connection.query(
            "select step_name from ops.steps where status = 'running'", as: String.self)
        #expect(running == [step])
        return held
    }

    /// Waits until a session of a job waits for a lock.
    ///
    /// - Returns: Its process on the server.
    @discardableResult
    static func waitForBlockedJob(_ connection: Connection) throws -> Int32 {
        for _ in 0..<12_000 {
            let held = try connection.first(
                """
                select pid from pg_stat_activity
                where datname = current_database() and application_name like 'vitrine %'
                    and wait_event_type = 'Lock'
                """, as: Int32.self)
            if let held { return held }
            usleep(50_000)
        }
        throw HoldFailure(description: "no run came to the hold within ten minutes")
    }

    /// Ends the session on the server that is held.
    func terminate(_ processID: Int32) throws {
        try connection.execute("select pg_terminate_backend(\(processID))")
    }

    /// Lets everybody go on.
    func release() throws {
        try connection.unlock(Self.key)
        try Self.remove(step, from: connection)
    }

    /// Removes what a hold whose session is gone has left.
    static func remove(_ step: String, from connection: Connection) throws {
        let table = try #require(tables[step])
        try connection.script(
            "drop trigger wait_for_test on \(table.quoted); drop function public.wait_for_test()")
    }
}

struct HoldFailure: Error, CustomStringConvertible {
    var description: String
}
