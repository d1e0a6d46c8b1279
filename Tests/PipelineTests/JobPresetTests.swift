import Foundation
import Jobs
import Pipeline
import Postgres
import SQLCatalog
import StrictYAML
import Testing

/// Every file of `jobs/`, as it stands, on a small world of the shape that it is meant for.
@Suite struct JobPresetTests {
    /// What the planted world is made into.
    private static let shapes: [String: [String]] = [
        "nightly": [], "small_catalogue": [], "large_catalogue": [], "feed": [],
        "sequences": withoutContent, "pairs": withoutContent + withoutTimes,
    ]

    private static let withoutContent = [
        "update source.item_versions set tags = '{}', creator_id = null, created_at = null",
        "update source.user_versions set attributes = '{}'",
        "delete from source.interactions where action_id not in (3, 8)",
    ]

    /// One after the other, a millisecond apart.
    private static let withoutTimes = [
        """
        update source.interactions as i
        set action_id = 3,
            occurred_at = '2024-03-10 00:00 UTC'::timestamptz + p.place * interval '1 ms',
            known_at = '2024-03-10 00:00 UTC'::timestamptz + p.place * interval '1 ms'
        from (
            select user_id, item_id, action_id, occurred_at, event_key,
                row_number() over (order by occurred_at, event_key) as place
            from source.interactions) as p
        where (i.user_id, i.item_id, i.action_id, i.occurred_at, i.event_key)
            = (p.user_id, p.item_id, p.action_id, p.occurred_at, p.event_key)
        """
    ]

    private static let files: [String] = {
        guard let home = try? Home.locate() else { return [] }
        let files = try? FileManager.default.contentsOfDirectory(atPath: home.path("jobs"))
        return (files ?? []).filter { $0.hasSuffix(".yaml") }.sorted()
    }()

    @Test func `every file has a shape, and is named as its job`() throws {
        let home = try Home.locate()
        #expect(Set(Self.files.map { String($0.dropLast(5)) }) == Set(Self.shapes.keys))
        for file in Self.files {
            let job = try JobFile.load(path: home.path("jobs/\(file)"))
            #expect("\(job.name).yaml" == file)
        }
    }

    @Test(arguments: files) func `a job runs from end to end and learns`(file: String) throws {
        let home = try Home.locate()
        let shape = try #require(Self.shapes[String(file.dropLast(5))])
        try Databases.withWorld { connection, uri throws in
            for statement in shape { try connection.execute(Query(text: statement)) }
            let job = try JobFile.load(path: home.path("jobs/\(file)")).makeJob()
            try JobRunner(
                catalog: try SQLCatalog.locate(), target: ConnectionTarget(uri),
                codeVersion: "test"
            ).run(job, asOfDate: PlantedWorld.date)
            let steps = try connection.query(
                "select step_name from ops.steps where status = 'succeeded' order by position",
                as: String.self)
            #expect(steps == Nightly.allSteps)
            let served = try connection.value(
                "select count(distinct user_id) from serving.current_recommendations",
                as: Int.self)
            #expect(served == PlantedWorld().userCount)
            let (learned, popular) = try connection.query(
                """
                select max(value) filter (where kind = 'two_tower'),
                    max(value) filter (where kind = 'popularity')
                from monitor.model_quality where cohort = 'all' and metric_name = 'ndcg'
                """, as: (Double, Double).self)[0]
            #expect(learned > 1.5 * popular, "\(learned) beside \(popular)")
        }
    }
}
