import Jobs
import Postgres
import TwoTower

/// The dataset of one side of a split, loaded once and ready to be trained on, by one configuration
/// or by many.
struct TrainingSet {
    let data: LearningData
    let dataset: TwoTowerDataset
    /// Equal for equal data: with the same seed and configuration, the model is the same.
    let dataHash: String

    /// - Precondition: The data is not empty.
    static func load(
        _ data: LearningData, _ context: StepContext, _ settings: PipelineSettings
    ) throws -> TrainingSet {
        let date = data.split.asOfDate
        let firstDate =
            settings.itemNumbers == .daily
            ? try firstExampleDate(asOf: date, context, settings) : nil
        let dataset = try TwoTowerDataset(
            catalogue: data.items.catalogue,
            numericFeatures: try firstDate.flatMap {
                try data.items.numbers(context, from: $0, until: date)
            },
            profiles: data.users.profiles, sequences: data.users.sequences,
            impressions: settings.impressionLength == 0
                ? nil
                : try data.users.impressions(context, settings, asOf: date, data.vocabularies),
            firstExampleDay: firstDate?.daysSinceEpoch ?? .min)
        let dataHash = try context.connection.value(
            try context.query(
                "train/data_hash",
                [
                    "from_date": Bind(firstDate ?? date), "as_of_date": Bind(date),
                    "content_encoders": Bind(settings.contentEncoders),
                    "impression_length": Bind(Int32(settings.impressionLength)),
                    "withheld": Bind(data.split.isByTime ? "" : data.split.summary),
                ]), as: String.self)
        return TrainingSet(data: data, dataset: dataset, dataHash: dataHash)
    }

    /// Whether there is anything to learn: an event of the last days, where the numbers of items are
    /// those of each day.
    var hasExamples: Bool {
        zip(dataset.sequences.days, dataset.sequences.weights).contains {
            $0 >= dataset.firstExampleDay && $1 > 0
        }
    }

    /// Positives in the histories.
    var positiveCount: Int { data.users.sequences.items.count }

    /// Trains a two-tower.
    ///
    /// - Parameters:
    ///   - parent: A model to start from, if its towers are the same; nil for random parameters.
    ///   - progress: Called after each batch; what it throws ends the training.
    func train(
        _ configuration: TwoTowerConfiguration, _ settings: PipelineSettings,
        from parent: ModelArtefact? = nil, length: TrainingLength = .configured,
        checkpoints: Checkpointing? = nil,
        progress: (TrainingProgress) throws -> Void = { _ in }
    ) throws -> ModelArtefact {
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration,
            seed: UInt64(bitPattern: Int64(settings.seed)), threadCount: settings.threadCount,
            from: parent.map { WarmStart($0, for: data.vocabularies) }, length: length,
            checkpoints: checkpoints, progress: progress)
        return ModelArtefact(model: model, vocabularies: data.vocabularies)
    }

    /// The first date that has both a snapshot of items and may have examples.
    private static func firstExampleDate(
        asOf date: PostgresDate, _ context: StepContext, _ settings: PipelineSettings
    ) throws -> PostgresDate {
        let known = try context.connection.value(
            try context.query("features/first_known_date"), as: PostgresDate?.self)
        return max(date.advanced(by: -settings.snapshotDays), known ?? date)
    }
}

extension WarmStart {
    /// A start from a model, for a training whose indexes have the given meaning.
    init(_ parent: ModelArtefact, for vocabularies: Vocabularies) {
        let old = parent.vocabularies
        self.init(
            parent.model,
            users: vocabularies.users.keys.map { old.users.index(of: $0) },
            items: vocabularies.items.keys.map { old.items.index(of: $0) },
            creators: vocabularies.creators.keys.map { old.creators.index(of: $0) },
            tags: vocabularies.tags.keys.map { old.tags.index(of: $0) },
            profiles: vocabularies.profile.enumerated().map { column, vocabulary in
                vocabulary.keys.map {
                    column < old.profile.count ? old.profile[column].index(of: $0) : -1
                }
            })
    }
}
