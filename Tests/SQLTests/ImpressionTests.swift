import Postgres
import SQLCatalog
import Testing

/// What users were shown before 2024-03-29 and did not engage with on the same day.
@Suite struct ImpressionTests {
    private func impressions(
        _ events: [(user: Int, item: Int, action: String, at: String)], length: Int32 = 10
    ) throws -> [String] {
        try SQLDatabase.with { database in
            try database.interactAtOnce(events)
            var arguments = SQLDatabase.arguments(asOf: day("2024-03-29"))
            arguments["impression_length"] = Bind(length)
            return try database.table(script: "train/impressions", arguments)
        }
    }

    @Test func `an item stands once, on the day it was first shown, oldest first`() throws {
        #expect(
            try impressions([
                (2, 10, "impression", "2024-03-03"), (1, 12, "impression", "2024-03-02 08:00"),
                (1, 10, "watch", "2024-03-02 09:00"), (1, 12, "impression", "2024-03-05"),
                (1, 11, "hide", "2024-03-01"),
            ]) == [
                "(1,\"{11,12,10}\",\"{2024-03-01,2024-03-02,2024-03-02}\",\"{infinity,infinity,infinity}\")",
                "(2,{10},{2024-03-03},{infinity})",
            ])
    }

    @Test func `what the user engaged with by the end of the day is left out`() throws {
        #expect(
            try impressions([
                (1, 10, "impression", "2024-03-01 08:00"), (1, 10, "like", "2024-03-01 23:59:59"),
                (1, 11, "click", "2024-03-01"), (1, 11, "impression", "2024-03-20"),
                (1, 12, "impression", "2024-03-01"),
                // Of another user, and after the date.
                (2, 12, "like", "2024-03-01"), (1, 12, "like", "2024-03-29"),
            ]) == ["(1,{12},{2024-03-01},{infinity})"])
    }

    @Test func `what the user engaged with later says when`() throws {
        let events: [(user: Int, item: Int, action: String, at: String)] = [
            (1, 10, "impression", "2024-03-01"), (1, 10, "like", "2024-03-20"),
            (1, 10, "click", "2024-03-02"), (1, 11, "impression", "2024-03-02"),
            (1, 12, "impression", "2024-03-03"), (1, 12, "like", "2024-03-04"),
        ]
        #expect(
            try impressions(events) == [
                "(1,\"{10,11,12}\",\"{2024-03-01,2024-03-02,2024-03-03}\",\"{2024-03-02,infinity,2024-03-04}\")"
            ])
        // Engagement later on does not make room for an older one.
        #expect(
            try impressions(events, length: 1) == ["(1,{12},{2024-03-03},{2024-03-04})"])
    }

    @Test func `what is too old or not known yet is left out, and the newest are kept`() throws {
        #expect(
            try impressions(
                [
                    // 60 days before the date is 2024-01-29.
                    (1, 10, "impression", "2024-01-28"), (1, 11, "impression", "2024-01-29"),
                    (1, 12, "impression", "2024-03-01"), (1, 13, "impression", "2024-03-02"),
                    (1, 14, "impression", "2024-03-29"),
                ], length: 2) == [
                    "(1,\"{12,13}\",\"{2024-03-01,2024-03-02}\",\"{infinity,infinity}\")"
                ])
    }
}
