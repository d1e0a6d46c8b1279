import LinearAlgebra

/// The counts that size the tables; recorded with the model.
struct ModelSizes: Codable, Sendable, Equatable {
    var users: Int
    var items: Int
    var creators: Int
    var tags: Int
    var profileCardinalities: [Int]
    var numericNames: [String]
}

/// A table of embeddings; its last row stands for whatever has no row of its own.
struct TableShape: Sendable, Equatable {
    let name: String
    let rows: Int
    let width: Int

    var unknownRow: UInt32 { UInt32(rows - 1) }
}

/// Which tables and layers a configuration asks for, and which columns feed what.
struct Architecture: Sendable {
    /// What a slot of the user tower is filled with, in order of slots.
    enum UserSource: Sendable {
        case history, historySequence, historyCreators, historyTags, id, profile
    }
    /// What a slot of the item tower is filled with, in order of slots.
    enum ItemSource: Sendable { case id, creator, tags }

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
        func table(_ name: String, _ rows: Int, _ width: Int) -> Int {
            if let index = tables.firstIndex(where: { $0.name == name }) { return index }
            tables.append(TableShape(name: name, rows: rows, width: width))
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
                "item id", table("item", sizes.items + 1, configuration.itemIdDimension))
        ]
        if creatorWidth > 0 {
            itemSources.append(.creator)
            itemSlots.append(
                slot(
                    "creator", table("creator", sizes.creators + 1, creatorWidth)))
        }
        if tagWidth > 0 {
            itemSources.append(.tags)
            itemSlots.append(slot("tags", table("tag", sizes.tags + 1, tagWidth)))
        }
        let itemNumeric = column..<column + sizes.numericNames.count

        column = 0
        sequenceEncoder = configuration.sequenceEncoder
        var userSources: [UserSource] = [sequenceEncoder == nil ? .history : .historySequence]
        var userSlots = [
            slot(
                "history",
                table("\(historyPrefix)item", sizes.items + 1, configuration.itemIdDimension))
        ]
        if sequenceEncoder != nil { userSlots[Self.historySlot].filling = .sequence }
        if configuration.usesHistoryContent && creatorWidth > 0 {
            userSources.append(.historyCreators)
            userSlots.append(
                slot(
                    "history creators",
                    table("\(historyPrefix)creator", sizes.creators + 1, creatorWidth)))
        }
        if configuration.usesHistoryContent && tagWidth > 0 {
            userSources.append(.historyTags)
            userSlots.append(
                slot(
                    "history tags", table("\(historyPrefix)tag", sizes.tags + 1, tagWidth)))
        }
        if configuration.userIdDimension > 0 {
            userSources.append(.id)
            userSlots.append(
                slot(
                    "user id", table("user", sizes.users + 1, configuration.userIdDimension)))
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
                    "profile", table("profile", rows, configuration.profileDimension)))
        }
        let userNumeric = column..<column + 1

        let residual = configuration.usesResidual ? Self.historySlot : nil
        userTower = Tower(
            name: "user tower", slots: userSlots, numericColumns: userNumeric,
            residualSlot: residual,
            perceptron: Perceptron(
                name: "user tower", inputs: userNumeric.upperBound,
                hidden: configuration.userHiddenWidths,
                outputs: configuration.embeddingDimension, offset: 0))
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
    var tables: [[Float]]

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
            return Matrix.gaussian(
                rows: shape.rows, columns: shape.width,
                deviation: architecture.configuration.tableDeviation, using: &generator
            ).elements
        }
    }

    init(dense: [Float], tables: [[Float]]) {
        self.dense = dense
        self.tables = tables
    }
}
