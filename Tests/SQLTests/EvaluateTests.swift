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
            // Named as positive, but of no weight: the towers do not learn it, and it is not counted.
            var arguments = SQLDatabase.arguments(asOf: day("2024-03-29"))
            arguments["positive_actions"] = Bind(["like", "click", "impression"])
            try database.execute(
                "update source.interactions set repeat_count = 5 where item_id = 12")
            #expect(
                try database.table(
                    script: "evaluate/popularity", arguments)
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

    /// Runs that have trained an evaluation model each, and the model that is found for a file.
    private func newest(
        _ runs: [(parameters: String, version: String)], for parameters: String,
        asOf date: String = "infinity", withoutBytes lost: Set<Int> = []
    ) throws -> [String] {
        try SQLDatabase.with { database in
            for (index, run) in runs.enumerated() {
                try database.execute(
                    """
                    insert into ops.runs (job_name, as_of_date, parameters, code_version, host_name,
                        process_id, status, finished_at)
                    values ('job', date '2024-03-01' + \(index), '\(run.parameters)',
                        '\(run.version)', 'here', 1, 'succeeded', '2024-04-01');
                    insert into model.models (run_id, kind, purpose, as_of_date, configuration,
                        data_hash, seed, code_version, dimension)
                    values (\(index + 1), 'two_tower', 'evaluation', '2024-03-01', '{}', '0', 1,
                        '\(run.version)', 2);
                    insert into model.artefacts (model_id, part_number, content)
                    select \(index + 1), 1, '' where \(!lost.contains(index + 1))
                    """)
            }
            return try database.table(
                script: "evaluate/newest_model",
                [
                    "job_name": Bind("job"), "code_version": Bind("1"),
                    "parameters": Bind(JSONB(parameters)), "as_of_date": Bind(day(date)),
                ])
        }
    }

    @Test func `a model is found by what it depends on, not by how it is measured`() throws {
        let asked = #""evaluate": {"protocol": "time_split"}"#
        let file = #""settings": {"seed": 1}, "steps": {"train": {"epochs": 2}"#
        let runs = [
            ("{\(file), \"evaluate\": {\"recall_cutoff\": 10}}}", "1"),
            ("{\(file.replacing("2", with: "3"))}}", "1"),
            ("{\(file.replacing("1", with: "2"))}}", "1"), ("{\(file)}}", "2"),
        ]
        let wanted = "{\(file), \"evaluate\": {\"recall_cutoff\": 20}}, \(asked)}"
        #expect(try newest(runs, for: wanted) == ["(1,2024-03-01)"])
        #expect(try newest(runs + [("{\(file)}}", "1")], for: wanted) == ["(5,2024-03-05)"])
        #expect(
            try newest(runs + [("{\(file)}}", "1")], for: wanted, asOf: "2024-03-01")
                == ["(1,2024-03-01)"])
        #expect(try newest(runs, for: wanted, asOf: "2024-03-02") == [])
        // One whose bytes are gone cannot be measured: an older one is, or it is trained anew.
        #expect(
            try newest(runs + [("{\(file)}}", "1")], for: wanted, withoutBytes: [5])
                == ["(1,2024-03-01)"])
        #expect(try newest(runs, for: wanted, withoutBytes: [1]) == [])
    }

    @Test func `a model of another protocol is another model`() throws {
        let left = #"{"settings": {"protocol": "leave_one_out"}}"#
        let asked = { (protocol: String, settings: String) in
            #"{"settings": {\#(settings)}, "evaluate": {"protocol": "\#(`protocol`)"}}"#
        }
        let own = #""protocol": "leave_one_out""#
        #expect(
            try newest([(left, "1")], for: asked("leave_one_out", own)) == ["(1,2024-03-01)"])
        #expect(try newest([(left, "1")], for: asked("time_split", own)) == [])
        #expect(
            try newest([(asked("leave_one_out", ""), "1")], for: asked("leave_one_out", ""))
                == ["(1,2024-03-01)"])
        #expect(
            try newest([(asked("leave_one_out", ""), "1")], for: asked("time_split", "")) == [])
        #expect(try newest([("{\"settings\": {}}", "1")], for: asked("time_split", "")).count == 1)
    }

    @Test func `the model in use comes before a newer one that is not`() throws {
        try SQLDatabase.with { database in
            let find = {
                try database.table(
                    script: "evaluate/current_model",
                    ["job_name": Bind("job"), "as_of_date": Bind(day("infinity"))])
            }
            #expect(try find() == [])
            try database.execute(
                """
                insert into ops.runs (job_name, as_of_date, parameters, code_version, host_name,
                    process_id, status, finished_at)
                select 'job', date '2024-03-01' + n, '{}', '1', 'here', 1, 'succeeded', '2024-04-01'
                from generate_series(1, 3) as n;
                insert into model.models (run_id, kind, purpose, as_of_date, configuration,
                    data_hash, seed, code_version, dimension)
                select n, 'two_tower', 'serving', date '2024-03-01' + n, '{}', '0', 1, '1', 2
                from generate_series(1, 3) as n;
                insert into model.artefacts (model_id, part_number, content)
                select n, 1, '' from generate_series(1, 3) as n
                """)
            #expect(try find() == ["(3,2024-03-04)"])
            for model in [1, 2] as [Int64] { try database.deploy(model) }
            #expect(try find() == ["(2,2024-03-03)"])
            try database.execute("delete from model.artefacts where model_id in (2, 3)")
            #expect(try find() == ["(1,2024-03-02)"])
        }
    }
}
