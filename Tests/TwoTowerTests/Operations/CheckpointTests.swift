import LinearAlgebra
import NeuralNetwork
import Testing

@testable import TwoTower

/// Keeps a checkpoint in memory, and every one that it was given.
final class MemoryStore: CheckpointStore {
    private(set) var kept: [[UInt8]] = []
    private(set) var history: [[[UInt8]]] = []

    init(_ parts: [[UInt8]] = []) {
        kept = parts
    }

    func save(_ write: ((ArraySlice<UInt8>) throws -> Void) throws -> Void) throws {
        var parts: [[UInt8]] = []
        try write { parts.append(Array($0)) }
        kept = parts
        history.append(parts)
    }

    func part(_ number: Int) throws -> [UInt8]? {
        kept.indices.contains(number) ? kept[number] : nil
    }
}

private struct Cut: Error {}

@Suite struct CheckpointTests {
    /// What a training may keep between batches, in combinations that between them hold all of it.
    enum Variant: String, CaseIterable, CustomTestStringConvertible {
        case plain, lazyAdam, adagrad, validated, warm, share, narrow, queue, interests

        var testDescription: String { rawValue }

        var configuration: TwoTowerConfiguration {
            var configuration =
                self == .interests
                ? Worlds.interestConfiguration(.labelAware, count: 2) : Worlds.configuration()
            configuration.epochs = 3
            configuration.batchSize = 24
            configuration.learningRateSchedule = .cosine
            configuration.hiddenDropout = 0.2
            switch self {
            case .lazyAdam:
                configuration.tableOptimiser = .lazyAdam
                configuration.tableLearningRate = 0.02
                configuration.denseOptimiser = .adam
            case .adagrad: configuration.tableOptimiser = .adagrad
            case .queue:
                configuration.queueLength = 30
                configuration.queueStaleness = 3
                configuration.queueStart = 1
            case .narrow: configuration.tableStorage = .bfloat16
            case .validated:
                configuration.tableStorage = .float16
                configuration.validationShare = 0.2
                configuration.validationInterval = 2
                configuration.validationPatience = 4
            default: break
            }
            return configuration
        }
    }

    private func train(
        _ variant: Variant, threads: Int, checkpoints: Checkpointing? = nil,
        progress: (TrainingProgress) throws -> Void = { _ in }
    ) throws -> TwoTowerModel {
        let dataset = try Worlds.mixed(users: 30, items: 40)
        var start: WarmStart?
        if variant == .warm {
            var other = variant.configuration
            other.epochs = 1
            start = WarmStart.same(
                try TwoTowerTrainer.train(dataset, configuration: other, seed: 8, threadCount: 1),
                dataset)
        }
        return try TwoTowerTrainer.train(
            dataset, configuration: variant.configuration, seed: 5, threadCount: threads,
            from: start, length: variant == .share ? .share(0.7) : .configured,
            checkpoints: checkpoints, progress: progress)
    }

    @Test(arguments: Variant.allCases, [1, 2, 4, 7])
    func anInterruptedTrainingGivesTheSameBits(variant: Variant, cut: Int) throws {
        let expected = try train(variant, threads: 2)
        let store = MemoryStore()
        var losses: [Int: Double] = [:]
        #expect(throws: Cut.self) {
            try train(variant, threads: 1, checkpoints: Checkpointing(store, every: .zero)) {
                losses[$0.batch] = $0.epochLoss
                #expect($0.checkpointBatch == $0.batch)
                if $0.batch == cut { throw Cut() }
            }
        }
        // Taken up on other threads, and cut again.
        var first: Int?
        #expect(throws: Cut.self) {
            try train(variant, threads: 3, checkpoints: Checkpointing(store, every: .zero)) {
                first = first ?? $0.batch
                if $0.batch == cut + 1 { throw Cut() }
            }
        }
        #expect(first == cut + 1)
        var last: TrainingProgress?
        let resumed = try train(
            variant, threads: 2, checkpoints: Checkpointing(store, every: .zero)
        ) { last = $0 }
        #expect(resumed.parameters == expected.parameters)
        #expect(resumed.encoded() == expected.encoded())
        // A training that is done is not done again, but tells once more how it went.
        let kept = store.history.count
        var reports: [TrainingProgress] = []
        let again = try train(variant, threads: 1, checkpoints: Checkpointing(store, every: .zero))
        { reports.append($0) }
        #expect(store.history.count == kept && reports.count == 1)
        #expect(reports.first?.epochLosses == last?.epochLosses)
        #expect(reports.first?.batch == last?.batch && reports.first?.best == last?.best)
        #expect(reports.first?.batchLoss == last?.batchLoss)
        #expect(reports.first?.secondsLeft == 0)
        #expect(again.parameters == expected.parameters)
    }

    @Test func progressGoesOnWhereItWas() throws {
        var expected: [TrainingProgress] = []
        _ = try train(.validated, threads: 1) { expected.append($0) }
        let store = MemoryStore()
        var reports: [TrainingProgress] = []
        for cut in [5, 100] {
            _ = try? train(.validated, threads: 1, checkpoints: Checkpointing(store, every: .zero))
            {
                reports.append($0)
                if $0.batch == cut { throw Cut() }
            }
        }
        #expect(reports.map(\.batch) == expected.map(\.batch))
        #expect(reports.map(\.epoch) == expected.map(\.epoch))
        #expect(reports.map(\.epochLoss) == expected.map(\.epochLoss))
        #expect(reports.map(\.validation) == expected.map(\.validation))
        #expect(reports.map(\.best) == expected.map(\.best))
        #expect(reports.allSatisfy { $0.secondsLeft >= 0 && $0.examplesPerSecond > 0 })
    }

    @Test func checkpointsKeepTheirDistance() throws {
        let store = MemoryStore()
        let model = try train(
            .plain, threads: 1, checkpoints: Checkpointing(store, every: .seconds(3600))
        ) { #expect($0.checkpointBatch == nil) }
        #expect(store.history.isEmpty)
        #expect(model.parameters == (try train(.plain, threads: 1)).parameters)
    }

    @Test func theCheckpointOfAnotherTrainingIsRefused() throws {
        let store = MemoryStore()
        _ = try train(.plain, threads: 1, checkpoints: Checkpointing(store, every: .zero))
        let kept = store.kept
        let dataset = try Worlds.mixed(users: 30, items: 40)
        var other = Variant.plain.configuration
        other.tableLearningRate *= 2
        let changes: [(TwoTowerDataset, TwoTowerConfiguration, UInt64)] = [
            (dataset, other, 5), (dataset, Variant.plain.configuration, 6),
            (try Worlds.mixed(seed: 2, users: 30, items: 40), Variant.plain.configuration, 5),
        ]
        for (dataset, configuration, seed) in changes {
            let error = #expect(throws: ModelError.self) {
                try TwoTowerTrainer.train(
                    dataset, configuration: configuration, seed: seed, threadCount: 1,
                    checkpoints: Checkpointing(MemoryStore(kept), every: .zero))
            }
            #expect(error?.message == "checkpoint is of another training")
        }
    }

    @Test func damageIsFound() throws {
        let store = MemoryStore()
        _ = try train(.plain, threads: 1, checkpoints: Checkpointing(store, every: .zero))
        let bytes = store.kept.flatMap { $0 }
        var damaged: [[UInt8]] = [Array(bytes.dropLast()), bytes + [0], Array(bytes.prefix(9)), []]
        for position in [0, 9, 13, bytes.count / 2, bytes.count - 1] {
            damaged.append(bytes)
            damaged[damaged.count - 1][position] ^= 0x40
        }
        for bytes in damaged {
            let error = #expect(throws: ModelError.self) {
                try train(
                    .plain, threads: 1,
                    checkpoints: Checkpointing(MemoryStore([bytes]), every: .zero))
            }
            #expect(error?.code == .corruptArtefact)
        }
    }

    @Test(arguments: [1, 7, 64, 1000])
    func partsOfAnySizeHoldTheSame(size: Int) throws {
        let values = (0..<300).map { Float($0) }
        let store = MemoryStore()
        try store.save { emit in
            try withoutActuallyEscaping(emit) { emit in
                var writer = try CheckpointWriter(header: ["a": 1], partSize: size, emit: emit)
                try values.withUnsafeBytes { try writer.append($0) }
                try writer.finish()
            }
        }
        #expect(store.kept.dropLast().allSatisfy { $0.count == size })
        #expect((1...size).contains(store.kept.last?.count ?? 0))
        var reader = try #require(try CheckpointReader(store))
        #expect(try reader.header(as: [String: Int].self) == ["a": 1])
        #expect(try reader.floats(300) == values)
        try reader.finish()
    }

    @Test func aCheckpointNeverHoldsWhatIsNotFinite() throws {
        let store = MemoryStore()
        // A rate so high that the first update overflows, though the loss before it is fine.
        var configuration = Worlds.configuration()
        configuration.tableLearningRate = 3e38
        configuration.warmUpBatches = 0
        let dataset = try Worlds.mixed()
        let error = #expect(throws: ModelError.self) {
            try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 1, threadCount: 1,
                checkpoints: Checkpointing(store, every: .zero))
        }
        #expect(error?.code == .diverged)
        #expect(error?.message.hasPrefix("parameters are not finite after batch 1: ") == true)
        #expect(store.history.isEmpty)
    }

    @Test func aModelNeverHoldsWhatIsNotFinite() throws {
        var configuration = Worlds.configuration()
        configuration.tableLearningRate = 3e38
        configuration.warmUpBatches = 0
        // One batch, of whose update no loss will tell.
        configuration.epochs = 1
        let (dataset, _) = try Worlds.checkerboard()
        configuration.batchSize = 10_000
        let error = #expect(throws: ModelError.self) {
            try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 1, threadCount: 1)
        }
        #expect(error?.message.hasPrefix("parameters are not finite after batch 1: ") == true)
    }

    @Test func theErrorOfADivergenceNamesTheCheckpointThatIsKept() throws {
        let store = MemoryStore()
        let dataset = try Worlds.mixed()
        var configuration = Worlds.configuration()
        configuration.epochs = 3
        // So fast that the loss rises.
        configuration.tableLearningRate = 30
        configuration.warmUpBatches = 0
        configuration.lossLimit = 1e30
        var losses: [Double] = []
        _ = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 1
        ) { losses.append($0.batchLoss) }
        let done = try #require(losses.indices.first { $0 > 0 && losses[$0] > losses[0] })
        // The limit lies where that batch is the first to pass it.
        configuration.lossLimit = (losses[..<done].max()! + losses[done]) / 2
        let error = #expect(throws: ModelError.self) {
            try TwoTowerTrainer.train(
                dataset, configuration: configuration, seed: 1, threadCount: 1,
                checkpoints: Checkpointing(store, every: .zero))
        }
        #expect(error?.code == .diverged)
        let end = "; the checkpoint of batch \(done) is kept"
        #expect(error?.message.hasSuffix(end) == true, "\(error?.message ?? "")")
        #expect(store.history.count == done)
    }
}

extension WarmStart {
    /// A start of a model on the data that it was trained on.
    static func same(_ model: TwoTowerModel, _ dataset: TwoTowerDataset) -> WarmStart {
        func all(_ count: Int) -> [Int32] { (0..<count).map { Int32($0) } }
        return WarmStart(
            model, users: all(dataset.sequences.userCount), items: all(dataset.catalogue.itemCount),
            creators: all(dataset.catalogue.creatorCount), tags: all(dataset.catalogue.tagCount),
            profiles: dataset.profiles.cardinalities.map(all))
    }
}
