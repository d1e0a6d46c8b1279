import Foundation
import Jobs
import Postgres
import PostgresTestSupport
import Testing

/// The champion serves until a challenger passes the gate, or a person decides.
@Suite struct GateTests {
    /// `run, challenger, champion, outcome` of every decision.
    private func decisions(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select concat_ws(' ', run_id, challenger_model_id, coalesce(champion_model_id, 0), outcome)
            from model.decisions order by run_id
            """, as: String.self)
    }

    /// `model, replaced, kind, run` of every deployment.
    private func deployments(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select concat_ws(
                ' ', model_id, coalesce(replaced_model_id, 0), kind, coalesce(run_id, 0))
            from model.deployments order by deployment_id
            """, as: String.self)
    }

    private func reasons(ofRun runID: Int64, _ connection: Connection) throws -> String {
        try connection.value(
            """
            select array_to_string(reasons, '; ') from model.decisions where run_id = \(runID)
            """)
    }

    /// Run and model of the current publication.
    private func current(_ connection: Connection) throws -> String {
        try connection.value(
            """
            select p.run_id || ' ' || p.model_id from serving.pointer
            inner join serving.publications as p using (publication_id)
            """)
    }

    private func servingModel(ofRun runID: Int64, _ connection: Connection) throws -> Int64 {
        try connection.value(
            """
            select model_id from model.models
            where run_id = \(runID) and kind = 'two_tower' and purpose = 'serving'
            """)
    }

    @Test func `a worse challenger is refused, and the champion goes on serving`() throws {
        try Databases.withPublication { connection, uri throws in
            let before = try Checksums(connection).publication
            let champion = try servingModel(ofRun: 1, connection)
            #expect(try Nightly.hardlyTrained.run(on: uri) == 2)
            let challenger = try servingModel(ofRun: 2, connection)
            #expect(
                try decisions(connection) == [
                    "1 \(champion) 0 promoted", "2 \(challenger) \(champion) refused",
                ])
            #expect(try deployments(connection) == ["\(champion) 0 gate 1"])
            #expect(try reasons(ofRun: 1, connection) == "there was no champion yet")
            let reason = try reasons(ofRun: 2, connection)
            #expect(reason.hasPrefix("ndcg@10 0."), "\(reason)")
            #expect(reason.contains("a loss of more than 5 % is not excluded"), "\(reason)")
            // The lists of the run are those of the champion: for one date, the same as before.
            #expect(try current(connection) == "2 \(champion)")
            #expect(try Checksums(connection).publication == before)
            #expect(
                try connection.value(
                    "select count(*) from model.artefacts where model_id = \(challenger)",
                    as: Int.self
                ) > 0)
        }
    }

    @Test func `both are measured on the same, as each was alone`() throws {
        try Databases.withPublication { connection, uri throws in
            try Nightly.hardlyTrained.run(on: uri)
            let rows = try connection.query(
                """
                select c.cohort, max(abs(c.challenger_value - a.value)),
                    max(abs(c.champion_value - b.value)),
                    max(abs(c.challenger_value - c.champion_value - c.difference)),
                    bool_and(c.difference between c.lower_bound and c.upper_bound), count(*)
                from monitor.model_comparisons as c
                inner join monitor.models as m on m.model_id = c.challenger_model_id
                inner join monitor.models as n on n.model_id = c.champion_model_id
                inner join model.metrics as a on a.model_id = m.evaluation_model_id
                    and (a.cohort, a.metric_name, a.cutoff) = (c.cohort, c.metric_name, c.cutoff)
                inner join model.metrics as b on b.model_id = n.evaluation_model_id
                    and (b.cohort, b.metric_name, b.cutoff) = (c.cohort, c.metric_name, c.cutoff)
                group by c.cohort order by c.cohort
                """, as: (String, Double, Double, Double, Bool, Int64).self)
            #expect(rows.first?.0 == "all" && rows.count >= 2)
            for row in rows {
                #expect(row.1 < 1e-9 && row.2 < 1e-9 && row.3 < 1e-6 && row.4, "\(row)")
                #expect(row.5 >= 5, "\(row)")
            }
        }
    }

    @Test func `a better challenger is promoted, and the ledger knows both`() throws {
        try Databases.withWorld { connection, uri throws in
            try Nightly.hardlyTrained.run(on: uri)
            let first = try servingModel(ofRun: 1, connection)
            let between = try connection.value("select clock_timestamp()", as: Timestamp.self)
            try Nightly().run(on: uri)
            let second = try servingModel(ofRun: 2, connection)
            #expect(
                try deployments(connection) == [
                    "\(first) 0 gate 1", "\(second) \(first) gate 2",
                ])
            #expect(try current(connection) == "2 \(second)")
            let reason = try connection.value(
                "select reason from monitor.champions where champion_until is null", as: String.self
            )
            #expect(reason.contains("a loss of more than 5 % is excluded"), "\(reason)")
            #expect(
                try connection.value("select model.champion_at(\(between))", as: Int64.self)
                    == first)
            #expect(
                try connection.value("select model.champion_at('infinity')", as: Int64.self)
                    == second)
            #expect(
                try connection.value("select model.champion_at('2000-01-01')", as: Int64?.self)
                    == nil)
            #expect(try Checksums(connection).publication == Databases.undisturbed().publication)
        }
    }

    @Test func `a challenger meets the champion of the day before on days that neither knew`()
        throws
    {
        try Databases.withWorld { connection, uri throws in
            let yesterday = PlantedWorld.date.advanced(by: -1)
            try Nightly().run(on: uri, date: yesterday)
            let champion = try servingModel(ofRun: 1, connection)
            try Nightly.hardlyTrained.run(on: uri)
            let challenger = try servingModel(ofRun: 2, connection)
            #expect(try decisions(connection).last == "2 \(challenger) \(champion) refused")
            #expect(try current(connection) == "2 \(champion)")
            let dates = try connection.query(
                """
                select e.as_of_date::text || ' ' || d.protocol from model.decisions as d
                inner join monitor.models as m on m.model_id = d.champion_model_id
                inner join model.models as e on e.model_id = m.evaluation_model_id
                """, as: String.self)
            #expect(
                dates == ["2024-03-17 time split at 2024-03-18, held out until 2024-03-25"])
            // Its embeddings are those of today, in its own space.
            #expect(
                try connection.value(
                    "select count(distinct space_id) from model.user_embeddings", as: Int.self)
                    == 1)
        }
    }

    @Test func `a champion that knows what is held out is neither beaten nor served`() throws {
        try Databases.withPublication { connection, uri throws in
            let champion = try servingModel(ofRun: 1, connection)
            let error = #expect(throws: JobError.self) {
                try Nightly.only(["features", "train", "evaluate", "embed"])
                    .run(on: uri, date: PlantedWorld.date.advanced(by: -2))
            }
            #expect(
                "\(error!)".hasPrefix(
                    "step embed failed: the champion, model \(champion), knows what became known "
                        + "after the date of the run"))
            #expect(
                try reasons(ofRun: 2, connection)
                    == "the champion knows some of what is held out: it is of a later date")
        }
    }

    @Test func `a champion reads its own attributes, whatever the job names later`() throws {
        try Databases.withPublication { connection, uri throws in
            let champion = try servingModel(ofRun: 1, connection)
            let before = try Checksums(connection).publication
            var other = Nightly.hardlyTrained
            other.settings["profile_attributes"] = "[]"
            try other.run(on: uri)
            #expect(try decisions(connection).last?.hasSuffix("\(champion) refused") == true)
            let difference = try connection.value(
                """
                select max(abs(c.champion_value - a.value))
                from monitor.model_comparisons as c
                inner join monitor.models as n on n.model_id = c.champion_model_id
                inner join model.metrics as a on a.model_id = n.evaluation_model_id
                    and (a.cohort, a.metric_name, a.cutoff) = (c.cohort, c.metric_name, c.cutoff)
                """, as: Double.self)
            #expect(difference < 1e-9)
            #expect(try current(connection) == "2 \(champion)")
            #expect(try Checksums(connection).publication == before)
        }
    }

    @Test func `a champion that cannot be ranked any more gives way`() throws {
        try Databases.withPublication { connection, uri throws in
            try connection.execute(
                """
                delete from model.artefacts where model_id = (
                    select evaluation_model_id from monitor.models)
                """)
            try Nightly.hardlyTrained.run(on: uri)
            #expect(
                try reasons(ofRun: 2, connection).hasPrefix("the champion cannot be ranked: "))
            let second = try servingModel(ofRun: 2, connection)
            #expect(try current(connection) == "2 \(second)")
        }
    }

    @Test func `too few users decide nothing`() throws {
        try Databases.withPublication { connection, uri throws in
            var nightly = Nightly()
            nightly.evaluation["gate"] = "{minimum_users: 100000}"
            try nightly.run(on: uri)
            #expect(
                try reasons(ofRun: 2, connection).hasSuffix(
                    "users to compare on are fewer than 100000: nothing can be decided"))
            #expect(try deployments(connection).count == 1)
        }
    }

    @Test func `a model that could not be measured does not replace one that was`() throws {
        try Databases.withPublication { connection, uri throws in
            var nightly = Nightly()
            nightly.evaluation["minimum_positives"] = "100000"
            try nightly.run(on: uri)
            #expect(try reasons(ofRun: 2, connection) == "the model could not be measured")
            #expect(try deployments(connection).count == 1)
        }
    }

    @Test func `a model that a person promoted before it was measured is let be`() throws {
        try Databases.withPublication { connection, uri throws in
            var failure: (any Error)?
            try Nightly().run(on: uri) { event in
                guard case .stepStarted("evaluate", _, _) = event else { return }
                do {
                    let second = try servingModel(ofRun: 2, connection)
                    let outcome = try vitrine(
                        ["promote", "\(second)", "--reason", "in a hurry"], on: uri)
                    #expect(outcome.status == 0, "\(outcome.errors)")
                } catch { failure = error }
            }
            #expect(failure == nil)
            #expect(try reasons(ofRun: 2, connection) == "the model is champion already")
            let second = try servingModel(ofRun: 2, connection)
            #expect(try current(connection) == "2 \(second)")
            #expect(try deployments(connection).count == 2)
        }
    }

    @Test func `of two models that could not be measured the newer one serves`() throws {
        try Databases.withWorld { connection, uri throws in
            var nightly = Nightly()
            nightly.evaluation["minimum_positives"] = "100000"
            try nightly.run(on: uri)
            try nightly.run(on: uri)
            #expect(
                try reasons(ofRun: 2, connection)
                    == "neither model could be measured: the newer one serves")
            let second = try servingModel(ofRun: 2, connection)
            #expect(try current(connection) == "2 \(second)")
        }
    }

    @Test func `without the step evaluate the first model serves, and stays`() throws {
        try Databases.withWorld { connection, uri throws in
            let steps = Nightly.allSteps.filter { $0 != "evaluate" }
            try Nightly.only(steps).run(on: uri)
            let first = try servingModel(ofRun: 1, connection)
            try Nightly.only(steps).run(on: uri)
            #expect(try deployments(connection) == ["\(first) 0 gate 1"])
            #expect(try current(connection) == "2 \(first)")
        }
    }

    @Test func `a run that only measures changes no champion`() throws {
        try Databases.withWorld { connection, uri throws in
            try Nightly.only(["features", "train", "evaluate"]).run(on: uri)
            #expect(try decisions(connection).count == 1)
            #expect(try deployments(connection) == [])
        }
    }

    // MARK: - People

    private func vitrine(_ arguments: [String], on uri: String) throws -> VitrineProcess.Outcome {
        try VitrineProcess.run(arguments + ["--database", uri])
    }

    @Test func `a model that passed waits for a person where the job says so`() throws {
        try Databases.withPublication { connection, uri throws in
            let champion = try servingModel(ofRun: 1, connection)
            var nightly = Nightly()
            nightly.evaluation["gate"] = "{is_automatic: false}"
            try nightly.run(on: uri)
            let second = try servingModel(ofRun: 2, connection)
            #expect(try decisions(connection).last == "2 \(second) \(champion) passed")
            #expect(try current(connection) == "2 \(champion)")
            let promoted = try vitrine(["promote", "\(second)", "--reason", "looks good"], on: uri)
            #expect(promoted.status == 0, "\(promoted.errors)")
            #expect(
                promoted.output == """
                    model \(second) is champion, in place of model \(champion), from the next run's \
                    embed on

                    """)
            #expect(try current(connection) == "2 \(champion)")
            let serving = ["features", "embed", "retrieve", "rank", "publish"]
            try Nightly.only(serving).run(on: uri)
            #expect(try current(connection) == "3 \(second)")
            let who = try connection.query(
                """
                select kind || ', ' || reason || ', ' || (deployed_by = session_user)
                from monitor.champions where champion_until is null
                """, as: String.self)
            #expect(who == ["promote, looks good, true"])
        }
    }

    @Test func `rolling back goes back by one, and again`() throws {
        try Databases.withWorld { connection, uri throws in
            var models: [Int64] = []
            for nightly in [Nightly.hardlyTrained, Nightly(), Nightly.with(["seed": "2"])] {
                models.append(try servingModel(ofRun: try nightly.run(on: uri), connection))
            }
            try #require(deployments(connection).count >= 2)
            if try deployments(connection).count == 2 {
                // The third passes or not by a hair: what matters here is that there are three.
                let third = try vitrine(["promote", "\(models[2])", "--reason", "try"], on: uri)
                #expect(third.status == 0)
            }
            for target in [models[1], models[0]] {
                let outcome = try vitrine(["rollback", "--reason", "complaints"], on: uri)
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.hasPrefix("model \(target) is champion, in place of"))
            }
            let beyond = try vitrine(["rollback", "--reason", "complaints"], on: uri)
            #expect(beyond.status == 1)
            #expect(beyond.errors.contains("the champion is the first there was"))
            let forth = try vitrine(
                ["rollback", "--to", "\(models[2])", "--reason", "after all"], on: uri)
            #expect(forth.status == 0)
            try Nightly.only(["features", "embed", "retrieve", "rank", "publish"]).run(on: uri)
            #expect(try current(connection) == "4 \(models[2])")
            let listed = try vitrine(["models", "--champions"], on: uri).output
            #expect(listed.contains("complaints") && listed.contains("after all"), "\(listed)")
        }
    }

    @Test func `what cannot serve is not promoted`() throws {
        try Databases.withPublication { connection, uri throws in
            let champion = try servingModel(ofRun: 1, connection)
            let evaluation = try connection.value(
                "select evaluation_model_id from monitor.models", as: Int64.self)
            let baseline = try connection.value(
                "select model_id from model.models where kind = 'popularity'", as: Int64.self)
            let cases = [
                (["99"], "there is no model 99"),
                (["\(champion)"], "model \(champion) is champion already"),
                (["\(evaluation)"], "The serving model of its run is model \(champion)."),
                (["\(baseline)"], "model \(baseline) is no serving model"),
            ]
            for (arguments, message) in cases {
                let outcome = try vitrine(["promote"] + arguments + ["--reason", "x"], on: uri)
                #expect(outcome.status == 1)
                #expect(outcome.errors.contains(message), "\(outcome.errors)")
            }
            let silent = try vitrine(["promote", "\(champion)", "--reason", " "], on: uri)
            #expect(silent.status == 1 && silent.errors.contains("the reason is empty"))
            try connection.execute(
                """
                insert into model.models (run_id, kind, purpose, as_of_date, configuration,
                    data_hash, seed, code_version, dimension)
                values (9, 'two_tower', 'serving', '2024-03-25', '{}', '', 1, 'test', 13)
                """)
            let gone = try connection.value(
                "select max(model_id) from model.models", as: Int64.self)
            let outcome = try vitrine(["promote", "\(gone)", "--reason", "x"], on: uri)
            #expect(outcome.errors.contains("the bytes of model \(gone) are no longer kept"))
            #expect(try deployments(connection).count == 1)
        }
    }

    @Test func `models are listed and compared`() throws {
        try Databases.withPublication { connection, uri throws in
            let champion = try servingModel(ofRun: 1, connection)
            for nightly in [Nightly.hardlyTrained, Nightly.with(["seed": "3"])] {
                try nightly.run(on: uri)
            }
            let challengers = try [2, 3].map { try servingModel(ofRun: $0, connection) }
            let listed = try vitrine(["models"], on: uri)
            #expect(listed.status == 0, "\(listed.errors)")
            let lines = listed.output.split(separator: "\n").map(String.init)
            #expect(lines[0].hasPrefix("model  run "), "\(listed.output)")
            #expect(lines.count { $0.contains("  champion  ") } == 1)
            let refused = try #require(
                lines.first { $0.split(separator: " ").first == "\(challengers[0])" })
            #expect(refused.contains("challenger") && refused.hasSuffix("refused"))

            let stored = try vitrine(["compare", "\(champion)", "\(challengers[0])"], on: uri)
            #expect(stored.status == 0, "\(stored.errors)")
            #expect(
                stored.output.hasPrefix(
                    "time split at 2024-03-18, held out until 2024-03-25\nas the gate found it\n"))
            // Never compared with one another, but measured on the same.
            let computed = try vitrine(
                ["compare", "\(challengers[1])", "\(challengers[0])"], on: uri)
            #expect(computed.status == 0, "\(computed.errors)")
            #expect(computed.output.contains("\nfrom figures by user\n"))
            let own = try connection.value(
                """
                select value from model.metrics
                where model_id = (select evaluation_model_id from monitor.models
                        where model_id = \(challengers[1]))
                    and cohort = 'all' and metric_name = 'recall'
                """, as: Double.self)
            let recall = try #require(
                computed.output.split(separator: "\n").first { $0.contains("recall@10") })
            #expect(recall.contains(String(format: "%.4f", own)), "\(recall)")

            let itself = try vitrine(["compare", "\(champion)", "\(champion)"], on: uri)
            #expect(itself.status == 1 && itself.errors.contains("is named twice"))
            let twin = try vitrine(["compare", "\(champion)", "\(champion - 1)"], on: uri)
            #expect(twin.status == 1 && twin.errors.contains("are one"), "\(twin.errors)")
        }
    }

    @Test func `models that were measured on other days are not compared`() throws {
        try Databases.withWorld { connection, uri throws in
            let steps = ["features", "train", "evaluate"]
            try Nightly.only(steps).run(on: uri, date: PlantedWorld.date.advanced(by: -1))
            try Nightly.only(steps).run(on: uri)
            let models = try [1, 2].map { try servingModel(ofRun: $0, connection) }
            let outcome = try vitrine(["compare", "\(models[0])", "\(models[1])"], on: uri)
            #expect(outcome.status == 1)
            #expect(
                outcome.errors.contains(
                    """
                    were not measured on the same: time split at 2024-03-17, held out until \
                    2024-03-24, and time split at 2024-03-18, held out until 2024-03-25
                    """), "\(outcome.errors)")
        }
    }
}
