import Foundation
import Jobs
import Pipeline
import Postgres
import Testing

/// Searches for settings on the planted world.
@Suite struct SearchTests {
    /// A trial that is as good as its job, one that learns nothing, and one that cannot be trained.
    private static let list = [
        "as the job says: {}", "hardly trained: {epochs: 1, table_learning_rate: 0.00001}",
        "exploding: {dense_learning_rate: 1000000, loss_limit: 50}",
    ]

    private func trials(_ connection: Connection, _ columns: String) throws -> [String] {
        try connection.query(
            Query(
                text: """
                    select concat_ws(' | ', \(columns)) from monitor.trials
                    order by study_name, rung, trial_number, attempt
                    """), as: String.self)
    }

    private func failure(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return "\(error)" }
    }

    @Test func `a trial has the figures of the job with its settings`() throws {
        try Databases.withWorld { connection, uri throws in
            var study = StudyFile.list(["shorter: {epochs: 2, seed: 5}"])
            study.lines.append("measured_on: test")
            try study.search(on: uri)
            var job = Nightly.with(["seed": "5"]).only(["features", "train", "evaluate"])
            job.training["epochs"] = "2"
            try job.run(on: uri)
            let differences = try connection.value(
                """
                select count(*) from model.metrics as q
                inner join model.models as m using (model_id)
                cross join model.trials as t
                where m.kind = 'two_tower' and q.cohort = 'all'
                    and (t.metrics -> q.metric_name ->> 'value')::float8 is distinct from q.value
                """, as: Int.self)
            #expect(differences == 0)
            let same = try connection.query(
                """
                select t.configuration = m.configuration, t.data_hash = m.data_hash,
                    t.protocol = (select min(protocol) from model.metrics),
                    t.settings::text, t.seed, t.held_out
                from model.trials as t cross join model.models as m
                where m.kind = 'two_tower' and m.purpose = 'evaluation'
                """, as: (Bool, Bool, Bool, String, Int64, String).self)
            #expect(same.count == 1)
            #expect(same[0] == (true, true, true, "{\"epochs\": 2}", 5, "test"))
        }
    }

    @Test func `what cannot be trained is a row with its error, and not the end`() throws {
        try Databases.withWorld { connection, uri throws in
            let study = StudyFile.list([Self.list[2], Self.list[1], Self.list[0]])
            try study.search(on: uri)
            #expect(
                try trials(connection, "trial_name, status, place, attempt") == [
                    "exploding | failed | 3 | 1", "hardly trained | succeeded | 2 | 1",
                    "as the job says | succeeded | 1 | 1",
                ])
            let row = try connection.query(
                """
                select (max(error_message) filter (where status = 'failed')) like 'loss %',
                    max(objective_value) > 2 * min(objective_value),
                    bool_and(objective_value between objective_lower and objective_upper),
                    bool_and(objective_value = ndcg and recall > 0 and ndcg_cutoff = 10),
                    bool_and(examples_per_second > 0 and training_seconds > 0),
                    bool_and(held_out = 'validation'), min(protocol)
                from monitor.trials
                """, as: (Bool, Bool, Bool, Bool, Bool, Bool, String).self)[0]
            #expect(row.0 && row.1 && row.2 && row.3 && row.4 && row.5)
            #expect(row.6 == "time split at 2024-03-11, held out until 2024-03-18")
            let models = try connection.value("select count(*) from model.models", as: Int.self)
            #expect(models == 0)
        }
    }

    @Test func `a search where nothing can be trained says where the reasons are`() throws {
        try Databases.withWorld { _, uri throws in
            let message = failure { try StudyFile.list([Self.list[2]]).search(on: uri) }
            #expect(message.contains("no trial of study towers could be trained"), "\(message)")
            #expect(message.contains("HINT:  select error_message from monitor.trials"))
        }
    }

    @Test func `a search that was killed goes on with the trial at which it died`() throws {
        try Databases.withWorld { connection, uri throws in
            let study = StudyFile.random(
                ["table_learning_rate: {from: 0.02, to: 0.3, scale: log}"], ["count: 3"])
            let words = [
                "search", "study.yaml", "--date", "\(PlantedWorld.date)", "--database", uri,
            ]
            // Trained, and about to be recorded.
            let hold = try StepHold(
                "search", before: "update", of: "old.trial_name = 'draw 2'", on: uri)
            let process = try VitrineProcess(words, files: study.files)
            let session = try hold.waitUntilHeld()
            process.send(SIGKILL)
            #expect(try process.wait().status == -SIGKILL)
            try hold.terminate(session)
            try hold.release()
            #expect(
                try trials(connection, "trial_name, status") == [
                    "draw 1 | succeeded", "draw 2 | running",
                ])
            let outcome = try VitrineProcess(words, files: study.files).wait()
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(
                try trials(connection, "trial_name, attempt, status, error_message") == [
                    "draw 1 | 1 | succeeded",
                    "draw 2 | 1 | interrupted | the process ended without finishing the trial",
                    "draw 2 | 2 | succeeded", "draw 3 | 1 | succeeded",
                ])
            // The same trials and figures as in a search that nothing disturbed.
            let undisturbed = try VitrineProcess.run(
                words + ["--study", "undisturbed"], files: study.files)
            #expect(undisturbed.status == 0, "\(undisturbed.errors)")
            let different = try connection.value(
                """
                select count(*) from model.trials as a
                full join model.trials as b
                    on b.trial_name = a.trial_name and b.configuration = a.configuration
                    and b.metrics = a.metrics and b.study_name = 'undisturbed'
                where a.study_name = 'towers' and a.status = 'succeeded' and b.study_name is null
                """, as: Int.self)
            #expect(different == 0)
        }
    }

    @Test func `a search that is stopped says so in the row of its trial`() throws {
        try Databases.withWorld { connection, uri throws in
            let study = StudyFile.list(["long: {epochs: 100000}"])
            let process = try VitrineProcess(
                ["search", "study.yaml", "--date", "\(PlantedWorld.date)", "--database", uri],
                files: study.files)
            while try trials(connection, "status") != ["running"] {
                try #require(process.isRunning)
                usleep(20_000)
            }
            process.send(SIGTERM)
            let outcome = try process.wait()
            #expect(outcome.status == 130, "\(outcome.errors)")
            #expect(
                try trials(connection, "trial_name, status, error_message") == [
                    "long | interrupted | the search ended without finishing the trial"
                ])
        }
    }

    @Test func `halving trains the best of each round longer`() throws {
        try Databases.withWorld { connection, uri throws in
            let study = StudyFile.halving(
                ["table_learning_rate: {from: 0.0001, to: 0.3, scale: log}"],
                ["count: 9", "first_epochs: 1", "last_epochs: 9"])
            try study.search(on: uri)
            let rounds = try connection.query(
                """
                select concat_ws(' ', rung, count(*), min((configuration ->> 'epochs')::integer),
                    max((configuration ->> 'epochs')::integer))
                from model.trials group by rung order by rung
                """, as: String.self)
            #expect(rounds == ["1 9 1 1", "2 3 3 3", "3 1 9 9"])
            let promotedWorse = try connection.value(
                """
                select count(*) from model.trials as stayed
                inner join model.trials as went using (rung)
                where went.objective_value < stayed.objective_value
                    and exists (select from model.trials as n
                        where n.rung = went.rung + 1 and n.trial_name = went.trial_name)
                    and not exists (select from model.trials as n
                        where n.rung = went.rung + 1 and n.trial_name = stayed.trial_name)
                """, as: Int.self)
            #expect(promotedWorse == 0)
            let best = try connection.value(
                "select rung from monitor.trials where place = 1", as: Int32.self)
            #expect(best == 3)
            // All is done: nothing is done again.
            try study.search(on: uri)
            let counts = try connection.query(
                "select rows_out from ops.steps where step_name = 'search' order by run_id",
                as: Int64.self)
            #expect(counts == [13, 0])
        }
    }

    @Test func `trials may be added to a study, and what differs is refused`() throws {
        try Databases.withWorld { connection, uri throws in
            try StudyFile.list(["one: {epochs: 1}"]).search(on: uri)
            try StudyFile.list(["two: {epochs: 2}", "one: {epochs: 1}"]).search(on: uri)
            #expect(try trials(connection, "trial_name, attempt") == ["one | 1", "two | 1"])

            let renamed = failure { try StudyFile.list(["one: {epochs: 2}"]).search(on: uri) }
            #expect(
                renamed.contains("trial \"one\" of study towers was trained with other settings"))
            #expect(renamed.contains("HINT:  Rename the trial, or give this study a name"))

            var other = StudyFile.list(["one: {epochs: 1}"])
            other.job.evaluation["ranking_cutoff"] = "5"
            #expect(
                failure { try other.search(on: uri) }
                    .contains("study towers was begun with other settings of the job"))
            try other.search(as: "other", on: uri)

            let later = PlantedWorld.date.advanced(by: 1)
            let message = failure {
                try StudyFile.list(["one: {epochs: 1}"]).search(on: uri, date: later)
            }
            #expect(message.contains("study towers was begun for 2024-03-25"), "\(message)")
            #expect(message.contains("HINT:  Go on with --date 2024-03-25, or give this one"))

            try connection.execute(
                """
                update source.user_versions set attributes = '{"device": "watch"}'
                where user_id = (select min(user_id) from source.user_versions)
                """)
            #expect(
                failure { try StudyFile.list(["one: {epochs: 1}"]).search(on: uri) }
                    .contains("trial \"one\" of study towers was trained on other data"))
        }
    }

    @Test func `a result is printed, and the best settings where they may be chosen`() throws {
        try Databases.withWorld { connection, uri throws in
            var study = StudyFile.list(Self.list)
            let words = [
                "search", "study.yaml", "--date", "\(PlantedWorld.date)", "--database", uri,
                "--quiet",
            ]
            let outcome = try VitrineProcess.run(words, files: study.files)
            #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
            let lines = outcome.output.split(separator: "\n").map(String.init)
            #expect(lines[0] == "Study towers: small towers")
            #expect(lines[1].hasPrefix("time split at 2024-03-11, held out until 2024-03-18; "))
            #expect(
                lines[2].hasPrefix("place  trial            ndcg@10  95 % interval     recall@10  ")
            )
            #expect(lines[4].hasPrefix("    1  as the job says "))
            #expect(lines.contains { $0.hasPrefix("exploding: loss ") })
            #expect(outcome.output.contains("\n  train:\n    batch_size: 128\n"))
            #expect(outcome.output.contains("\n    embedding_dimension: 12\n"))

            study.lines.append("measured_on: test")
            let reported = try VitrineProcess.run(
                words + ["--study", "reported"], files: study.files)
            #expect(reported.status == 0, "\(reported.errors)")
            #expect(reported.output.contains("figures to report, not to choose settings by"))
            #expect(!reported.output.contains("train:"))
            let statuses = try connection.query(
                "select job_name || ' ' || status from ops.runs order by run_id", as: String.self)
            #expect(statuses == ["search towers succeeded", "search reported succeeded"])
        }
    }

    @Test func `nothing to learn, or nobody to measure, is said`() throws {
        let study = StudyFile.list(["one: {}"])
        try Databases.withSchema { _, uri throws in
            #expect(
                failure { try study.search(on: uri) }.contains("there is nothing to learn under"))
        }
        try Databases.withWorld { _, uri throws in
            var strict = study
            strict.job.evaluation["minimum_positives"] = "1000"
            #expect(failure { try strict.search(on: uri) }.contains("no user qualifies under"))
        }
    }
}
