import Jobs
import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing

@testable import Pipeline

/// Several interests of a user, from training to the lists.
@Suite struct InterestTests {
    private static let nightly: Nightly = {
        var nightly = Nightly()
        nightly.training.merge([
            "history_encoding": "attentionPooling", "interest_count": "3",
            "interest_attention": "maximum", "validation_share": "0.1",
        ]) { $1 }
        return nightly
    }()

    /// The score of every user and item, as the tables have it.
    private static let scores = """
        with scores as (
            select u.user_id, i.item_id, max(p.product) as score
            from model.user_embeddings as u
            inner join model.item_embeddings as i on i.space_id = u.space_id
            cross join lateral (
                select sum(x.u::float8 * x.i::float8) as product
                from unnest(u.embedding, i.embedding) as x (u, i)
            ) as p
            where u.user_id % 3 = 0
            group by u.user_id, i.item_id
        )
        """

    @Test func `a run writes every interest and ranks by the best`() throws {
        let world = PlantedWorld()
        try Databases.withWorld { connection, uri in
            try connection.execute(
                "update serving.sources set quota = 40 where source_name = 'two_tower'")
            try Self.nightly.run(on: uri)
            #expect(
                try connection.query(
                    "select count(*) from model.user_embeddings group by interest order by interest",
                    as: Int.self) == [world.userCount, world.userCount, world.userCount])
            // With a history there is something to tell interests apart by.
            #expect(
                try connection.value(
                    """
                    select count(*) from (
                        select user_id from model.user_embeddings
                        group by user_id having count(distinct embedding) = 3
                    ) as u
                    """, as: Int.self) > world.userCount / 2)

            // Full lists without doubles, for those without history too.
            #expect(
                try connection.value(
                    """
                    select count(*) from serving.candidate_lists as c
                    where c.source_id = 1 and (
                        cardinality(c.item_ids) <> 40
                        or (select count(distinct i) from unnest(c.item_ids) as i) <> 40)
                    """, as: Int.self) == 0)
            #expect(
                try connection.value(
                    "select count(*) from serving.candidate_lists where source_id = 1",
                    as: Int.self) == world.userCount)
            // Each score is that of the interest that fits best, and what is not in the list scores no
            // better.
            let difference = try connection.value(
                Query(
                    text: Self.scores + """
                        select max(abs(s.score - x.score))
                        from serving.candidate_lists as c
                        cross join lateral unnest(c.item_ids, c.scores) as x (item_id, score)
                        inner join scores as s
                            on s.user_id = c.user_id and s.item_id = x.item_id
                        where c.source_id = 1
                        """), as: Double.self)
            #expect(difference < 1e-4)
            let missed = try connection.value(
                Query(
                    text: Self.scores + """
                        select count(*)
                        from serving.candidate_lists as c
                        inner join scores as s on s.user_id = c.user_id
                        left join feature.user_histories as h
                            on h.user_id = c.user_id and h.as_of_date = '\(PlantedWorld.date)'
                        where c.source_id = 1 and s.score > c.scores[40] + 1e-4
                            and s.item_id <> all (c.item_ids)
                            and s.item_id <> all (coalesce(h.item_ids, '{}'))
                            and s.item_id <> \(PlantedWorld.removedItem)
                        """), as: Int.self)
            #expect(missed == 0)
            #expect(
                try connection.value(
                    """
                    select count(*) from model.metrics inner join model.models using (model_id)
                    where kind = 'two_tower' and metric_name = 'ndcg' and cohort = 'all'
                        and value > 0
                    """, as: Int.self) == 1)
        }
    }

    @Test func `users with different numbers of embeddings are refused`() throws {
        try Databases.withPublication { connection, _ throws in
            let space = try connection.value(
                "select model_id from serving.publications", as: Int64.self)
            let store = EmbeddingStore(
                context: StepContext(
                    connection: connection, catalog: try SQLCatalog.locate(), runID: 1,
                    asOfDate: PlantedWorld.date, codeVersion: "test", stop: StopSignal(),
                    progress: { _ in }), spaceID: space)
            let users = try store.users(buckets: 0...1023)
            #expect(users.ids.count == PlantedWorld().userCount)
            #expect(users.embeddings.interestCount == 1)
            try connection.execute(
                """
                insert into model.user_vectors (space_id, user_id, interest, components)
                select space_id, user_id, 1, components from model.user_vectors
                where user_id = \(PlantedWorld().userID(5))
                """)
            let error = #expect(throws: PipelineError.self) {
                _ = try store.users(buckets: 0...1023)
            }
            #expect(error?.message.contains("differ in their number of embeddings") == true)
        }
    }
}
