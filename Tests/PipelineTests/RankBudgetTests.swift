import Jobs
import LinearAlgebra
import Postgres
import Ranking
import Testing

@testable import Pipeline

/// When the time of the step rank is up: who is ranked first, and what the others get.
@Suite struct RankBudgetTests {
    // MARK: - Time

    /// A clock that stands still until it is told.
    private final class Clock {
        var time = ContinuousClock.now
    }

    @Test func `each page has its share of the time that is left`() {
        let clock = Clock()
        let start = clock.time
        let budget = TimeBudget(.seconds(60), shard: .whole, now: { clock.time })
        let first = budget.page(pagesLeft: 3)
        clock.time = start + .seconds(19)
        #expect(first?() == false)
        clock.time = start + .seconds(20)
        #expect(first?() == true)
        // What the first has left goes to the others: 50 seconds for two.
        clock.time = start + .seconds(10)
        let second = budget.page(pagesLeft: 2)
        clock.time = start + .seconds(34)
        #expect(second?() == false)
        clock.time = start + .seconds(35)
        #expect(second?() == true)
        // Overdrawn: nothing is left.
        clock.time = start + .seconds(90)
        #expect(budget.page(pagesLeft: 1)?() == true)
    }

    @Test func `a shard has its part, and no budget no limit`() throws {
        let clock = Clock()
        let start = clock.time
        let shard = try TimeBudget(.seconds(60), shard: Shard(1, of: 4), now: { clock.time })
        let page = shard.page(pagesLeft: 1)
        clock.time = start + .seconds(14)
        #expect(page?() == false)
        clock.time = start + .seconds(15)
        #expect(page?() == true)
        #expect(TimeBudget(nil, shard: .whole).page(pagesLeft: 1) == nil)
        #expect(TimeBudget(.zero, shard: .whole).page(pagesLeft: 5)?() == true)
    }

    @Test func `users have their turn in the order given, until the time is up`() throws {
        let itemCount = 20
        let items = Funnel.Items(
            ids: try #require(Vocabulary((0..<itemCount).map { Int64($0) })),
            embeddings: Matrix(rows: itemCount, columns: 3, repeating: 1),
            terms: Matrix(rows: itemCount, columns: 0), termNames: [])
        let funnel = Funnel(
            items: items, taskNames: [],
            reranker: try Reranker(
                rules: RerankRules(), value: ValueModel(terms: [.init(Affinity.name, weight: 1)]),
                items: RerankItems(ids: items.ids.keys), length: 5),
            factorNames: [], firstStage: .init(length: 10), threadCount: 2)
        let users = (0..<5_000).map { row in
            Funnel.User(
                id: Int64(row), row: nil,
                proposals: [Proposals(source: 1, items: [Int32(row % itemCount), 3])], history: [])
        }
        func rank(_ turns: Funnel.Turns?) throws -> [Funnel.Outcome?] {
            try funnel.rank(
                users,
                UserEmbeddings(matrix: Matrix(rows: 0, columns: 3), interestCount: 1),
                filter: CandidateFilter([]),
                factors: CandidateFactors([], creators: [Int32](repeating: -1, count: itemCount)),
                predict: { _, _ in Matrix(rows: 0, columns: 0) }, turns: turns)
        }
        let all = try rank(nil)
        #expect(all.allSatisfy { $0 != nil })
        let order = Array(users.indices.reversed())
        var asked = 0
        let some = try rank(
            Funnel.Turns(order: order) {
                asked += 1
                return asked > 1
            })
        let ranked = some.indices.filter { some[$0] != nil }
        #expect(ranked.count > 0 && ranked.count < users.count)
        #expect(ranked == Array(order.prefix(ranked.count).reversed()))
        for row in ranked { #expect(some[row]?.list == all[row]?.list) }
        #expect(try rank(Funnel.Turns(order: order) { true }).allSatisfy { $0 == nil })
    }

    // MARK: - Lists

    /// A run of the day after that trains nothing, without time to rank anybody.
    private static var withoutTime: Nightly {
        var nightly = Nightly.serving()
        nightly.ranking["budget_minutes"] = "0"
        return nightly
    }

    private static let nextDate = PlantedWorld.date.advanced(by: 1)

    private func kinds(_ connection: Connection) throws -> [String: Int64] {
        Dictionary(
            uniqueKeysWithValues: try connection.query(
                """
                select list_kind, user_count from monitor.list_kinds
                where publication_id = (select publication_id from serving.pointer)
                """, as: (String, Int64).self))
    }

    private func usersWithoutRows(_ connection: Connection) throws -> Int64 {
        try connection.value(
            """
            select count(*) from source.users as u
            where not exists (
                select from serving.current_recommendations as r where r.user_id = u.user_id)
            """, as: Int64.self)
    }

    @Test func `without time everybody keeps the list that was published before`() throws {
        try Databases.withPublication { connection, uri throws in
            let run = try Self.withoutTime.run(on: uri, date: Self.nextDate)
            #expect(try kinds(connection) == ["kept": 240])
            #expect(try usersWithoutRows(connection) == 0)
            let changed = try connection.value(
                """
                select count(*)
                from serving.recommendation_lists as n
                inner join serving.recommendation_lists as o using (user_id)
                where n.publication_id = 2 and o.publication_id = 1
                    and (n.item_ids, n.scores, n.terms, n.multipliers, n.source_ids, n.propensities,
                        n.slot_kinds, n.because_item_ids)
                    is distinct from (o.item_ids, o.scores, o.terms, o.multipliers, o.source_ids,
                        o.propensities, o.slot_kinds, o.because_item_ids)
                """, as: Int64.self)
            #expect(changed == 0)
            // Every candidate is accounted for, at the stage before the first.
            let rows = try connection.query(
                """
                select stage, coalesce(reason, '-'), sum(in_count)::bigint,
                    sum(kept_count)::bigint, sum(reason_count)::bigint
                from monitor.funnel where publication_id = 2
                group by 1, 2, stage_place order by stage_place
                """, as: (String, String, Int64, Int64, Int64).self)
            #expect(rows[0].0 == "rank" && rows[0].1 == "deferred")
            #expect(rows[0].2 > 0 && rows[0].2 == rows[0].4 && rows[0].3 == 0)
            #expect(rows.dropFirst().allSatisfy { $0.1 == "-" && $0.2 == 0 && $0.4 == 0 })
            let details = try connection.query(
                """
                select (details ->> 'deferred_users')::int, (details ->> 'kept_users')::int,
                    (details ->> 'fallback_users')::int
                from ops.steps where run_id = \(run) and step_name = 'rank'
                """, as: (Int32, Int32, Int32).self)
            #expect(details[0] == (240, 240, 0))
        }
    }

    @Test func `a kept list loses what was removed or hidden since`() throws {
        try Databases.withPublication { connection, uri throws in
            let (user, item) = try connection.query(
                """
                select user_id, item_id from serving.current_recommendations
                order by user_id, rank limit 1
                """, as: (Int64, Int64).self)[0]
            let removed = try connection.value(
                """
                select item_id from serving.current_recommendations
                where item_id <> \(item) group by item_id order by count(*) desc, item_id limit 1
                """, as: Int64.self)
            try connection.execute(
                """
                insert into source.interactions
                    (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
                values (\(user), \(item), 20, '2024-03-25 08:00+00', 0, '2024-03-25 08:00+00', 2)
                """)
            try connection.execute(
                """
                insert into source.item_versions
                    (item_id, known_at, kind, is_available, attributes, content_hash, import_id)
                values (\(removed), '2024-03-25 08:00+00', 'video', false, '{}', 2, 2)
                """)
            try Self.withoutTime.run(on: uri, date: Self.nextDate)
            #expect(try kinds(connection) == ["kept": 240])
            let shown = try connection.value(
                """
                select count(*) from serving.current_recommendations
                where item_id = \(removed) or (user_id = \(user) and item_id = \(item))
                """, as: Int64.self)
            #expect(shown == 0)
            // The rest stands in the same order.
            let (before, after) = try connection.query(
                """
                select o.item_ids, n.item_ids
                from serving.recommendation_lists as o
                inner join serving.recommendation_lists as n using (user_id)
                where o.publication_id = 1 and n.publication_id = 2 and user_id = \(user)
                """, as: ([Int64], [Int64]).self)[0]
            #expect(after == before.filter { $0 != item && $0 != removed })
        }
    }

    @Test func `under other weights nothing is kept: what the cohort likes`() throws {
        try Databases.withPublication { connection, uri throws in
            try connection.script(
                """
                insert into serving.weights (weights_version, term_name, weight, reason)
                values (3, 'affinity', 1, 'test'), (3, 'popularity', 0.5, 'test');
                insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
                select user_id, '2024-03-25 08:00+00', '{"language": "de", "region": "by"}', 2, 2
                from source.users where user_id % 2 = 0;
                """)
            try Self.withoutTime.run(on: uri, date: Self.nextDate)
            #expect(try kinds(connection) == ["fallback": 240])
            #expect(try usersWithoutRows(connection) == 0)
            let strange = try connection.value(
                """
                select count(*)
                from serving.current_recommendations as r
                left join serving.fallbacks as f
                    on f.publication_id = r.publication_id and f.item_id = r.item_id
                    and (f.language, f.region) = (
                        case when r.user_id % 2 = 0 then 'de' else '' end,
                        case when r.user_id % 2 = 0 then 'by' else '' end)
                where f.item_id is null or r.source <> 'fallback'
                """, as: Int64.self)
            #expect(strange == 0)
            // Two cohorts, two lists; and nobody falls back on what they liked.
            let liked = try connection.value(
                """
                select count(*)
                from serving.current_recommendations as r
                inner join source.interactions as i using (user_id, item_id)
                where i.action_id in (3, 8)
                """, as: Int64.self)
            #expect(liked == 0)
            let lists = try connection.value(
                "select count(distinct (language, region)) from serving.fallbacks where publication_id = 2",
                as: Int64.self)
            #expect(lists == 2)
        }
    }

    @Test func `the first run of all without time`() throws {
        try Databases.withWorld { connection, uri throws in
            var nightly = Nightly()
            nightly.ranking["budget_minutes"] = "0"
            try nightly.run(on: uri)
            #expect(try kinds(connection) == ["fallback": 240])
            #expect(try usersWithoutRows(connection) == 0)
            // With time on the next day everybody is ranked again.
            try Nightly.serving().run(on: uri, date: Self.nextDate)
            #expect(try kinds(connection) == ["model": 240])
        }
    }

    @Test func `a budget below zero is refused`() throws {
        var nightly = Nightly()
        nightly.ranking["budget_minutes"] = "-1"
        let error = #expect(throws: (any Error).self) {
            try nightly.withFile { try JobFile.load(path: $0) }
        }
        #expect("\(error!)".contains("\"steps.rank.budget_minutes\" must lie between 0 and 10000"))
    }
}
