import Foundation
import LinearAlgebra
import NeuralNetwork
import Testing

@testable import TwoTower

@Suite struct UserNumbersTests {
    private func numbers(
        _ kinds: [TwoTowerConfiguration.HistoryNumber], events: Range<Int>, day: Int32
    ) throws -> [Float] {
        let numbers = UserNumbers(
            kinds: kinds, historyLength: 3,
            catalogue: try Catalogue(itemCount: 4, creatorCount: 2, creators: [0, 1, 1, -1]),
            sequences: try Sequences(
                offsets: [0, 1, 7], items: [0, 0, 1, 2, 1, 0, 3], days: [1, 2, 3, 10, 12, 12, 12]),
            profiles: try Profiles(
                userCount: 2, cardinalities: [], codes: [], numberNames: ["friends"],
                numbers: [7, .nan]))
        var values = [Float](repeating: -1, count: numbers.count)
        numbers.write(1, events: events, day: day, to: &values)
        #expect(values.last?.isNaN == true)
        return values.dropLast()
    }

    @Test func whatHappenedOnTheDayDoesNotTellTime() throws {
        let kinds: [TwoTowerConfiguration.HistoryNumber] = [
            .daysSinceLastEvent, .eventsOfWeek, .eventCount,
        ]
        // Events 1 to 4: two of the first days, one of day 10, one of day 12 itself.
        #expect(
            try numbers(kinds, events: 1..<5, day: 12)
                == [log1p(2 as Float), log1p(1 as Float), log1p(4 as Float)])
        #expect(
            try numbers(kinds, events: 1..<7, day: 13)
                == [log1p(1 as Float), log1p(4 as Float), log1p(6 as Float)])
    }

    @Test func nothingBeforeTheDayIsNotKnown() throws {
        let values = try numbers(
            [.daysSinceLastEvent, .eventsOfWeek, .creatorShare], events: 1..<1, day: 12)
        #expect(values[0].isNaN && values[1] == 0 && values[2].isNaN)
        #expect(try numbers([.daysSinceLastEvent], events: 1..<2, day: 2)[0].isNaN)
    }

    @Test func creatorsAreCountedInTheNewestEvents() throws {
        // Items 1, 2 and 1 are of one creator; item 3 has none.
        #expect(try numbers([.creatorShare], events: 1..<5, day: 12) == [1 / 3])
        #expect(try numbers([.creatorShare], events: 1..<7, day: 13) == [1])
    }

    @Test func whatIsNotKnownStandardisesToTheMean() {
        let standardisation = Standardisation(of: [1, .nan, 3, .nan], columns: 2)
        #expect(standardisation.means == [2, 0])
        var values: [Float] = [3, .nan]
        standardisation.apply(to: &values)
        #expect(values == [1, 0])
    }

    @Test func numbersOfUsersAreMeasuredOverExamples() throws {
        let dataset = try Worlds.mixed(hasContent: true)
        var configuration = Worlds.configuration()
        configuration.historyNumbers = [.eventCount]
        configuration.trainsOnRepeats = true
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 1)
        // Six events a user, each an example, so that 0 to 5 stand before one.
        let mean = (0..<6).reduce(Float(0)) { $0 + log1p(Float($1)) } / 6
        #expect(abs(model.standardisation.users.means[0] - mean) < 1e-5)
        // Users with a number and events: 1, 2, 4, 5, 7, 8.
        #expect(abs(model.standardisation.users.means[1] - 4.5) < 1e-5)
    }

    @Test func anInfiniteNumberIsRefused() {
        let error = #expect(throws: ModelError.self) {
            try Profiles(
                userCount: 1, cardinalities: [], codes: [], numberNames: ["friends"],
                numbers: [.infinity])
        }
        #expect(error?.message == "profile number friends is infinite")
    }
}

@Suite struct ProfileCrossesTests {
    private func rows(_ codes: [Int32], _ cardinalities: [Int] = [4, 4, 4]) -> [UInt32] {
        let bag = Bag()
        ProfileCrosses(buckets: 1 << 20).append(codes[...], cardinalities, to: bag)
        for entry in 0..<bag.count {
            #expect(abs(bag.weights[entry] - 1 / Float(3).squareRoot()) < 1e-6)
        }
        return (0..<bag.count).map { bag.rows[$0] }
    }

    @Test func everyPairOfColumnsIsARow() {
        let all = rows([0, 1, 2])
        #expect(Set(all).count == 3)
        // The pair without the column that changed stays.
        #expect(rows([3, 1, 2])[2] == all[2])
        #expect(Set(rows([3, 1, 2])).intersection(all).count == 1)
        // The same categories in other columns are other features.
        #expect(Set(rows([1, 0, 2])).intersection(all).isEmpty)
        #expect(rows([-1, 1, 2]) == rows([9, 1, 2]), "unknown categories are one")
    }

    /// What the rows add reaches the embedding past every layer.
    @Test func theWideSideIsLinear() throws {
        let dataset = try Worlds.mixed()
        var configuration = Worlds.configuration()
        configuration.crossBuckets = 3
        let training = try Training(dataset, configuration, seed: 1, threadCount: 1)
        let architecture = training.architecture
        let slot = try #require(architecture.userTower.wideSlot)
        func embed(_ change: Float) throws -> Matrix {
            let parameters = training.step.snapshot()
            let table = parameters.tables[architecture.userTower.slots[slot].table]
            for row in 0..<table.rows {
                table.view.update(row, seed: 0) { values in
                    for column in 0..<table.view.width { values[column] += change }
                }
            }
            return try TwoTowerModel(
                architecture: architecture, parameters: parameters,
                standardisation: training.model(training.step.snapshot()).standardisation,
                seed: 1
            ).embedUsers(
                dataset.sequences, profiles: dataset.profiles, catalogue: dataset.catalogue,
                threadCount: 1)
        }
        let (before, after) = (try embed(0), try embed(0.25))
        for user in 0..<before.rows {
            for column in 0..<configuration.embeddingDimension {
                // Two columns have one pair, of weight 1.
                #expect(abs(after[user, column] - before[user, column] - 0.25) < 1e-5)
            }
        }
    }
}

@Suite struct GateTests {
    /// Closed, the gate lets the history through alone; open, the layers alone.
    @Test(arguments: [-100, 100] as [Float])
    func theGateChooses(bias: Float) throws {
        let dataset = try Worlds.mixed()
        func output(_ change: (inout TwoTowerConfiguration) -> Void, bias: Float?) throws -> Matrix
        {
            var configuration = Worlds.configuration()
            change(&configuration)
            let training = try Training(dataset, configuration, seed: 1, threadCount: 1)
            let architecture = training.architecture
            var parameters = training.step.snapshot()
            for tower in [architecture.userTower] {
                for layer in tower.layers {
                    for index in 0..<layer.inputs * layer.outputs {
                        parameters.dense[layer.offset + index] = Float(index % 7) * 0.1 - 0.3
                    }
                }
                if let gate = tower.gate, let bias {
                    for index in 0..<gate.outputs {
                        parameters.dense[gate.offset + gate.inputs * gate.outputs + index] = bias
                    }
                }
            }
            return try TwoTowerModel(
                architecture: architecture, parameters: parameters,
                standardisation: training.model(training.step.snapshot()).standardisation,
                seed: 1
            ).embedUsers(
                dataset.sequences, profiles: dataset.profiles, catalogue: dataset.catalogue,
                threadCount: 1)
        }
        let gated = try output({ $0.usesGate = true }, bias: bias)
        let sum = try output({ _ in }, bias: nil)
        let layers = try output({ $0.usesResidual = false }, bias: nil)
        for user in 0..<gated.rows {
            for column in 0..<6 {
                let expected =
                    bias > 0 ? layers[user, column] : sum[user, column] - layers[user, column]
                #expect(abs(gated[user, column] - expected) < 1e-4)
            }
        }
    }

    @Test func aGateNeedsSomethingToChooseFrom() {
        var configuration = TwoTowerConfiguration()
        configuration.usesGate = true
        configuration.usesResidual = false
        let error = #expect(throws: ModelError.self) { try configuration.validate() }
        #expect(error?.message == "usesGate must be false without usesResidual")
    }
}

/// Everything that the towers can read, at once.
@Suite struct WholeInputTests {
    private static func configuration() -> TwoTowerConfiguration {
        var configuration = Worlds.configuration()
        configuration.crossBuckets = 20
        configuration.usesGate = true
        configuration.historyNumbers = [
            .eventCount, .eventsOfWeek, .daysSinceLastEvent, .creatorShare,
        ]
        configuration.textBuckets = 50
        return configuration
    }

    @Test func theThreadCountDoesNotChangeABitAndTheArtefactReadsBack() throws {
        let dataset = try Worlds.mixed(seed: 4, users: 100, items: 300, hasContent: true)
        var configuration = Self.configuration()
        configuration.batchSize = 300
        let models = try [1, 3].map {
            try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 9, threadCount: $0)
        }
        #expect(models[0].parameters == models[1].parameters)
        let read = try TwoTowerModel(decoding: models[0].encoded())
        #expect(read.parameters == models[0].parameters)
        #expect(read.architecture.sizes == models[0].architecture.sizes)
        #expect(read.standardisation == models[0].standardisation)
        #expect(read.contentNames == ["image"] && read.profileNumberNames == ["friends"])
        func embed(_ model: TwoTowerModel) throws -> Matrix {
            try model.embedItems(
                dataset.catalogue, features: dataset.numericFeatures!.matrix(day: 11),
                threadCount: 2)
        }
        #expect(try embed(read) == embed(models[0]))
    }

    /// The gradient of a step sees what serving sees: the same users, as of the same day, get the
    /// same embeddings.
    @Test func trainingAndServingReadTheSame() throws {
        let dataset = try Worlds.mixed(hasContent: true)
        let training = try Training(dataset, Self.configuration(), seed: 1, threadCount: 1)
        let step = training.step
        let group = training.examples.groups[1]
        let examples = group.examples.filter { $0.user != 0 }
        var generator = SeededGenerator(seed: 1)
        _ = step.gradients(
            TrainingStep.Task(group: group, examples: examples, step: 1, dropoutSeed: nil),
            using: &generator)
        let model = training.model(step.snapshot())
        let trained = step.embeddings(step.users.base, 0..<examples.count)
        let sequences = dataset.sequences
        for (row, example) in examples.enumerated() {
            let user = Int(example.user)
            let history = sequences.offsets[user]..<Int(example.event)
            let served = try model.embedUsers(
                Sequences(
                    offsets: [0, history.count], items: Array(sequences.items[history]),
                    days: Array(sequences.days[history])),
                userIds: [example.user],
                profiles: Profiles(
                    userCount: 1, cardinalities: dataset.profiles.cardinalities,
                    codes: Array(dataset.profiles.codes[2 * user..<2 * user + 2]),
                    numberNames: ["friends"], numbers: [dataset.profiles.numbers[user]]),
                catalogue: dataset.catalogue, asOf: [group.day], threadCount: 1)
            for column in 0..<served.columns {
                #expect(abs(served[0, column] - trained.row(row)[column]) < 1e-5)
            }
        }
    }

    @Test func contentOrNumbersOtherThanThoseOfTheTrainingAreRefused() throws {
        let dataset = try Worlds.mixed(hasContent: true)
        let model = try TwoTowerTrainer.train(
            dataset, configuration: Self.configuration(), seed: 1, threadCount: 1)
        let features = dataset.numericFeatures!.matrix(day: 11)
        let plain = try Worlds.mixed()
        let error = #expect(throws: ModelError.self) {
            try model.embedItems(plain.catalogue, features: features, threadCount: 1)
        }
        #expect(error?.message == "model needs vectors of image, of width 3")
        let missing = #expect(throws: ModelError.self) {
            try model.embedUsers(
                dataset.sequences, profiles: plain.profiles, catalogue: dataset.catalogue,
                threadCount: 1)
        }
        #expect(missing?.message == "model needs the profile number friends")
        // What the model does not know, it does not read.
        let own = dataset.profiles
        let more = try Profiles(
            userCount: own.userCount, cardinalities: own.cardinalities, codes: own.codes,
            numberNames: ["other", "friends"], numbers: own.numbers.flatMap { [1, $0] })
        let embedded = try [own, more].map {
            try model.embedUsers(
                dataset.sequences, profiles: $0, catalogue: dataset.catalogue, threadCount: 1)
        }
        #expect(embedded[0] == embedded[1])
    }
}
