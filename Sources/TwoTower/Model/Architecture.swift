import LinearAlgebra
import NeuralNetwork

/// The counts that size the tables; recorded with the model.
struct ModelSizes: Codable, Sendable, Equatable {
    var users: Int
    var items: Int
    var creators: Int
    var tags: Int
    var profileCardinalities: [Int]
    var numericNames: [String]
    var profileNumberNames: [String]
    var hasTexts: Bool
    var contents: [ContentVectors.Shape]

    init(_ dataset: TwoTowerDataset) {
        users = dataset.sequences.userCount
        items = dataset.catalogue.itemCount
        creators = dataset.catalogue.creatorCount
        tags = dataset.catalogue.tagCount
        profileCardinalities = dataset.profiles.cardinalities
        numericNames = dataset.numericFeatures?.names ?? []
        profileNumberNames = dataset.profiles.numberNames
        hasTexts = dataset.catalogue.texts != nil
        contents = dataset.catalogue.contents.map(\.shape)
    }
}

/// A table of embeddings; its last row stands for whatever has no row of its own.
struct TableShape: Sendable, Equatable {
    /// What the rows stand for, each table with one more for the unknown; profiles have a range
    /// of rows, and an unknown, for every column.
    enum Vocabulary: Sendable {
        case users, items, creators, tags, profiles
        /// Hashes of words, the same in every training.
        case words
        /// Hashes of indexes, which another training gives to other categories.
        case crosses
    }

    let name: String
    let vocabulary: Vocabulary
    let rows: Int
    let width: Int

    var unknownRow: UInt32 { UInt32(rows - 1) }
}

/// Which tables and layers a configuration asks for, and which columns feed what.
struct Architecture: Sendable {
    /// What a slot of the user tower is filled with, in order of slots.
    enum UserSource: Sendable {
        case history, historySequence, historyCreators, historyTags, id, profile
        case crosses(ProfileCrosses)
    }
    /// What a slot of the item tower is filled with, in order of slots.
    enum ItemSource: Sendable { case id, creator, tags, text }

    let configuration: TwoTowerConfiguration
    let sizes: ModelSizes
    let tables: [TableShape]
    let userSources: [UserSource]
    let itemSources: [ItemSource]
    let userTower: Tower
    let itemTower: Tower
    let interaction: Interaction
    /// The first row of each profile column; every column has one row more, for the unknown.
    let profileOffsets: [Int]
    let historyWeights: any HistoryWeights
    /// The encoder of histories as sequences, if they are not pooled in a bag.
    let sequenceEncoder: (any SequenceEncoder)?

    /// Numbers that the user tower reads.
    var userNumberCount: Int { userTower.numericColumns.count }

    /// The texts of a catalogue as rows; nil where the item tower reads none.
    func textBags(_ catalogue: Catalogue, threadCount: Int) -> TextBags? {
        guard sizes.hasTexts && configuration.textBuckets > 0 else { return nil }
        return TextBags(
            catalogue.texts ?? [String](repeating: "", count: catalogue.itemCount),
            buckets: configuration.textBuckets, threadCount: threadCount)
    }

    /// The vectors of a catalogue that the item tower reads.
    ///
    /// - Throws: `invalidData` when one is missing, or of another width than in training.
    func contents(_ catalogue: Catalogue) throws(ModelError) -> [ContentVectors] {
        var contents: [ContentVectors] = []
        for shape in sizes.contents {
            guard let content = catalogue.contents.first(where: { $0.shape == shape }) else {
                throw ModelError(
                    .invalidData, "model needs vectors of \(shape.name), of width \(shape.width)",
                    hint: "Give it the vectors that it was trained with, or train again.")
            }
            contents.append(content)
        }
        return contents
    }

    /// The slot of the user tower that holds the history, and of the item tower that holds the id.
    static let historySlot = 0

    // The dense parameters: the user tower's, those of its encoder, the item tower's.
    let encoderDense: Range<Int>
    var userDense: Range<Int> { 0..<encoderDense.upperBound }
    var itemDense: Range<Int> { encoderDense.upperBound..<denseCount }
    var denseCount: Int { encoderDense.upperBound + itemTower.parameterCount }

    init(_ configuration: TwoTowerConfiguration, _ sizes: ModelSizes) {
        self.configuration = configuration
        self.sizes = sizes
        var tables: [TableShape] = []
        func table(
            _ name: String, _ vocabulary: TableShape.Vocabulary, _ rows: Int, _ width: Int
        ) -> Int {
            if let index = tables.firstIndex(where: { $0.name == name }) { return index }
            tables.append(
                TableShape(name: name, vocabulary: vocabulary, rows: rows, width: width))
            return tables.count - 1
        }
        let historyPrefix = configuration.sharesTables ? "" : "history "
        let creatorWidth = sizes.creators > 0 ? configuration.creatorDimension : 0
        let tagWidth = sizes.tags > 0 ? configuration.tagDimension : 0

        var column = 0
        func slot(_ name: String, _ table: Int) -> Tower.Slot {
            let width = tables[table].width
            defer { column += width }
            return Tower.Slot(name: name, table: table, column: column, width: width)
        }

        var itemSources: [ItemSource] = [.id]
        var itemSlots = [
            slot(
                "item id", table("item", .items, sizes.items + 1, configuration.itemIdDimension))
        ]
        if creatorWidth > 0 {
            itemSources.append(.creator)
            itemSlots.append(
                slot(
                    "creator", table("creator", .creators, sizes.creators + 1, creatorWidth)))
        }
        if tagWidth > 0 {
            itemSources.append(.tags)
            itemSlots.append(slot("tags", table("tag", .tags, sizes.tags + 1, tagWidth)))
        }
        if sizes.hasTexts && configuration.textBuckets > 0 {
            itemSources.append(.text)
            itemSlots.append(
                slot(
                    "text",
                    table(
                        "text", .words, configuration.textBuckets + 1, configuration.textDimension))
            )
        }
        let contentColumns = sizes.contents.reduce(0) { $0 + $1.width + 1 }
        let itemNumeric = column..<column + sizes.numericNames.count + contentColumns

        column = 0
        sequenceEncoder = configuration.sequenceEncoder
        var userSources: [UserSource] = [sequenceEncoder == nil ? .history : .historySequence]
        var userSlots = [
            slot(
                "history",
                table(
                    "\(historyPrefix)item", .items, sizes.items + 1, configuration.itemIdDimension))
        ]
        if sequenceEncoder != nil { userSlots[Self.historySlot].filling = .sequence }
        if configuration.usesHistoryContent && creatorWidth > 0 {
            userSources.append(.historyCreators)
            userSlots.append(
                slot(
                    "history creators",
                    table("\(historyPrefix)creator", .creators, sizes.creators + 1, creatorWidth)))
        }
        if configuration.usesHistoryContent && tagWidth > 0 {
            userSources.append(.historyTags)
            userSlots.append(
                slot(
                    "history tags", table("\(historyPrefix)tag", .tags, sizes.tags + 1, tagWidth)))
        }
        if configuration.userIdDimension > 0 {
            userSources.append(.id)
            userSlots.append(
                slot(
                    "user id", table("user", .users, sizes.users + 1, configuration.userIdDimension)
                ))
        }
        var profileOffsets: [Int] = []
        if configuration.profileDimension > 0 && !sizes.profileCardinalities.isEmpty {
            var rows = 0
            for cardinality in sizes.profileCardinalities {
                profileOffsets.append(rows)
                rows += cardinality + 1
            }
            userSources.append(.profile)
            userSlots.append(
                slot(
                    "profile", table("profile", .profiles, rows, configuration.profileDimension)))
        }
        let numberCount = configuration.historyNumbers.count + sizes.profileNumberNames.count
        let userNumeric = column..<column + numberCount
        column = userNumeric.upperBound
        if configuration.crossBuckets > 0 && sizes.profileCardinalities.count > 1 {
            userSources.append(.crosses(ProfileCrosses(buckets: configuration.crossBuckets)))
            userSlots.append(
                slot(
                    "profile crosses",
                    table(
                        "profile cross", .crosses, configuration.crossBuckets,
                        configuration.embeddingDimension)))
        }

        let residual = configuration.usesResidual ? Self.historySlot : nil
        let userPerceptron = Perceptron(
            name: "user tower", inputs: userNumeric.upperBound,
            hidden: configuration.userHiddenWidths, outputs: configuration.embeddingDimension,
            offset: 0)
        userTower = Tower(
            name: "user tower", slots: userSlots, numericColumns: userNumeric,
            residualSlot: residual,
            wideSlot: userSlots.firstIndex { $0.column == userNumeric.upperBound },
            perceptron: userPerceptron,
            gate: configuration.usesGate
                ? DenseLayer(
                    name: "user tower gate", inputs: userNumeric.upperBound,
                    outputs: configuration.embeddingDimension,
                    offset: userPerceptron.parameterCount, activation: .identity) : nil)
        let userCount = userTower.parameterCount
        encoderDense = userCount..<userCount + (sequenceEncoder?.parameterCount ?? 0)
        itemTower = Tower(
            name: "item tower", slots: itemSlots, numericColumns: itemNumeric,
            residualSlot: residual,
            perceptron: Perceptron(
                name: "item tower", inputs: itemNumeric.upperBound,
                hidden: configuration.itemHiddenWidths,
                outputs: configuration.storedDimension,
                offset: encoderDense.upperBound))
        self.tables = tables
        self.userSources = userSources
        self.itemSources = itemSources
        self.profileOffsets = profileOffsets
        historyWeights = configuration.historyWeights
        interaction = Interaction(configuration)
    }
}

/// All that training learns.
struct Parameters: Sendable, Equatable {
    var dense: [Float]
    var tables: [Table]

    /// Random parameters: tables Gaussian, layers after Glorot; each from a stream of its own.
    init(_ architecture: Architecture, seed: UInt64) {
        dense = [Float](repeating: 0, count: architecture.denseCount)
        var generator = SeededGenerator(seed: seed, stream: 1)
        architecture.userTower.initialize(&dense, using: &generator)
        architecture.itemTower.initialize(&dense, using: &generator)
        if let encoder = architecture.sequenceEncoder {
            dense.withUnsafeMutableBufferPointer {
                encoder.initialize(
                    $0.baseAddress! + architecture.encoderDense.lowerBound, using: &generator)
            }
        }
        tables = architecture.tables.enumerated().map { index, shape in
            var generator = SeededGenerator(seed: seed, stream: 16 + UInt64(index))
            let table = Table(
                rows: shape.rows, width: shape.width,
                storage: architecture.configuration.tableStorage)
            table.fill(
                deviation: architecture.configuration.tableDeviation, using: &generator)
            return table
        }
    }

    init(dense: [Float], tables: [Table]) {
        self.dense = dense
        self.tables = tables
    }
}
