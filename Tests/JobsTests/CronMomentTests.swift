import Postgres
import Testing

@testable import Jobs

@Suite struct CronMomentTests {
    @Test(arguments: [
        // Every night, before, at and after its minute.
        ("15 3 * * *", "2024-03-10 03:14:59+00", "2024-03-09 03:15:00+00"),
        ("15 3 * * *", "2024-03-10 03:15:00+00", "2024-03-10 03:15:00+00"),
        ("15 3 * * *", "2024-03-01 00:00:00+00", "2024-02-29 03:15:00+00"),
        ("*/20 8-18/2 * * *", "2024-03-10 11:30:00+00", "2024-03-10 10:40:00+00"),
        ("0,30 0 1 jan *", "2024-03-10 00:00:00+00", "2024-01-01 00:30:00+00"),
        // 2024-03-10 was a Sunday, by either of its numbers and by name.
        ("0 4 * * 0", "2024-03-12 00:00:00+00", "2024-03-10 04:00:00+00"),
        ("0 4 * * 7", "2024-03-12 00:00:00+00", "2024-03-10 04:00:00+00"),
        ("0 4 * * mon-fri", "2024-03-10 12:00:00+00", "2024-03-08 04:00:00+00"),
        // Both kinds of day restricted: either will do.
        ("0 4 1 * sun", "2024-03-03 12:00:00+00", "2024-03-03 04:00:00+00"),
        ("0 4 1 * sun", "2024-03-02 12:00:00+00", "2024-03-01 04:00:00+00"),
        // One of them with a star: both have to fit.
        ("0 4 */2 * mon", "2024-03-12 00:00:00+00", "2024-03-11 04:00:00+00"),
        ("0 4 */2 * tue", "2024-03-12 05:00:00+00", "2024-03-05 04:00:00+00"),
        ("0 0 29 2 *", "2024-02-28 00:00:00+00", "2020-02-29 00:00:00+00"),
        ("0 0 29 2 *", "1904-02-28 00:00:00+00", "1896-02-29 00:00:00+00"),
    ])
    func `the newest moment is the one that cron would have started`(
        schedule: String, limit: String, moment: String
    ) throws {
        let limit = try #require(Timestamp(limit))
        #expect(try CronSchedule(schedule).newestMoment(notAfter: limit) == Timestamp(moment))
    }

    @Test func `a day that no calendar has never comes`() throws {
        let limit = try #require(Timestamp("2024-03-10 00:00:00+00"))
        #expect(try CronSchedule("0 0 30 2 *").newestMoment(notAfter: limit) == nil)
    }
}
