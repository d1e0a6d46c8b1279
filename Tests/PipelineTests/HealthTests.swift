import Jobs
import Postgres
import SQLCatalog
import Testing

@testable import Pipeline

/// What the nightly job measures of its own health.
@Suite struct HealthTests {
    private func measures(_ connection: Connection) throws -> [String: [String: Double]] {
        let rows = try connection.query(
            "select measure_name, subject, value from monitor.measures",
            as: (String, String, Double).self)
        return Dictionary(grouping: rows, by: \.0).mapValues { rows in
            Dictionary(uniqueKeysWithValues: rows.map { ($0.1, $0.2) })
        }
    }

    @Test func `models are measured: ranker, quality, spread, staleness`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            let measures = try measures(connection)
            let auc = try #require(measures["ranker_auc"])
            #expect(Set(auc.keys) == ["like", "long_view"])
            #expect(auc.values.allSatisfy { $0 > 0.5 && $0 <= 1 })
            for name in ["log_loss", "normalised_entropy", "calibration", "calibration_error"] {
                #expect(measures["ranker_\(name)"]?.count == 2, "\(name)")
            }
            let recall = try #require(measures["recall"])
            #expect(recall["funnel/all"] ?? 0 > 0 && recall["two_tower/all"] ?? 0 > 0)
            for subject in ["items", "users"] {
                let rank = try #require(measures["embedding_effective_rank"]?[subject])
                #expect(rank > 1.5, "\(subject)")
                let share = try #require(measures["embedding_rank_share"]?[subject])
                #expect(share > 0 && share <= 1)
                #expect(measures["embedding_mean_share"]?[subject] ?? 1 < 0.99)
            }
            #expect(measures["trained_data_age"] == ["two_tower": 0, "ranker": 0])
            let gini = try #require(measures["exposure_gini"]?["all"])
            #expect(gini > 0 && gini < 1)
            #expect(measures["popular_1_percent_share"] != nil)
        }
    }

    @Test func `the system is measured: lag, sizes, costs, who waits`() throws {
        try Databases.withPublication { connection, _ throws in
            let measures = try measures(connection)
            #expect(measures["event_to_recommendation"]?["all"] ?? 0 > 0)
            #expect(measures["publication_lag"]?["all"] ?? 0 > 0)
            #expect(measures["table_size"]?["source.interactions"] ?? 0 > 0)
            #expect(measures["index_size"]?["source.interactions"] ?? 0 > 0)
            #expect(measures["step_cost"]?["train"] ?? 0 > 0)
            #expect(measures["stage_cost"]?.keys.contains { $0.hasPrefix("rank/") } == true)
            #expect(measures["deferred_users"] == ["all": 0])
            #expect(measures["longest_wait"] == ["all": 0])
            // One run is no history.
            #expect(measures["step_duration_ratio"] == nil)
        }
    }

    @Test func `reliability diagrams hold what the error was computed from`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            let errors = try connection.query(
                """
                select b.task_name, q.value, sum(b.prediction_count
                        * abs(b.mean_prediction - b.positive_share)) / sum(b.prediction_count)
                from model.reliability as b
                inner join model.metrics as q
                    on q.model_id = b.model_id and q.protocol = b.protocol
                    and q.metric_name = b.task_name || '_calibration_error'
                group by b.model_id, b.protocol, b.task_name, q.value
                """, as: (String, Double, Double).self)
            #expect(errors.count == 4, "two tasks, calibrated once and each night")
            for (task, stored, fromBins) in errors {
                #expect(abs(stored - fromBins) < 1e-9, "\(task)")
            }
        }
    }

    @Test func `the step can be done again`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            let settings = try Nightly.ranked.withFile { try JobFile.load(path: $0).settings }
            let context = StepContext(
                connection: connection, catalog: try SQLCatalog.locate(), runID: 1,
                asOfDate: PlantedWorld.date, codeVersion: "test", stop: StopSignal(),
                progress: { _ in })
            func stored() throws -> [Int64] {
                try [
                    "monitor.list_counts", "monitor.funnel_history", "monitor.funnel",
                    "(select from monitor.measures where level = 'model')",
                ].map {
                    try connection.value(
                        Query(text: "select count(*) from \($0) as t"), as: Int64.self)
                }
            }
            let before = try stored()
            #expect(before[0] >= 1 && before[1] > 10 && before[1] == before[2])
            _ = try MonitorStep(settings).run(in: context)
            #expect(try stored() == before)
        }
    }
}
