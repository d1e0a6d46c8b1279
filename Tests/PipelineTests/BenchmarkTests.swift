import Foundation
import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing

/// Import, train, evaluate: what is written in examples/pairs, as typed.
@Suite struct BenchmarkTests {
    private func example(_ name: String) throws -> String {
        try SQLCatalog.locate().home.path("examples/pairs/\(name)")
    }

    private func vitrine(
        _ arguments: [String], on uri: String, files: [String: String] = [:]
    ) throws -> VitrineProcess.Outcome {
        try VitrineProcess.run(arguments + ["--quiet", "--database", uri], files: files)
    }

    private func importPairs(_ names: String..., into uri: String) throws {
        let files = try names.map(example)
        let outcome = try vitrine(
            ["import", "--mapping", example("pairs.yaml")] + files, on: uri)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// The line of a measure, cut into words: the model first, with its interval.
    private func words(_ measure: String, of outcome: VitrineProcess.Outcome) -> [String] {
        outcome.output.split(separator: "\n").first { $0.hasPrefix(measure + " ") }
            .map { $0.split(separator: " ").map(String.init) } ?? []
    }

    @Test func `three commands measure a benchmark under leave-one-out`() throws {
        try Databases.withSchema { connection, uri throws in
            let job = try example("benchmark.yaml")
            try importPairs("train.txt", "test.txt", into: uri)
            let run = try vitrine(["run", job], on: uri)
            #expect(run.status == 0, "\(run.errors)")
            let evaluation = try vitrine(["evaluate", job], on: uri)
            #expect(evaluation.status == 0, "\(evaluation.errors)")
            #expect(
                evaluation.output.hasPrefix("leave one out: last positive, known at "),
                "\(evaluation.output)")
            #expect(evaluation.output.contains(": 400 users measured\n\n"))
            let recall = words("recall@10", of: evaluation)
            #expect(recall.count == 7)
            let figures = recall.compactMap(Double.init)
            let (model, cosine, popularity) = (figures[0], figures[3], figures[4])
            #expect(figures[1] < model && model < figures[2])
            #expect(model > cosine && cosine > 3 * popularity)
            // One true item: recall is the hit rate, and nothing has tags.
            #expect(words("hit_rate@10", of: evaluation).dropFirst() == recall.dropFirst())
            #expect(!evaluation.output.contains("intra_list_diversity"))
            // The model that the run has trained was measured, not another one.
            #expect(
                try connection.value(
                    "select count(*) from model.models where kind = 'two_tower'", as: Int64.self)
                    == 1)
        }
    }

    @Test func `a list of what leave-one-out holds out gives the same figures`() throws {
        let job = try example("benchmark.yaml")
        let left = try Databases.withSchema { _, uri throws in
            try importPairs("train.txt", "test.txt", into: uri)
            return try vitrine(["evaluate", job], on: uri)
        }
        let given = try Databases.withSchema { connection, uri throws in
            try importPairs("train.txt", into: uri)
            let test = try example("test.txt")
            let first = try vitrine(["evaluate", job, "--against", test], on: uri)
            #expect(first.output.hasPrefix("given pairs of test.txt, known at "))
            // The second time the model is there.
            let second = try vitrine(["evaluate", job, "--against", test], on: uri)
            #expect(second.output == first.output)
            #expect(
                try connection.query(
                    "select purpose from model.models where kind = 'two_tower'", as: String.self)
                    == ["serving"])
            return first
        }
        let table = { (outcome: VitrineProcess.Outcome) in
            outcome.output.split(separator: "\n").dropFirst()
        }
        #expect(table(left).count > 5 && table(left) == table(given))
    }

    @Test func `what of a list cannot be measured is said`() throws {
        try Databases.withSchema { connection, uri throws in
            let job = try example("benchmark.yaml")
            try importPairs("train.txt", into: uri)
            let lines = { (name: String) in
                try String(contentsOfFile: self.example(name), encoding: .utf8)
                    .split(separator: "\n").map(String.init)
            }
            let test = try Array(lines("test.txt").prefix(30))
            let learned = try Array(lines("train.txt").prefix(2))
            let list = test + test.prefix(3) + learned + ["9999 3", "9998 3", "2 99999"]
            let files = ["list.txt": list.joined(separator: "\n")]
            let outcome = try vitrine(
                ["evaluate", job, "--against", "list.txt"], on: uri, files: files)
            #expect(outcome.status == 0, "\(outcome.errors)")
            for line in [
                "given pairs of list.txt, known at ", ": 30 users measured\n",
                "\n  pairs that stood more than once, counted once: 3\n",
                "\n  pairs of unknown users, not measured: 2\n",
                "\n  pairs that were learned, not measured: 2\n",
                "\n  pairs with an item outside the catalogue, counted as missed: 1\n",
            ] { #expect(outcome.output.contains(line), "\(line)\(outcome.output)") }
            let nobody = try vitrine(
                ["evaluate", job, "--against", "list.txt"], on: uri, files: ["list.txt": "7777 1"])
            #expect(nobody.status == 1 && nobody.output.contains(": 0 users measured\n"))
            let empty = try vitrine(
                ["evaluate", job, "--against", "list.txt"], on: uri, files: ["list.txt": ""])
            #expect(empty.status == 1)
            #expect(empty.errors.contains("\"list.txt\" holds no pair of user and item"))
            let unknown = try vitrine(
                ["evaluate", job, "--against", "list.txt", "--model", "99"], on: uri, files: files)
            #expect(unknown.status == 1)
            #expect(unknown.errors.contains("there is no two-tower with that identifier"))
            #expect(
                try connection.value(
                    "select count(*) from model.models where kind = 'two_tower'", as: Int64.self)
                    == 1)
        }
    }

    @Test func `a nightly job is measured under another protocol beside its own`() throws {
        try Databases.withPublication { connection, uri throws in
            let files = ["nightly.yaml": Nightly().yaml]
            // The serving model in use, on what its users did not do before.
            let list = PlantedWorld().idleUsers.map { "\($0),510" }.joined(separator: "\n")
            let against = try vitrine(
                ["evaluate", "nightly.yaml", "--against", "list.csv"], on: uri,
                files: files.merging(["list.csv": list]) { $1 })
            #expect(against.output.contains("than the job asks for, not measured: 4\n"))
            // The date is that of the newest run.
            let other = try vitrine(
                ["evaluate", "nightly.yaml", "--protocol", "leave-one-out"], on: uri, files: files)
            #expect(other.status == 0, "\(other.errors)")
            #expect(other.output.hasPrefix("leave one out: last positive, known at 2024-03-25: "))
            let figures = try connection.query(
                """
                select distinct run_id, protocol from model.metrics inner join model.models
                    using (model_id)
                where kind = 'two_tower' order by run_id
                """, as: (Int64, String).self)
            #expect(
                figures.map(\.1).contains("time split at 2024-03-18, held out until 2024-03-25"))
            #expect(figures.count == 2)
            // What is published does not change.
            let current = try connection.value(
                "select run_id from serving.publications", as: Int64.self)
            #expect(current == 1)
        }
    }
}
