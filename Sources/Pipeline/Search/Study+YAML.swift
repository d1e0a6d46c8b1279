import Foundation
import NeuralNetwork
public import SQLCatalog
public import StrictYAML
import TwoTower

extension Study {
    /// Reads a study and the job that it names.
    ///
    /// - Parameters:
    ///   - nameOrPath: A name is a file in `studies/`; anything with a slash or an ending is a path.
    ///   - name: The name under which the trials are kept; that in the file when nil.
    /// - Throws: `YAMLError` with file and line.
    public static func load(
        _ nameOrPath: String, as name: String? = nil, in home: Home
    ) throws -> Study {
        let path = home.path(of: nameOrPath, in: "studies")
        let file = try YAMLFile(path: path)
        return try file.decode { root in
            let ownName: String = try root.value("study")
            let studyName = name ?? ownName
            guard !studyName.isEmpty,
                studyName.allSatisfy({ $0.isLetter || $0.isNumber || "_-".contains($0) })
            else { throw root.error("a study must have a name of letters, digits, _ and -") }
            let job = try JobFile.load(path: try jobPath(root, of: path, home))
            guard let train = job.step("train", job.settings) as? TrainStep else {
                throw root.error(at: "job", "the job has no step train to take settings from")
            }
            var settings = job.settings
            settings.heldOut = try root.value("measured_on", default: .validation)
            settings.models = [.evaluation]
            var evaluation = job.evaluation
            let objective = try root.objective(&evaluation)
            let (trials, rungs) = try root.trials(over: train.configuration, settings)
            return Study(
                name: studyName, summary: try root.value("summary"),
                parameters: "{\"study\": \(file.json), \"job\": \(job.json)}",
                settings: settings, evaluation: evaluation, base: train.configuration,
                objective: objective, trials: trials, rungs: rungs)
        }
    }

    /// The path of the job: a name is a file in `jobs/`, a path starts from the folder of the study.
    private static func jobPath(
        _ root: YAMLMapping, of study: String, _ home: Home
    ) throws -> String {
        let name: String = try root.value("job")
        let path = home.path(of: name, in: "jobs")
        guard path == name else { return path }
        return URL(fileURLWithPath: name, relativeTo: URL(fileURLWithPath: study)).path
    }
}

extension HeldOutPart: YAMLEnumeration {}
extension ItemNumbers: YAMLEnumeration {}
extension Objective.Metric: YAMLEnumeration {}

/// How a study comes by its trials.
private enum SearchMethod: String, YAMLEnumeration {
    case list
    case random
    case successiveHalving = "successive_halving"
}

extension YAMLMapping {
    /// The objective; its cutoff becomes that of the evaluation.
    fileprivate func objective(_ evaluation: inout EvaluationSettings) throws -> Objective {
        try optionalMapping("objective") { mapping in
            let metric: Objective.Metric = try mapping.value("metric")
            let setting = metric.cutoffSetting
            evaluation[keyPath: setting] = try mapping.value(
                "cutoff", in: 1...10_000, default: evaluation[keyPath: setting])
            return Objective(metric: metric, cutoff: evaluation[keyPath: setting])
        } ?? Objective(metric: .ndcg, cutoff: evaluation.rankingCutoff)
    }

    /// The trials of the study, and the rounds in which they take part.
    fileprivate func trials(
        over base: TwoTowerConfiguration, _ settings: PipelineSettings
    ) throws -> ([Trial], [Rung]) {
        switch try value("method", as: SearchMethod.self) {
        case .list:
            let trials = try mapping("trials") { mapping in
                try mapping.members().enumerated().map { index, member in
                    try Trial(
                        number: index + 1, name: member.key, member.value, over: base, settings)
                }
            }
            guard !trials.isEmpty else { throw error(at: "trials", "\"trials\" names no trial") }
            return (trials, [Rung(trialCount: trials.count)])
        case .random:
            let trials = try randomTrials(over: base, settings)
            return (trials, [Rung(trialCount: trials.count)])
        case .successiveHalving:
            let halving = try successiveHalving(base)
            if try mapping("space", { $0.members() }).contains(where: { $0.key == "epochs" }) {
                throw error(
                    at: "space", "epochs are what successive halving gives more of",
                    hint: "Leave them out of the space; first_epochs and last_epochs say how many.")
            }
            let trials = try randomTrials(over: base, settings)
            return (trials, halving.rungs(trialCount: trials.count))
        }
    }

    private func successiveHalving(
        _ base: TwoTowerConfiguration
    ) throws -> SuccessiveHalving {
        let halving = SuccessiveHalving(
            factor: try value("factor", in: 2...100, default: 3),
            firstEpochs: try value("first_epochs", in: 1...100_000, default: 1),
            lastEpochs: try value("last_epochs", in: 1...100_000, default: base.epochs))
        guard halving.firstEpochs <= halving.lastEpochs else {
            throw error(at: "first_epochs", "\"first_epochs\" is more than \"last_epochs\"")
        }
        return halving
    }

    private func randomTrials(
        over base: TwoTowerConfiguration, _ settings: PipelineSettings
    ) throws -> [Trial] {
        let count = try value("count", in: 1...10_000, default: 20)
        let seed: Int = try value("seed", default: 1)
        let space = try mapping("space") { try $0.space(over: base) }
        return try (1...count).map { number in
            do {
                return Trial(
                    number: number, name: "draw \(number)",
                    configuration: try space.draw(number, over: base, seed: seed),
                    seed: settings.seed, itemNumbers: settings.itemNumbers)
            } catch let refusal as ModelError {
                throw error(
                    at: "space", "no draw makes settings that go together: \(refusal.message)")
            }
        }
    }
}

extension Trial {
    /// Reads a trial that is written out: settings of training, and of the job `seed` and
    /// `item_numbers`.
    fileprivate init(
        number: Int, name: String, _ value: YAMLValue, over base: TwoTowerConfiguration,
        _ settings: PipelineSettings
    ) throws {
        self.init(
            number: number, name: name, configuration: base, seed: settings.seed,
            itemNumbers: settings.itemNumbers)
        guard !value.isNull else { return }
        try value.mapping { mapping in
            configuration = try mapping.settings(over: base)
            seed = try mapping.value("seed", default: seed)
            itemNumbers = try mapping.value("item_numbers", default: itemNumbers)
            guard itemNumbers == settings.itemNumbers || itemNumbers == .none else {
                throw mapping.error(
                    at: "item_numbers", "\"item_numbers\" are not those of the job",
                    hint: "Write none, or leave the key out.")
            }
        }
        do {
            try configuration.validate()
        } catch {
            throw value.error(error.message)
        }
    }
}
