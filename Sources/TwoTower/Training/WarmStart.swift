import LinearAlgebra
import NeuralNetwork

/// A trained model that a new training starts from, and where it has what the new data names.
///
/// Layers are copied, and so are the rows of everything the model knew. A row that is new starts as
/// the row for the unknown, so that the first batch finds the model as it was: it embeds a new item,
/// user, creator or tag exactly as the old model would. Optimisers start afresh.
public struct WarmStart: Sendable {
    let model: TwoTowerModel
    let users: [Int32]
    let items: [Int32]
    let creators: [Int32]
    let tags: [Int32]
    let profiles: [[Int32]]

    /// A start from `model`.
    ///
    /// Each map has the index in the old training for every index of the new one, or −1 for what
    /// is new.
    ///
    /// - Parameters:
    ///   - profiles: One map for each column of the profiles.
    public init(
        _ model: TwoTowerModel, users: [Int32], items: [Int32], creators: [Int32], tags: [Int32],
        profiles: [[Int32]]
    ) {
        self.model = model
        self.users = users
        self.items = items
        self.creators = creators
        self.tags = tags
        self.profiles = profiles
    }

    /// The parameters that a training starts with.
    ///
    /// - Throws: `incompatibleModel` when the towers differ in anything but the number of rows,
    ///   `invalidData` when a map does not fit.
    func parameters(for architecture: Architecture) throws(ModelError) -> Parameters {
        let old = model.architecture
        if let difference = old.difference(from: architecture) ?? differenceOfCrosses {
            throw ModelError(
                .incompatibleModel, "model to start from has other towers: \(difference)",
                hint: "Start without a model, or with the settings that it was trained with.")
        }
        var tables: [Table] = []
        for (index, shape) in architecture.tables.enumerated() {
            let map = try rowMap(shape, architecture)
            let rows = old.tables[index].rows
            guard map.count == shape.rows, map.allSatisfy({ $0 >= 0 && $0 < rows }) else {
                throw ModelError(
                    .invalidData, "map of the \(shape.name) table does not fit the two trainings")
            }
            let table = Table(
                rows: shape.rows, width: shape.width,
                storage: architecture.configuration.tableStorage)
            let view = model.parameters.tables[index].view
            withUnsafeTemporaryAllocation(of: Float.self, capacity: shape.width) { values in
                for (row, source) in map.enumerated() {
                    view.read(source, into: values.baseAddress!)
                    table.view.write(values.baseAddress!, to: row)
                }
            }
            tables.append(table)
        }
        return Parameters(dense: model.parameters.dense, tables: tables)
    }

    /// What keeps a table of pairs of categories from serving, in words: its rows are hashes of their
    /// indexes, so every category, and the unknown behind the last, must have the index it had.
    private var differenceOfCrosses: String? {
        guard let shape = model.architecture.tables.first(where: { $0.vocabulary == .crosses })
        else { return nil }
        let isSame = zip(profiles, model.architecture.sizes.profileCardinalities).allSatisfy {
            $0 == (0..<$1).map { Int32($0) }
        }
        return isSame
            ? nil
            : "rows of its \(shape.name) table are hashes of categories that have other indexes now"
    }

    /// The old row of every row of a table: the last row of a vocabulary is the unknown.
    private func rowMap(_ shape: TableShape, _ new: Architecture) throws(ModelError) -> [Int] {
        let old = model.architecture
        func rows(_ map: [Int32], from start: Int, unknown: Int) -> [Int] {
            map.map { $0 < 0 ? unknown : start + Int($0) } + [unknown]
        }
        switch shape.vocabulary {
        case .users: return rows(users, from: 0, unknown: old.sizes.users)
        case .items: return rows(items, from: 0, unknown: old.sizes.items)
        case .creators: return rows(creators, from: 0, unknown: old.sizes.creators)
        case .tags: return rows(tags, from: 0, unknown: old.sizes.tags)
        case .words, .crosses: return Array(0..<shape.rows)
        case .profiles:
            guard profiles.count == old.profileOffsets.count else { return [] }
            return zip(profiles, old.profileOffsets).enumerated().flatMap { column, pair in
                rows(
                    pair.0, from: pair.1, unknown: pair.1 + old.sizes.profileCardinalities[column])
            }
        }
    }
}

extension Architecture {
    /// What keeps the parameters of this architecture from serving the other one, in words; nil
    /// when nothing but rows of tables does.
    func difference(from other: Architecture) -> String? {
        if sizes.numericNames != other.sizes.numericNames { return "its numeric features differ" }
        if sizes.profileCardinalities.count != other.sizes.profileCardinalities.count {
            return "its profiles have \(sizes.profileCardinalities.count) columns, not"
                + " \(other.sizes.profileCardinalities.count)"
        }
        if sizes.profileNumberNames != other.sizes.profileNumberNames
            || configuration.historyNumbers != other.configuration.historyNumbers
        {
            return "its numbers of users differ"
        }
        if sizes.contents != other.sizes.contents { return "its content vectors differ" }
        if tables.map(\.name) != other.tables.map(\.name) { return "its tables differ" }
        // Rows of these stand for hashes, and not for what a map could match.
        for (own, new) in zip(tables, other.tables)
        where [.words, .crosses].contains(own.vocabulary) && own.rows != new.rows {
            return "its \(own.name) table has \(own.rows) rows, not \(new.rows)"
        }
        for (own, new) in zip(tables, other.tables) where own.width != new.width {
            return "rows of its \(own.name) table are \(own.width) wide, not \(new.width)"
        }
        if let difference = configuration.differenceOfMeaning(from: other.configuration) {
            return difference
        }
        func inputs(_ tower: Tower) -> [String] { tower.slots.map(\.name) }
        if inputs(userTower) != inputs(other.userTower)
            || inputs(itemTower) != inputs(other.itemTower)
        {
            return "its towers read other inputs"
        }
        func layers(_ architecture: Architecture) -> [DenseLayer] {
            architecture.userTower.layers + architecture.itemTower.layers
        }
        let (own, new) = (layers(self), layers(other))
        if own.map(\.name) != new.map(\.name) { return "its layers differ" }
        for (own, new) in zip(own, new)
        where (own.inputs, own.outputs) != (new.inputs, new.outputs) {
            return "its \(own.name) is \(own.inputs) × \(own.outputs), not"
                + " \(new.inputs) × \(new.outputs)"
        }
        return nil
    }
}

extension TwoTowerConfiguration {
    /// A setting by which parameters of the same shape mean something else, in words; nil when there
    /// is none.
    fileprivate func differenceOfMeaning(from other: TwoTowerConfiguration) -> String? {
        if encoderShape != other.encoderShape { return "its history encoder differs" }
        // Creators and tags of a history are pooled by recency beside any encoder but the mean.
        if historyEncoding != other.historyEncoding
            || (historyEncoding != .mean && historyHalfLife != other.historyHalfLife)
        {
            return "its histories are pooled in another way"
        }
        if usesResidual != other.usesResidual {
            return "its ids \(usesResidual ? "reach" : "do not reach") the embeddings directly"
        }
        if usesGate != other.usesGate {
            return "it \(usesGate ? "weighs" : "does not weigh") its layers by a gate"
        }
        if usesItemBias != other.usesItemBias {
            return "its items have \(usesItemBias ? "a" : "no") bias"
        }
        if interaction != other.interaction {
            return "its score is \(interaction == .cosine ? "a cosine" : "an inner product")"
        }
        if temperature != other.temperature {
            return "its temperature is \(temperature), not \(other.temperature)"
        }
        return nil
    }

    /// What the parameters of an encoder of sequences mean; nil where histories are pooled.
    fileprivate var encoderShape: [String]? {
        guard historyEncoding.isSequential else { return nil }
        return [
            historyEncoding.rawValue, encoderOrder.rawValue, "\(encoderBlocks)", "\(encoderHeads)",
            "\(encoderHiddenMultiple)", "\(encoderTaps)", "\(encoderDilations)", "\(historyLength)",
            "\(interestCount)",
        ]
    }
}
