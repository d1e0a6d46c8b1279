import Postgres
import SQLCatalog
import Testing

/// What is held out, and the popularity baseline, on a few rows.
@Suite struct EvaluateTests {
    private func truth(_ interactions: String) throws -> [String] {
        try SQLDatabase.with { database in
            try database.interact(interactions)
            return try database.table(
                script: "evaluate/truth",
                [
                    "as_of_date": Bind(day("2024-03-22")), "until_date": Bind(day("2024-03-29")),
                    "positive_actions": Bind(["like", "click"]),
                ])
        }
    }

    @Test func `the truth is what users liked anew between the dates`() throws {
        #expect(
            try truth(
                """
                (1, 12, 'like', '2024-03-22 00:00', '2024-03-22 00:00'),
                (1, 11, 'click', '2024-03-28 23:59:59', '2024-03-28 23:59:59'),
                (1, 11, 'like', '2024-03-25', '2024-03-25'),
                (2, 10, 'like', '2024-03-29 00:00', '2024-03-29 00:00'),
                (3, 10, 'like', '2024-03-21 23:59:59', '2024-03-21 23:59:59'),
                (4, 10, 'impression', '2024-03-25', '2024-03-25')
                """) == ["(1,\"{11,12}\")"])
    }

    @Test func `what was liked before is no discovery`() throws {
        #expect(
            try truth(
                """
                (1, 10, 'click', '2024-01-05', '2024-01-05'), (1, 10, 'like', '2024-03-25', '2024-03-25'),
                (2, 10, 'impression', '2024-01-05', '2024-01-05'), (2, 10, 'like', '2024-03-25', '2024-03-25')
                """) == ["(2,{10})"])
    }

    @Test func `a row is of the time at which it became known`() throws {
        #expect(
            try truth(
                """
                (1, 10, 'like', '2024-03-20', '2024-03-22'), (2, 10, 'like', '2024-03-25', '2024-03-29'),
                (3, 10, 'like', '2024-03-20', '2024-03-21')
                """) == ["(1,{10})"])
    }

    @Test func `popularity counts the last days, repeats as often as they stood`() throws {
        try SQLDatabase.with { database in
            try database.interactAtOnce([
                (1, 10, "like", "2024-03-28 23:59:59"), (2, 10, "click", "2024-03-22 00:00"),
                (3, 10, "like", "2024-03-21 23:59:59"), (4, 10, "like", "2024-03-29 00:00"),
                (1, 11, "impression", "2024-03-25"), (1, 12, "like", "2024-03-25"),
            ])
            try database.execute(
                "update source.interactions set repeat_count = 5 where item_id = 12")
            #expect(
                try database.table(
                    script: "evaluate/popularity", SQLDatabase.arguments(asOf: day("2024-03-29")))
                    == ["(10,2)", "(12,5)"])
        }
    }

    @Test func `measures are stored once a model, with bounds where there are any`() throws {
        try SQLDatabase.with { database in
            _ = try database.openPublication(run: 1)
            let arguments: [String: Bind] = [
                "model_id": Bind(Int64(1)), "protocol": Bind("split"),
                "cohorts": Bind(["all", "low"]), "metric_names": Bind(["recall", "recall"]),
                "cutoffs": Bind([Int32(50), 50]), "metric_values": Bind([0.25, 0.5]),
                "lower_bounds": Bind([0.2, Double.nan]), "upper_bounds": Bind([0.3, Double.nan]),
                "user_counts": Bind([Int64(10), 4]),
            ]
            try database.run("evaluate/store_metrics", arguments)
            #expect(
                try database.table(
                    """
                    select kind, cohort, cutoff, value, lower_bound, upper_bound, user_count
                    from monitor.model_quality order by cohort
                    """) == ["(two_tower,all,50,0.25,0.2,0.3,10)", "(two_tower,low,50,0.5,,,4)"])
            try database.run("evaluate/clear_metrics", ["run_id": Bind(Int64(1))])
            #expect(try database.table("select * from model.metrics") == [])
            #expect(try database.table("select count(*) from model.models") == ["(1)"])
        }
    }
}
