import Evaluation
import Jobs
import LinearAlgebra
import Postgres
import Ranking
import Testing

@testable import Pipeline

/// What the benchmark of the ranker reads from a database that a job has filled.
@Suite struct RankerComparisonTests {
    private func comparison(_ connection: Connection) throws -> RankerComparison {
        try Nightly.ranked.withFile {
            try RankerComparison(JobFile.load(path: $0), connection)
        }
    }

    @Test func `it measures what the step evaluate has measured`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            let comparison = try comparison(connection)
            let predictions = try comparison.predictions(comparison.configuration, seed: 1)
            let labels = comparison.measured.labels
            for (matrix, words) in [
                (predictions.calibrated, "%before them"), (predictions.recalibrated, "%each night"),
            ] {
                for (column, task) in comparison.measured.schema.tasks.enumerated() {
                    let stored = try connection.value(
                        """
                        select value from monitor.model_quality
                        where kind = 'ranker' and metric_name = \("\(task.name)_log_loss")
                            and protocol like \(words)
                        """, as: Double.self)
                    let measured = try #require(
                        ProbabilityEvaluation(
                            predictions: (0..<matrix.rows).map { matrix[$0, column] },
                            labels: (0..<labels.rows).map { labels[$0, column] > 0 }))
                    #expect(abs(measured.logLoss - stored) < 1e-9, "\(task.name) \(words)")
                }
            }
        }
    }

    @Test func `settings are chosen on days that the ranker learns from`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            let all = try comparison(connection)
            let earlier = try #require(try all.validation(days: 2))
            #expect(earlier.days.upperBound == all.days.lowerBound)
            #expect(
                earlier.learned.labels.rows + earlier.measured.labels.rows
                    == all.learned.labels.rows)
            let split = earlier.days.lowerBound.daysSinceEpoch
            #expect(earlier.learned.days.allSatisfy { $0 < split })
            #expect(earlier.measured.days.allSatisfy { $0 >= split })
            #expect(try all.validation(days: 100) == nil)
        }
    }

    @Test func `each day has a ranker of the days before`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            let comparison = try comparison(connection)
            let once = try comparison.predictions(comparison.configuration, seed: 1)
            let nightly = try comparison.retrained(comparison.configuration, seed: 1)
            let measured = comparison.measured
            let firstDay = measured.days[0]
            let contexts = measured.days.count { $0 == firstDay }
            let rows = measured.inputs.candidateOffsets[contexts]
            // On the first day the two have learned the same; products of fewer rows round otherwise.
            func differ(_ row: Int) -> Bool {
                zip(nightly.scores[row: row], once.scores[row: row]).contains {
                    abs($0 - $1) > 1e-5
                }
            }
            #expect(!(0..<rows).contains(where: differ))
            #expect((rows..<measured.labels.rows).contains(where: differ))
        }
    }

    @Test func `the step rank says what the ranker has scored`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            let work = try SecondStageWork(connection)
            let (candidates, users) = try #require(
                try connection.first(
                    """
                    select sum(cardinality(r.item_ids))::bigint, count(*)
                    from serving.ranked_lists as r
                    inner join serving.recommendation_lists as l using (publication_id, user_id)
                    inner join serving.pointer using (publication_id)
                    where l.list_kind = 'model'
                    """, as: (Int64, Int64).self))
            #expect(work.candidates == Int(candidates))
            #expect(work.users >= Int(users))
            #expect(work.events > 0 && work.seconds > 0)
        }
    }
}
