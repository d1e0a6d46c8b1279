import Foundation
import PostgresTestSupport
import SQLCatalog
import StrictYAML
import Testing
import TwoTower

@testable import Pipeline

/// What a study file says, before anything is trained.
@Suite struct StudyTests {
    private func load(_ study: StudyFile, as name: String? = nil) throws -> Study {
        try study.withFile { try Study.load($0, as: name, in: try Home.locate()) }
    }

    /// The error of a study, without the directory of the file.
    private func refusal(_ study: StudyFile) -> String {
        let error = #expect(throws: YAMLError.self) { _ = try load(study) }
        return error.map { "\($0)" }?.split(separator: "/").last.map(String.init) ?? ""
    }

    // MARK: - Trials

    @Test func `a list of trials is laid over the job`() throws {
        let study = try load(
            .list([
                "as the job says: {}", "flat: {user_hidden_widths: [], epochs: 2, seed: 7}",
                "no numbers: {item_numbers: none}",
            ]))
        #expect(study.trials.map(\.name) == ["as the job says", "flat", "no numbers"])
        #expect(study.trials.map(\.number) == [1, 2, 3])
        #expect(study.trials[0].configuration == study.base)
        #expect(study.base.epochs == 3 && study.base.embeddingDimension == 12)
        var flat = study.base
        flat.userHiddenWidths = []
        flat.epochs = 2
        #expect(study.trials[1].configuration == flat)
        #expect(study.trials.map(\.seed) == [1, 7, 1])
        #expect(study.trials.map(\.itemNumbers) == [.daily, .daily, .none])
        #expect(study.rungs == [Rung(trialCount: 3)])
    }

    @Test func `settings are chosen on the validation unless the study says otherwise`() throws {
        var file = StudyFile.list(["one: {}"])
        #expect(try load(file).settings.heldOut == .validation)
        file.lines.append("measured_on: test")
        #expect(try load(file).settings.heldOut == .test)
    }

    @Test func `the objective says how many ranks count`() throws {
        var file = StudyFile.list(["one: {}"])
        #expect(try load(file).objective == Objective(metric: .ndcg, cutoff: 10))
        file.lines.append("objective: {metric: hit_rate, cutoff: 7}")
        let study = try load(file)
        #expect(study.objective == Objective(metric: .hitRate, cutoff: 7))
        #expect(study.evaluation.recallCutoff == 7 && study.evaluation.rankingCutoff == 10)
    }

    @Test func `a study may be kept under another name`() throws {
        #expect(try load(.list(["one: {}"]), as: "other").name == "other")
    }

    @Test func `every study of the repository is read`() throws {
        let home = try Home.locate()
        for path in ["studies/towers.yaml", "examples/kuairand/ablation.yaml"] {
            let study = try Study.load(home.path(path), in: home)
            #expect(study.trials.count > 10, "\(path)")
            #expect(Set(study.trials.map(\.name)).count == study.trials.count)
        }
    }

    // MARK: - Random trials

    private static let space = [
        "table_learning_rate: {from: 0.01, to: 1, scale: log}",
        "hidden_dropout: {from: 0, to: 0.5}", "history_length: {from: 5, to: 8}",
        "history_encoding: [mean, recencyWeightedMean]", "user_hidden_widths: [[], [8], [16, 8]]",
    ]

    @Test func `draws keep to their ranges, and reach all of them`() throws {
        let trials = try load(.random(Self.space, ["count: 400"])).trials
        let rates = trials.map { Double($0.configuration.tableLearningRate) }.sorted()
        #expect(rates.first! >= 0.01 && rates.last! <= 1)
        // Half of them lie below 0.1, the middle of the logarithmic scale: 0.5 ± 4 standard errors.
        #expect((160...240).contains(rates.count { $0 < 0.1 }))
        let dropouts = trials.map(\.configuration.hiddenDropout)
        #expect(dropouts.allSatisfy { (0...0.5).contains($0) })
        #expect((160...240).contains(dropouts.count { $0 < 0.25 }))
        let lengths = trials.map(\.configuration.historyLength)
        for length in 5...8 {
            #expect((65...135).contains(lengths.count { $0 == length }), "\(length)")
        }
        #expect(lengths.allSatisfy { (5...8).contains($0) })
        #expect(Set(trials.map(\.configuration.historyEncoding)).count == 2)
        #expect(Set(trials.map(\.configuration.userHiddenWidths)) == [[], [8], [16, 8]])
        #expect(Set(trials.map(\.configuration.embeddingDimension)) == [12])
    }

    @Test func `a trial is the same however many there are, and another with another seed`() throws
    {
        let few = try load(.random(Self.space, ["count: 3"])).trials
        let many = try load(.random(Self.space.reversed(), ["count: 9"])).trials
        #expect(few == Array(many.prefix(3)))
        let others = try load(.random(Self.space, ["count: 3", "seed: 2"])).trials
        #expect(zip(few, others).allSatisfy { $0.configuration != $1.configuration })
    }

    @Test func `settings that depend on one another are drawn together`() throws {
        let space = ["embedding_dimension: [8, 12, 16]", "item_id_dimension: [8, 12, 16]"]
        let trials = try load(.random(space, ["count: 60"])).trials
        #expect(
            trials.allSatisfy {
                $0.configuration.embeddingDimension == $0.configuration.itemIdDimension
            })
        #expect(Set(trials.map(\.configuration.embeddingDimension)) == [8, 12, 16])
    }

    @Test func `what is printed of the best settings gives the same training`() throws {
        for trial in try load(.random(Self.space, ["count: 50"])).trials {
            let lines = try JSONSettings(trial.configuration)
                .differing(from: JSONSettings(TwoTowerConfiguration())).yamlLines
            let pasted = try YAMLFile(text: lines.joined(separator: "\n"), name: "train").decode {
                try $0.settings(over: TwoTowerConfiguration())
            }
            #expect(pasted == trial.configuration)
        }
    }

    // MARK: - Successive halving

    @Test(arguments: [
        (27, 3, 1, 9, [[27, 1], [9, 3], [3, 9]]),
        // Two go on of five; of these one, at once to the end.
        (5, 2, 1, 10, [[5, 1], [2, 2], [1, 10]]),
        (16, 4, 2, 16, [[16, 2], [4, 8], [1, 16]]),
        (9, 3, 4, 5, [[9, 4], [3, 5]]),
        (9, 3, 4, 4, [[9, 4]]), (1, 3, 1, 9, [[1, 9]]),
    ])
    func `fewer trials are trained longer`(
        count: Int, factor: Int, first: Int, last: Int, expected: [[Int]]
    ) {
        let halving = SuccessiveHalving(factor: factor, firstEpochs: first, lastEpochs: last)
        #expect(
            halving.rungs(trialCount: count)
                == expected.map { Rung(trialCount: $0[0], epochs: $0[1]) })
    }

    @Test func `the rounds end with the epochs of the job`() throws {
        let study = try load(.halving(Self.space, ["count: 9"]))
        #expect(study.rungs == [Rung(trialCount: 9, epochs: 1), Rung(trialCount: 3, epochs: 3)])
        #expect(study.trials[0].on(study.rungs[0]).configuration.epochs == 1)
    }

    // MARK: - Refusals

    @Test(arguments: [
        ("method: list", "method: lits", 4, "unknown value \"lits\" for \"method\""),
        ("study: towers", "study: a b", nil, "a name of letters"),
        ("summary: small", "sumary: small", nil, "lacks the key \"summary\""),
        ("  one: {}", "  one: {epoch: 3}", 6, "unknown key \"epoch\""),
        ("  one: {}", "  one: {epochs: 0}", 6, "epochs must be positive"),
        ("  one: {}", "  one: {epochs: few}", 6, "must be a number, not text"),
        ("  one: {}", "  one: {item_numbers: some}", 6, "unknown value \"some\""),
        ("  one: {}", "  one: {}\n  one: {}", nil, "twice"),
        ("trials:\n  one: {}", "trials: {}", 5, "\"trials\" names no trial"),
        ("method: list", "method: list\ncount: 3", 5, "unknown key \"count\""),
        ("method: list", "method: list\nmeasured_on: train", 5, "unknown value \"train\""),
        (
            "method: list", "method: list\nobjective: {metric: gini}", 5,
            "unknown value \"gini\" for \"objective.metric\""
        ),
        ("job: nightly.yaml", "job: other.yaml", nil, "does not exist"),
    ])
    func `a list that cannot be is refused with its line`(
        right: String, wrong: String, line: Int?, message: String
    ) throws {
        let file = StudyFile.list(["one: {}"])
        #expect(file.yaml.contains(right))
        let error = refusal(file.replacing(right, with: wrong))
        #expect(error.contains(message), "\(error)")
        if let line { #expect(error.hasPrefix("study.yaml:\(line): "), "\(error)") }
    }

    @Test(arguments: [
        ("hidden_dropout: {from: 0, to: 0.5, scale: log}", "\"from\" must be above 0"),
        ("hidden_dropout: {from: 0.5, to: 0}", "\"from\" is more than \"to\""),
        ("hidden_dropout: {from: 0}", "lacks the key \"to\""),
        ("hidden_dropout: {from: 2, to: 3}", "hiddenDropout must be at least 0 and below 1"),
        ("hidden_dropuot: [0]", "Perhaps you meant \"hidden_dropout\"."),
        ("hidden_dropout: []", "\"hidden_dropout\" has no value"),
        ("hidden_dropout: 0.1", "must be a list"),
        ("history_length: {from: 1.5, to: 3}", "both ends must be whole numbers"),
        ("history_encoding: [mean, median]", "has a value that it cannot take"),
        ("history_encoding: {from: 1, to: 2}", "is no number, and has no range"),
        ("epochs: [1, 2]", "epochs are what successive halving gives more of"),
    ])
    func `a space that cannot be is refused`(line: String, message: String) throws {
        let error = refusal(.halving([line], ["count: 3"]))
        #expect(error.contains(message), "\(error)")
    }

    @Test func `halving cannot begin with more epochs than it ends with`() throws {
        let error = refusal(.halving(Self.space, ["first_epochs: 4"]))
        #expect(error.contains("\"first_epochs\" is more than \"last_epochs\""), "\(error)")
    }

    @Test func `a job without training has nothing to lay trials over`() throws {
        var file = StudyFile.list(["one: {}"])
        file.job = Nightly.only(["features"])
        #expect(refusal(file).contains("the job has no step train"))
    }
}
