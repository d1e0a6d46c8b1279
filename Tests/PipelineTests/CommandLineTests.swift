import EmbeddedPostgres
import Foundation
import Postgres
import PostgresTestSupport
import Testing

/// The commands as typed.
@Suite struct CommandLineTests {
    private func run(
        _ arguments: String..., environment: [String: String] = [:]
    ) throws -> VitrineProcess.Outcome {
        try VitrineProcess.run(arguments, environment: environment)
    }

    @Test func `help names the commands, and every command has help`() throws {
        let help = try run("--help")
        #expect(help.status == 0)
        #expect(help.output.contains("OVERVIEW: A recommender that lives in PostgreSQL."))
        for command in [
            "migrate", "run", "embed", "retrieve", "rank", "evaluate", "search", "status",
            "explain", "report", "jobs", "models", "promote", "rollback", "compare", "db",
        ] {
            #expect(help.output.contains("\n  \(command) "), "\(command)")
            let own = try run(command, "--help")
            #expect(own.status == 0 && own.output.contains("USAGE: vitrine \(command)"))
        }
        let statuses = try run("run", "--help").output
        #expect(statuses.contains("75") && statuses.contains("130"))
    }

    @Test(arguments: [
        (["nonsense"], "nonsense"), (["run"], "<job>"), (["status", "--last", "0"], "--last"),
        (["promote", "1"], "--reason"), (["promote", "one", "--reason", "x"], "'one'"),
        (["rollback"], "--reason"), (["compare", "1"], "<second>"),
        (["models", "--last", "0"], "--last"),
        (["run", "nightly", "--date", "yesterday"], "--date must be a date such as 2022-05-09"),
        (["run", "nightly", "--date", "2024-02-30"], "--date must be a date"),
        (["run", "nightly", "--date", "2024-3-5"], "--date must be a date"),
        (["run", "nightly", "--date", "infinity"], "--date must be a date"),
        (["run", "nightly", "--date", ""], "--date must be a date"),
        (["run", "nightly", "--date", "9999-01-01"], "--date lies in the future"),
        (["evaluate"], "<job>"), (["evaluate", "nightly", "--date", "today"], "--date must be"),
        (["evaluate", "nightly", "--protocol", "time"], "--protocol"),
        (["evaluate", "nightly", "--model", "1"], "--model belongs to --against"),
        (
            ["evaluate", "nightly", "--protocol", "time-split", "--against", "a.txt"],
            "a list is its own protocol"
        ),
        (["explain"], "<user>"), (["explain", "someone"], "'someone'"),
        (["explain", "1", "--item", "x"], "--item"), (["explain", "1", "--top", "0"], "--top"),
        (["explain", "1", "--publication", "0"], "--publication"),
        (["search"], "<file>"), (["search", "towers", "--date", "never"], "--date must be a date"),
    ])
    func `what cannot be meant ends with the status of wrong usage`(
        arguments: [String], message: String
    ) throws {
        let outcome = try VitrineProcess.run(arguments)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
        #expect(outcome.output == "")
    }

    @Test func `a job that does not exist is named`() throws {
        let outcome = try run("run", "nihgtly", "--database", "postgresql:///unused")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("jobs/nihgtly.yaml: does not exist"))
    }

    @Test func `the jobs are listed with the lines for cron`() throws {
        let outcome = try run("jobs")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("nightly: learn from everything known"))
        #expect(outcome.output.contains("\n15 3 * * * cd /"))
        #expect(outcome.output.contains("vitrine run nightly --quiet"))
    }

    @Test(arguments: [["status"], ["run", "nightly"]])
    func `a database that was never migrated is refused with the command that helps`(
        command: [String]
    ) throws {
        try Databases.withNothing { _, uri throws in
            let outcome = try VitrineProcess.run(command + ["--database", uri])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("the schema of the database is not up to date"))
            let hint = try #require(
                outcome.errors.split(separator: "\n").first { $0.hasPrefix("HINT:  Run: vitrine ") }
            )
            // As a shell would read it: one pair of quotes.
            let words = hint.dropFirst("HINT:  Run: vitrine ".count).split(separator: "'")
            let arguments =
                words[0].split(separator: " ").map(String.init) + words.dropFirst().map(String.init)
            #expect(arguments.prefix(2) == ["migrate", "--database"])
            let migration = try VitrineProcess.run(arguments)
            #expect(migration.status == 0, "\(migration.errors)")
            #expect(migration.output.contains("applied migrations/0001_create_schemas.sql"))
            let status = try run("status", "--database", uri)
            #expect(status.status == 0)
            #expect(status.output == "no runs yet\n")
        }
    }

    @Test func `migrate does nothing the second time, and its status says so`() throws {
        try Databases.withNothing { _, uri throws in
            let before = try run("migrate", "--status", "--database", uri)
            #expect(before.status == 0)
            #expect(before.output.contains("migrations/0001_create_schemas.sql"))
            #expect(before.output.contains("pending"))
            #expect(try run("migrate", "--database", uri).status == 0)
            let again = try run("migrate", "--database", uri)
            #expect(again.output == "nothing to do: the schema is up to date\n")
            let after = try run("migrate", "--status", "--database", uri)
            #expect(after.status == 0 && !after.output.contains("pending"))
        }
    }

    @Test func `a database that nobody can reach is refused without its password`() throws {
        let uri = "postgresql://somebody:open-sesame@127.0.0.1:1/nowhere"
        let outcome = try run("status", "--database", uri)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("127.0.0.1"))
        #expect(!outcome.errors.contains("open-sesame"))
    }

    @Test func `status shows runs, their steps and what went wrong`() throws {
        try Databases.withPublication { connection, uri throws in
            try connection.execute("update source.actions set label_weight = 0")
            let failed = try VitrineProcess(running: Nightly(), on: uri).wait()
            #expect(failed.status == 1)
            #expect(
                failed.errors.contains("step validate failed: the data failed positives_are_there"))
            let status = try run("status", "--database", uri)
            #expect(status.status == 0)
            let lines = status.output.split(separator: "\n").map(String.init)
            #expect(lines[0].hasPrefix("run  job "))
            let runs = lines[2...3].map {
                $0.split(separator: " ").prefix(4).joined(separator: " ")
            }
            #expect(runs == ["2 nightly 2024-03-25 failed", "1 nightly 2024-03-25 succeeded"])
            #expect(
                lines.contains { $0.hasPrefix("validate: the data failed positives_are_there") })
            let first = try run("status", "--run", "1", "--last", "1", "--database", uri)
            for step in Nightly.allSteps {
                #expect(first.output.contains("\n\(step) "), "\(step)")
            }
            let unknown = try run("status", "--run", "99", "--database", uri)
            #expect(unknown.status != 0)
            #expect(unknown.errors.contains("there is no run 99"))
        }
    }

    @Test func `explain shows the way of a user's candidates, and where an item went`() throws {
        try Databases.withPublication { connection, uri throws in
            let user: Int64 = 10_001
            let (item, rank) = try connection.query(
                """
                select item_id, rank from serving.current_recommendations
                where user_id = \(user) and rank = 3
                """, as: (Int64, Int32).self)[0]
            let path = try run("explain", "\(user)", "--top", "5", "--database", uri)
            #expect(path.status == 0, "\(path.errors)")
            #expect(path.output.hasPrefix("publication 1 as of 2024-03-25, model 2, weights 2\n"))
            let words = path.output.split(separator: "\n").map {
                $0.split(separator: " ").map(String.init)
            }
            let (proposed, published) = try connection.query(
                """
                select sum(cardinality(c.item_ids)),
                    (select cardinality(l.item_ids) from serving.recommendation_lists as l
                        where l.user_id = \(user))
                from serving.candidate_lists as c where c.user_id = \(user)
                """, as: (Int64, Int64).self)[0]
            let sources = words.filter {
                $0.count > 2 && Int64($0[1]) != nil && Int64($0[2]) != nil
            }
            .filter { Int64($0[0]) == nil }
            #expect(sources.reduce(0) { $0 + Int64($1[1])! } == proposed)
            #expect(sources.reduce(0) { $0 + Int64($1[2])! } == published)
            #expect(words.count { $0.starts(with: ["filter", "seen"]) } == 1)
            #expect(words.contains { $0.starts(with: ["\(rank)", "\(item)"]) })
            #expect(!words.contains { $0.first == "6" })
            let found = try run("explain", "\(user)", "--item", "\(item)", "--database", uri)
            #expect(found.status == 0)
            #expect(found.output.hasPrefix("Item \(item) stands at place 3 with a score of "))
            let removed = try run(
                "explain", "\(user)", "--item", "\(PlantedWorld.removedItem)", "--database", uri)
            #expect(removed.status == 0 && !removed.output.contains("stands at"))
            for (arguments, message) in [
                (["7"], "publication 1 has no list of this user"),
                (["\(user)", "--item", "7"], "the item was never imported"),
                (["\(user)", "--publication", "9"], "there is no such publication"),
            ] {
                let refused = try VitrineProcess.run(["explain"] + arguments + ["--database", uri])
                #expect(refused.status == 1 && refused.output == "")
                #expect(refused.errors.contains(message), "\(refused.errors)")
                #expect(refused.errors.contains("HINT:"))
            }
            // Of an older publication the list is left, but not what it was chosen from.
            try connection.script(
                """
                drop table serving.candidate_lists_1, serving.candidate_fates_1, serving.ranked_lists_1
                """)
            let list = try run("explain", "\(user)", "--database", uri)
            #expect(
                list.status == 0 && list.output.contains("\nits candidates are no longer kept\n"))
            #expect(list.output.contains("because liked"))
            let told = try run("explain", "\(user)", "--item", "\(item)", "--database", uri)
            #expect(told.status == 0 && told.output.hasPrefix("Item \(item) stands at place 3"))
            let unknown = try run(
                "explain", "\(user)", "--item", "\(PlantedWorld.removedItem)", "--database", uri)
            #expect(unknown.status == 1 && unknown.errors.contains("no longer kept"))
        }
    }

    @Test func `run says what it does, and nothing when it is to be quiet`() throws {
        try Databases.withWorld { _, uri throws in
            let files = ["nightly.yaml": Nightly.only(["validate", "features"]).yaml]
            let words = ["run", "nightly.yaml", "--date", "2024-03-25", "--database", uri]
            let loud = try VitrineProcess.run(words, files: files)
            #expect(loud.status == 0)
            // Not a terminal: entries with fields, one to a line.
            #expect(loud.errors.contains("done_steps=0 job=nightly run=1"))
            #expect(loud.errors.contains("position=1/2 step=validate"))
            #expect(loud.errors.split(separator: "\n").allSatisfy { $0.contains("job=nightly") })
            let quiet = try VitrineProcess.run(words + ["--quiet"], files: files)
            #expect(quiet.status == 0 && quiet.errors == "" && quiet.output == "")
        }
    }

    @Test func `DATABASE_URL names the database as well`() throws {
        try Databases.withSchema { _, uri throws in
            let environment = ["DATABASE_URL": uri]
            let status = try run("status", environment: environment)
            #expect(status.status == 0 && status.output == "no runs yet\n")
            #expect(try run("db", "url", environment: environment).output == uri + "\n")
        }
    }

    @Test func `the private server of a directory starts, says where it is, and stops`() throws {
        let directory = try TestServer.temporaryDirectory("data")
        defer {
            _ = try? EmbeddedServer(dataDirectory: directory).stop(mode: .immediate)
            try? FileManager.default.removeItem(atPath: directory)
        }
        let none = try run("db", "status", "--data", directory)
        #expect(none.status == 0 && none.output == "no server yet in \(directory)\n")
        let url = try run("db", "url", "--data", directory)
        #expect(url.status == 0, "\(url.errors)")
        let uri = url.output.trimmingCharacters(in: .newlines)
        #expect(try Connection(uri).database == "vitrine")
        #expect(try run("db", "url", "--data", directory, "--name", "other").output != url.output)
        #expect(
            try run("db", "status", "--data", directory).output.hasPrefix("running as process "))
        let unmigrated = try run("status", "--data", directory)
        #expect(unmigrated.errors.contains("HINT:  Run: vitrine migrate --data \(directory)"))
        // A name mistyped leaves no database behind.
        for _ in 0..<2 {
            let mistyped = try run("models", "--data", directory, "--name", "ohter")
            #expect(
                mistyped.errors.contains("the private server has no database ohter"),
                "\(mistyped.errors)")
        }
        #expect(try run("db", "stop", "--data", directory).output == "stopped\n")
        #expect(try run("db", "stop", "--data", directory).output == "not running\n")
        let stopped = try run("db", "status", "--data", directory)
        #expect(stopped.output == "stopped, in \(directory)\n")
    }
}
