import Jobs
import Pipeline
import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing

/// Scores add up, no candidate vanishes, nobody gets nothing: what every publication must show before
/// it is published.
@Suite struct FunnelCheckTests {
    static let breaches: [(change: String, rule: String)] = [
        // P3: scores add up.
        (
            "update serving.recommendation_lists set scores[7] = scores[7] + 0.00001 where user_id = 10001",
            "a score is not the sum of weight times term, times the multipliers (1)"
        ),
        (
            "update serving.recommendation_lists set terms[4] = terms[4] + 0.001 where user_id = 10001",
            "a score is not the sum of weight times term, times the multipliers (1)"
        ),
        (
            "update serving.recommendation_lists set multipliers[2] = 0.9 where user_id = 10001",
            "a score is not the sum of weight times term, times the multipliers (1)"
        ),
        (
            """
            update serving.recommendation_lists set multipliers = multipliers[21:]
            where user_id = 10001
            """,
            "a list has not as many terms or multipliers as the publication says (1)"
        ),
        (
            "update serving.recommendation_lists set propensities[1] = 0 where user_id = 10001",
            "a propensity is not a probability (1)"
        ),
        // P4: no candidate vanishes.
        (
            """
            update serving.candidate_fates set fate_ids = fate_ids[:cardinality(fate_ids) - 1]
            where user_id = 10001 and source_id = 2
            """,
            "a candidate vanished: it has no fate, or a fate has no candidate (1)"
        ),
        (
            "update serving.candidate_fates set fate_ids[1] = 99 where user_id = 10001 and source_id = 2",
            "a candidate vanished: it has no fate, or a fate has no candidate (1)"
        ),
        (
            """
            update serving.candidate_lists
            set item_ids = item_ids || 502::bigint, scores = scores || 0::real
            where user_id = 10001 and source_id = 2
            """,
            "a candidate vanished: it has no fate, or a fate has no candidate (1)"
        ),
        (
            """
            update serving.funnel_counts set candidate_count = candidate_count + 1
            where source_id = 1 and fate_id = 40
            """,
            "the funnel does not balance: counts differ from the fates of candidates (1)"
        ),
        (
            "delete from serving.funnel_counts where source_id = 1 and fate_id = 40",
            "the funnel does not balance: counts differ from the fates of candidates (1)"
        ),
        (
            """
            update serving.candidate_fates set fate_ids = array_replace(fate_ids, 50::smallint, 40::smallint)
            where user_id = 10001
            """,
            "a candidate counts as published and is not, or the other way (20)"
        ),
        // P11: nobody gets nothing.
        (
            "delete from serving.recommendation_lists where user_id = 10001",
            "a user has no list (1)"
        ),
    ]

    @Test(arguments: breaches) func `one row that breaks a promise holds the publication`(
        change: String, rule: String
    ) throws {
        try Databases.withPublication { connection, uri throws in
            try unpublish(connection)
            try connection.script(change)
            let error = #expect(throws: PipelineError.self) { try publish(uri) }
            #expect(error?.message.contains(rule) == true, "\(error?.message ?? "")")
            #expect(try connection.value("select count(*) from serving.pointer", as: Int.self) == 0)
        }
    }

    @Test func `what was not touched is published`() throws {
        try Databases.withPublication { connection, uri throws in
            try unpublish(connection)
            try publish(uri)
            #expect(try connection.value("select count(*) from serving.pointer", as: Int.self) == 1)
        }
    }

    @Test func `at every stage of every source what comes in is kept or dropped for a reason`()
        throws
    {
        try Databases.withPublication { connection, _ throws in
            let unbalanced = try connection.value(
                """
                with stages as (
                    select source, stage_place, stage, in_count, kept_count,
                        sum(reason_count) as reason_count,
                        lead(in_count) over (partition by source order by stage_place) as next_count
                    from monitor.funnel
                    group by source, stage_place, stage, in_count, kept_count
                )
                select count(*) from stages
                where in_count <> case stage when 'published' then reason_count
                        else kept_count + reason_count end
                    or kept_count <> coalesce(next_count, in_count)
                """, as: Int.self)
            #expect(unbalanced == 0)
            // What comes in at first is what was proposed, and what comes out in the end is published.
            let ends = try connection.query(
                """
                select f.source, min(f.in_count) filter (where f.stage_place = (
                        select min(e.stage_place) from serving.fates as e)) - (
                    select count(*) from serving.candidates as c where c.source = f.source),
                    min(f.kept_count) filter (where f.stage = 'published') - (
                    select count(*) from serving.current_recommendations as r
                    where r.source = f.source)
                from monitor.funnel as f
                group by f.source
                """, as: (String, Int, Int).self)
            #expect(ends.count >= 3)
            #expect(ends.allSatisfy { $0.1 == 0 && $0.2 == 0 })
        }
    }

    /// Puts the publication back to before the step publish.
    private func unpublish(_ connection: Connection) throws {
        try connection.script(
            """
            delete from serving.pointer;
            update serving.publications set status = 'building', published_at = null;
            """)
    }

    private func publish(_ uri: String) throws {
        let connection = try Connection(uri, applicationName: "test")
        defer { connection.close() }
        try connection.setRole("vitrine_job")
        _ = try PublishStep(keepPublications: 30, keepCandidates: 1, isJudgedFirst: false).run(
            in: StepContext(
                connection: connection, catalog: try SQLCatalog.locate(),
                runID: try connection.value(
                    "select run_id from serving.publications", as: Int64.self),
                asOfDate: PlantedWorld.date, codeVersion: "test", stop: StopSignal(),
                progress: { _ in }))
    }
}
