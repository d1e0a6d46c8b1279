import Testing

@testable import Jobs

@Suite struct CronScheduleTests {
    @Test(arguments: [
        "15 3 * * *", "*/5 * * * *", "0 0 1 1 0", "59 23 31 12 7", "0,30 8-18/2 * * mon-fri",
        "5 4 * jan,Jul sun", "0\t0   1 * *",
    ])
    func `what cron reads is a schedule`(text: String) throws {
        let schedule = try CronSchedule(text)
        #expect(schedule.text.split(separator: " ").count == 5)
    }

    @Test(arguments: [
        ("", "must have five fields"),
        ("@daily", "must have five fields"),
        ("15 3 * *", "must have five fields"),
        ("15 3 * * * *", "must have five fields"),
        ("60 3 * * *", "minute"), ("-1 3 * * *", "minute"), ("+1 3 * * *", "minute"),
        ("a 3 * * *", "minute"), ("5/10 3 * * *", "minute"), ("1,,2 3 * * *", "minute"),
        ("15 24 * * *", "hour"), ("15 9-8 * * *", "hour"), ("15 1-2-3 * * *", "hour"),
        ("15 3 0 * *", "day of month"), ("15 3 32 * *", "day of month"),
        ("15 3 * 13 *", "month"), ("15 3 * janu *", "month"),
        ("15 3 * * 8", "day of week"), ("15 3 * * */0", "day of week"),
        ("15 3 * * */", "day of week"), ("15 3 * * 99999999999999999999", "day of week"),
    ])
    func `anything else is refused by the name of the field`(text: String, reason: String) {
        let error = #expect(throws: CronSchedule.Refusal.self) { try CronSchedule(text) }
        #expect(error!.message.contains(reason))
    }
}
