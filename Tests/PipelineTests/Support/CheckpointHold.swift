import Postgres

/// Holds a run when it saves a training once more than so many times: what was saved before is
/// there, and nothing after.
final class CheckpointHold {
    private static let key = AdvisoryLockKey(name: "test/checkpoint_hold")
    private let connection: Connection

    /// - Parameters:
    ///   - purpose: Of the model, whose checkpoint is one part.
    ///   - count: Checkpoints that are let pass.
    init(_ purpose: String, after count: Int, on uri: String) throws {
        connection = try Connection(uri, applicationName: "hold")
        try connection.lock(Self.key)
        try connection.script(
            """
            create sequence public.saves;
            grant usage on sequence public.saves to vitrine_job;
            create function public.wait_for_test() returns trigger language plpgsql as $$
            begin
                if nextval('public.saves') > \(count) then
                    perform pg_advisory_xact_lock_shared(\(Self.key.number));
                end if;
                return new;
            end $$;
            create trigger wait_for_test before insert on model.checkpoints
                for each row when (new.purpose = '\(purpose)')
                execute function public.wait_for_test();
            """)
    }

    /// Waits until a session of a job stands at the table.
    func waitUntilHeld() throws {
        try StepHold.waitForBlockedJob(connection)
    }

    /// Lets everybody go on.
    func release() throws {
        try connection.unlock(Self.key)
        try connection.script(
            """
            drop trigger wait_for_test on model.checkpoints;
            drop function public.wait_for_test();
            drop sequence public.saves
            """)
    }
}
