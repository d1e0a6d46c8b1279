import Jobs
import Postgres
import SQLCatalog

/// Jobs that somebody should start: which moment of its schedule each should have run for by now.
struct ExpectedRuns {
    let connection: Connection
    let catalog: SQLCatalog

    /// Notes for every job the newest moment of its schedule whose tolerance is over.
    ///
    /// - Returns: Jobs whose schedules cannot be read: only a person can have written those.
    func look(at now: Timestamp) throws -> [String] {
        var unreadable: [String] = []
        let rows = try connection.query(
            try catalog.script("respond/expected_runs").query(),
            as: (String, String, Int64).self)
        for (job, text, tolerance) in rows {
            guard let schedule = try? CronSchedule(text) else {
                unreadable.append(job)
                continue
            }
            let due = schedule.newestMoment(
                notAfter: Timestamp(
                    microsecondsSinceEpoch: now.microsecondsSinceEpoch - tolerance * 1_000_000))
            try connection.execute(
                try catalog.script("respond/record_due").query([
                    "job_name": Bind(job), "due_at": Bind(due), "checked_at": Bind(now),
                ]))
        }
        return unreadable
    }
}
