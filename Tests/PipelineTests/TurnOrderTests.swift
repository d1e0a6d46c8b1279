import Jobs
import Postgres
import SQLCatalog
import Testing

@testable import Pipeline

/// Who is ranked first when there is too little time, night after night.
@Suite struct TurnOrderTests {
    private let date = PlantedWorld.date

    private func standing(_ eventCount: Int, waiting days: Int? = nil) -> CandidateStore.Standing {
        .init(
            eventCount: eventCount, cohort: .all, activityCohort: "high",
            deferredSince: days.map { date.advanced(by: -$0) })
    }

    @Test func `the most active first, those of equal activity as they stand`() {
        let order = TurnOrder(date: date, longestWaitDays: 3)
        #expect(order.rows([3, 9, 0, 9].map { standing($0) }) == [1, 3, 0, 2])
        #expect(order.rows([]) == [])
    }

    @Test func `before them those who have waited for long, the longest first`() {
        let order = TurnOrder(date: date, longestWaitDays: 3)
        let standings = [
            standing(9), standing(1, waiting: 3), standing(0, waiting: 5), standing(8, waiting: 2),
            standing(2, waiting: 3), standing(7, waiting: 0),
        ]
        #expect(order.rows(standings) == [2, 4, 1, 0, 3, 5])
    }

    /// Nights with time for some of ten users, user 0 being the most active.
    ///
    /// - Returns: Who is ranked on each night.
    private func nights(_ count: Int, capacity: Int, longestWaitDays: Int) -> [Set<Int>] {
        var standings = (0..<10).map { standing(10 - $0) }
        return (0..<count).map { night in
            let today = date.advanced(by: night)
            let rows = TurnOrder(date: today, longestWaitDays: longestWaitDays).rows(standings)
            for (place, row) in rows.enumerated() {
                standings[row].deferredSince =
                    place < capacity ? nil : standings[row].deferredSince ?? today
            }
            return Set(rows.prefix(capacity))
        }
    }

    @Test func `with time for half of the users nobody waits longer than is set`() {
        let (active, others) = (Set(0..<5), Set(5..<10))
        #expect(nights(4, capacity: 5, longestWaitDays: 1) == [active, others, active, others])
        #expect(
            nights(9, capacity: 5, longestWaitDays: 3)
                == [active, active, active, others, active, active, active, others, active])
    }

    @Test func `with time for a few all come in turn`() {
        let ranked = nights(40, capacity: 2, longestWaitDays: 3)
        for user in 0..<10 {
            let turns = ranked.indices.filter { ranked[$0].contains(user) }
            #expect(turns.first ?? .max <= 6, "user \(user)")
            #expect(zip(turns, turns.dropFirst()).allSatisfy { $1 - $0 <= 5 }, "user \(user)")
        }
    }

    // MARK: - In the tables

    private struct Wait: Equatable {
        var kind: String
        var days: Int32
        var users: Int64
    }

    private func waits(_ connection: Connection) throws -> [Wait] {
        try connection.query(
            """
            select list_kind, wait_days, user_count from monitor.deferred_users
            where publication_id = (select publication_id from serving.pointer)
            order by list_kind, wait_days
            """, as: (String, Int32, Int64).self
        ).map { Wait(kind: $0, days: $1, users: $2) }
    }

    @Test func `a wait is carried from night to night, and ends with a turn`() throws {
        try Databases.withPublication { connection, uri throws in
            #expect(try waits(connection) == [])
            var withoutTime = Nightly.serving()
            withoutTime.ranking["budget_minutes"] = "0"
            let dates = (1...3).map { date.advanced(by: $0) }
            try withoutTime.run(on: uri, date: dates[0])
            #expect(try waits(connection) == [Wait(kind: "kept", days: 0, users: 240)])
            // Under other weights no list is kept; who falls back on the cohort's waits all the same. Ten had
            // a turn in between.
            try connection.script(
                """
                update serving.recommendation_lists set list_kind = 'model', deferred_since = null
                where publication_id = 2 and user_id in (
                    select user_id from source.users order by user_id limit 10);
                insert into serving.weights (weights_version, term_name, weight, reason)
                values (3, 'affinity', 1, 'test'), (3, 'popularity', 0.5, 'test');
                """)
            try withoutTime.run(on: uri, date: dates[1])
            #expect(
                try waits(connection) == [
                    Wait(kind: "fallback", days: 0, users: 10),
                    Wait(kind: "fallback", days: 1, users: 230),
                ])
            let standings = try CandidateStore(
                context: StepContext(
                    connection: connection, catalog: try SQLCatalog.locate(), runID: 1,
                    asOfDate: dates[1], codeVersion: "test", stop: StopSignal(), progress: { _ in }
                ), publicationID: 3
            ).standings(in: 0...1_023)
            #expect(standings.count == 240)
            let rows = TurnOrder(date: dates[2], longestWaitDays: 2).rows(standings)
            let order = rows.map { standings[$0].deferredSince }
            #expect(order.prefix(230).allSatisfy { $0 == dates[0] })
            #expect(order.dropFirst(230) == Array(repeating: dates[1], count: 10)[...])
            try Nightly.serving().run(on: uri, date: dates[2])
            #expect(try waits(connection) == [])
        }
    }
}
