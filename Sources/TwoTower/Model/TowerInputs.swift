import Foundation
import LinearAlgebra
import NeuralNetwork

/// Fills the inputs of the towers from the data: one place for training and for embedding, so
/// that the two cannot differ.
struct TowerInputs: Sendable {
    let architecture: Architecture
    let catalogue: Catalogue
    let sequences: Sequences
    let profiles: Profiles
    let standardisation: InputStandardisation
    let numbers: UserNumbers
    /// The text of each item as rows; nil where the item tower reads none, or no item is appended.
    var texts: TextBags?
    /// The vectors that the item tower reads, in the order of the training.
    let contents: [ContentVectors]
    /// The index in training of each user, −1 for none; nil when rows are indexes of the training.
    var userIds: [Int32]?
    /// The index in training of each item, −1 for none; nil when items are in training's order.
    var itemIds: [Int32]?

    init(
        architecture: Architecture, catalogue: Catalogue, sequences: Sequences, profiles: Profiles,
        standardisation: InputStandardisation, texts: TextBags? = nil,
        contents: [ContentVectors] = [], userIds: [Int32]? = nil, itemIds: [Int32]? = nil
    ) {
        self.architecture = architecture
        self.catalogue = catalogue
        self.sequences = sequences
        self.profiles = profiles
        self.standardisation = standardisation
        self.texts = texts
        self.contents = contents
        self.userIds = userIds
        self.itemIds = itemIds
        numbers = UserNumbers(
            kinds: architecture.configuration.historyNumbers,
            historyLength: architecture.configuration.historyLength, catalogue: catalogue,
            sequences: sequences, profiles: profiles)
    }

    /// Which parts of a user's input are hidden.
    struct Hidden: OptionSet {
        let rawValue: Int
        static let id = Hidden(rawValue: 1)
        static let history = Hidden(rawValue: 2)
    }

    /// Adds a user to the bags, with the newest `historyLength` of the given events, and writes
    /// the user's standardised numbers as of a day.
    func appendUser(
        _ user: Int, events: Range<Int>, day: Int32, hiding hidden: Hidden, to bags: [Bag],
        numeric: UnsafeMutablePointer<Float>
    ) {
        let events = hidden.contains(.history) ? events.upperBound..<events.upperBound : events
        let history = newest(events)
        numbers.write(user, events: events, day: day, to: numeric)
        standardisation.users.apply(to: numeric)
        for (index, source) in architecture.userSources.enumerated() {
            let bag = bags[index]
            let table = architecture.tables[architecture.userTower.slots[index].table]
            switch source {
            case .history:
                appendHistory(history, to: bag)
            case .historySequence:
                break
            case .historyCreators:
                appendHistoryCreators(history, table, to: bag)
            case .historyTags:
                appendHistoryTags(history, table, to: bag)
            case .id:
                let id = userIds.map { Int($0[user]) } ?? user
                let isKnown =
                    !hidden.contains(.id) && id >= 0 && id < architecture.sizes.users
                bag.append(isKnown ? UInt32(id) : table.unknownRow, weight: 1)
            case .profile:
                appendProfile(user, to: bag)
            case .crosses(let crosses):
                crosses.append(
                    codes(of: user), architecture.sizes.profileCardinalities, to: bag)
            }
            bag.closeRow()
        }
    }

    /// The newest events that count as history.
    func newest(_ events: Range<Int>) -> Range<Int> {
        let count = min(events.count, architecture.configuration.historyLength)
        return events.upperBound - count..<events.upperBound
    }

    /// The row of the history's table for an item that has none, and for "nothing yet".
    var unknownItemRow: UInt32 {
        let slot = architecture.userTower.slots[Architecture.historySlot]
        return architecture.tables[slot.table].unknownRow
    }

    /// The row of the history's table for the item of an event.
    func itemRow(ofEvent event: Int) -> UInt32 {
        idRow(Int(sequences.items[event])) ?? unknownItemRow
    }

    private func appendHistory(_ history: Range<Int>, to bag: Bag) {
        let unknown = unknownItemRow
        if history.isEmpty { return bag.append(unknown, weight: 1) }
        sequences.items.withUnsafeBufferPointer { items in
            bag.append(count: history.count) { rows, weights in
                architecture.historyWeights.weigh(weights)
                guard itemIds == nil else {
                    for (index, event) in history.enumerated() {
                        rows[index] = idRow(Int(items[event])) ?? unknown
                    }
                    return
                }
                // The same without a look-up for each event: the order of items is training's.
                let known = UInt32(architecture.sizes.items)
                for (index, event) in history.enumerated() {
                    let item = UInt32(bitPattern: items[event])
                    rows[index] = item < known ? item : unknown
                }
            }
        }
    }

    /// The row of an item in the tables of ids, if training knew it.
    @inline(__always)
    private func idRow(_ item: Int) -> UInt32? {
        let id = itemIds.map { Int($0[item]) } ?? item
        return id >= 0 && id < architecture.sizes.items ? UInt32(id) : nil
    }

    private func appendHistoryCreators(_ history: Range<Int>, _ table: TableShape, to bag: Bag) {
        if history.isEmpty { return bag.append(table.unknownRow, weight: 1) }
        sequences.items.withUnsafeBufferPointer { items in
            catalogue.creators.withUnsafeBufferPointer { creators in
                bag.append(count: history.count) { rows, weights in
                    architecture.historyWeights.weigh(weights)
                    for (index, event) in history.enumerated() {
                        let creator = creators[Int(items[event])]
                        let isKnown = creator >= 0 && creator < architecture.sizes.creators
                        rows[index] = isKnown ? UInt32(creator) : table.unknownRow
                    }
                }
            }
        }
    }

    private func appendHistoryTags(_ history: Range<Int>, _ table: TableShape, to bag: Bag) {
        if history.isEmpty { return bag.append(table.unknownRow, weight: 1) }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: history.count) { weights in
            weights.initialize(repeating: 0)
            architecture.historyWeights.weigh(weights)
            for (index, event) in history.enumerated() {
                appendTags(
                    of: Int(sequences.items[event]), weight: weights[index], table, to: bag)
            }
        }
    }

    private func appendProfile(_ user: Int, to bag: Bag) {
        let cardinalities = architecture.sizes.profileCardinalities
        let weight = 1 / Float(cardinalities.count).squareRoot()
        for ((column, cardinality), code) in zip(cardinalities.enumerated(), codes(of: user)) {
            let code = Int(code)
            let isKnown = code >= 0 && code < cardinality
            let row = architecture.profileOffsets[column] + (isKnown ? code : cardinality)
            bag.append(UInt32(row), weight: weight)
        }
    }

    private func codes(of user: Int) -> ArraySlice<Int32> {
        let columns = architecture.sizes.profileCardinalities.count
        return profiles.codes[user * columns..<(user + 1) * columns]
    }

    /// Adds an item to the bags, and writes its standardised numbers and its vectors.
    func appendItem(
        _ item: Int, hidingId: Bool, features: UnsafePointer<Float>?, to bags: [Bag],
        numeric: UnsafeMutablePointer<Float>
    ) {
        for (index, source) in architecture.itemSources.enumerated() {
            let bag = bags[index]
            let table = architecture.tables[architecture.itemTower.slots[index].table]
            switch source {
            case .id:
                let row = hidingId ? nil : idRow(item)
                bag.append(row ?? table.unknownRow, weight: 1)
            case .creator:
                let creator = catalogue.creators[item]
                let isKnown = creator >= 0 && creator < architecture.sizes.creators
                bag.append(isKnown ? UInt32(creator) : table.unknownRow, weight: 1)
            case .tags:
                appendTags(of: item, weight: 1, table, to: bag)
            case .text:
                texts!.append(item, table, to: bag)
            }
            bag.closeRow()
        }
        let columns = architecture.sizes.numericNames.count
        if let features {
            numeric.update(from: features, count: columns)
            standardisation.items.apply(to: numeric)
        }
        writeContents(of: item, to: numeric + columns)
    }

    /// Writes the vectors of an item, each with a flag behind it: 1 where there is one.
    private func writeContents(of item: Int, to values: UnsafeMutablePointer<Float>) {
        var values = values
        for content in contents {
            content.values.withUnsafeBufferPointer {
                values.update(from: $0.baseAddress! + item * content.width, count: content.width)
            }
            values[content.width] = content.isKnown[item] ? 1 : 0
            values += content.width + 1
        }
    }

    /// The mean of an item's tags, times the weight.
    private func appendTags(of item: Int, weight: Float, _ table: TableShape, to bag: Bag) {
        let tags = catalogue.tagOffsets[item]..<catalogue.tagOffsets[item + 1]
        if tags.isEmpty { return bag.append(table.unknownRow, weight: weight) }
        for index in tags {
            let tag = catalogue.tags[index]
            let isKnown = tag < architecture.sizes.tags
            bag.append(
                isKnown ? UInt32(tag) : table.unknownRow, weight: weight / Float(tags.count))
        }
    }
}
