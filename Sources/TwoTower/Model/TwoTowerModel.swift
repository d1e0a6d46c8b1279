import LinearAlgebra
public import NeuralNetwork

/// A trained two-tower: embeds items and users, seen in training or not.
///
/// Users and items are rows of the data that is passed, which name their index in training: by
/// their place, or through `userIds` and `itemIds` when rows are in another order or a part of
/// all. An index of −1, or at or above the count of the training (an item, user, creator or tag
/// that came later), is embedded from what else is known.
///
/// Every embedding is a pass of its own and depends on its own inputs alone, to the last bit: a matrix
/// product rounds a row by where it stands among others. So whoever embeds a part of the users, in
/// whatever order, gets what embedding all would give.
public struct TwoTowerModel: Sendable {
    let architecture: Architecture
    let parameters: Parameters
    let standardisation: InputStandardisation
    /// The seed that the model was trained with.
    public let seed: UInt64

    /// The configuration that the model was trained with.
    public var configuration: TwoTowerConfiguration { architecture.configuration }
    /// Items that have an id of their own.
    public var itemCount: Int { architecture.sizes.items }
    /// Users that have an id of their own.
    public var userCount: Int { architecture.sizes.users }
    /// The numeric features that `embedItems` expects, in order.
    public var numericFeatureNames: [String] { architecture.sizes.numericNames }
    /// The numeric columns of profiles that `embedUsers` expects, by name; others are not read.
    public var profileNumberNames: [String] { architecture.sizes.profileNumberNames }
    /// The content vectors that `embedItems` expects, by name; others are not read.
    public var contentNames: [String] { architecture.sizes.contents.map(\.name) }
    /// Embeddings of each user; an item's score is the greatest over them.
    public var interestCount: Int { configuration.interestCount }
    /// Length of the embeddings; with an item bias, one more than the configured dimension.
    public var dimension: Int { configuration.storedDimension }

    private static let chunkSize = 128

    /// Embeds all items of a catalogue.
    ///
    /// - Parameters:
    ///   - catalogue: The items.
    ///   - itemIds: The index in training of each item, or −1; nil when the first `itemCount` items
    ///     are those of the training.
    ///   - features: Numeric features as of the day of serving, shape
    ///     `[items, numericFeatureNames.count]`; nil for a model without any.
    ///   - rows: The items to embed, by their place; nil for all.
    /// - Returns: Embeddings, shape `[rows, dimension]`. The inner product with a user's is the
    ///   score.
    /// - Throws: `invalidData` when the features are missing, of another shape, or not finite, or the
    ///   content vectors others than those of the training.
    public func embedItems(
        _ catalogue: Catalogue, itemIds: [Int32]? = nil, features: Matrix? = nil,
        rows: [Int]? = nil, threadCount: Int
    ) throws(ModelError) -> Matrix {
        let inputs = try itemInputs(catalogue, itemIds, features, threadCount: threadCount)
        let interaction = architecture.interaction
        return embed(
            count: rows?.count ?? catalogue.itemCount, rowsEach: 1, threadCount: threadCount
        ) {
            range, embeddings, parameters in
            let chunk = ItemRow(inputs, features: features)
            for (index, row) in range.enumerated() {
                chunk.fill(rows?[row] ?? row)
                chunk.forward(
                    into: embeddings.rows(index..<index + 1), parameters, interaction, .best)
            }
        }
    }

    /// Hashes what the item tower reads of each item of a catalogue: with the same model, items of one
    /// hash have one embedding.
    ///
    /// - Parameters: As for `embedItems`.
    /// - Returns: A hash for each item.
    /// - Throws: As `embedItems`.
    public func hashItemInputs(
        _ catalogue: Catalogue, itemIds: [Int32]? = nil, features: Matrix? = nil,
        threadCount: Int
    ) throws(ModelError) -> [UInt64] {
        let inputs = try itemInputs(catalogue, itemIds, features, threadCount: threadCount)
        return hashes(count: catalogue.itemCount, threadCount: threadCount) { range in
            let chunk = ItemRow(inputs, features: features)
            return range.map { item in
                chunk.fill(item)
                return chunk.inputHash
            }
        }
    }

    private func itemInputs(
        _ catalogue: Catalogue, _ itemIds: [Int32]?, _ features: Matrix?, threadCount: Int
    ) throws(ModelError) -> TowerInputs {
        try check(itemIds, count: catalogue.itemCount, name: "item")
        let columns = numericFeatureNames.count
        if columns > 0 {
            guard let features, features.rows == catalogue.itemCount, features.columns == columns
            else {
                throw ModelError(
                    .invalidData,
                    "model needs numeric features of shape \(catalogue.itemCount) × \(columns),"
                        + " not \(features?.shape ?? "none")")
            }
            if let index = features.elements.firstIndex(where: { !$0.isFinite }) {
                throw ModelError(
                    .invalidData,
                    "numeric feature \(numericFeatureNames[index % columns]) is not finite")
            }
        }
        let contents = try architecture.contents(catalogue)
        return TowerInputs(
            architecture: architecture, catalogue: catalogue, sequences: .none,
            profiles: .none(userCount: 0), standardisation: standardisation,
            texts: architecture.textBags(catalogue, threadCount: threadCount), contents: contents,
            itemIds: itemIds)
    }

    /// Embeds all users of some sequences, each with the whole sequence as history.
    ///
    /// - Parameters:
    ///   - sequences: The events by user.
    ///   - userIds: The index in training of each user, or −1; nil when the first `userCount` users
    ///     are those of the training.
    ///   - profiles: Their categories and numbers, in the columns of the training; nil for a model
    ///     without.
    ///   - catalogue: The items that the events name.
    ///   - itemIds: As for `embedItems`.
    ///   - days: The day on which each user is asked for: events lie before it, or on it where the day
    ///     of an event is all that is known. Nil for the day after each user's last event.
    ///   - rows: The users to embed, by their place; nil for all.
    /// - Returns: Embeddings, shape `[rows × interestCount, dimension]`: those of a user one after
    ///   the other, interest k of user u in row u · `interestCount` + k. The score of an item is the
    ///   greatest of its inner products with them.
    /// - Throws: `invalidData` when the parts do not fit together or with the model.
    public func embedUsers(
        _ sequences: Sequences, userIds: [Int32]? = nil, profiles: Profiles? = nil,
        catalogue: Catalogue, itemIds: [Int32]? = nil, asOf days: [Int32]? = nil,
        rows: [Int]? = nil, threadCount: Int
    ) throws(ModelError) -> Matrix {
        let inputs = try userInputs(sequences, userIds, profiles, catalogue, itemIds, asOf: days)
        let rowsEach = interestCount
        return embed(
            count: rows?.count ?? sequences.userCount, rowsEach: rowsEach, threadCount: threadCount
        ) {
            range, embeddings, parameters in
            let chunk = UserChunk(inputs, capacity: 1, hasGradients: false)
            for (index, row) in range.enumerated() {
                chunk.fill(rows?[row] ?? row, asOf: days)
                chunk.forward(
                    into: embeddings.rows(index * rowsEach..<(index + 1) * rowsEach), parameters,
                    .best)
            }
        }
    }

    /// Hashes what the user tower reads of each user as of a day: with the same model, users of one
    /// hash have the same embeddings.
    ///
    /// - Parameters: As for `embedUsers`.
    /// - Returns: A hash for each user.
    /// - Throws: As `embedUsers`.
    public func hashUserInputs(
        _ sequences: Sequences, userIds: [Int32]? = nil, profiles: Profiles? = nil,
        catalogue: Catalogue, itemIds: [Int32]? = nil, asOf days: [Int32]? = nil, threadCount: Int
    ) throws(ModelError) -> [UInt64] {
        let inputs = try userInputs(sequences, userIds, profiles, catalogue, itemIds, asOf: days)
        return hashes(count: sequences.userCount, threadCount: threadCount) { range in
            let chunk = UserChunk(inputs, capacity: 1, hasGradients: false)
            return range.map { user in
                chunk.fill(user, asOf: days)
                return chunk.inputHash
            }
        }
    }

    private func userInputs(
        _ sequences: Sequences, _ userIds: [Int32]?, _ profiles: Profiles?, _ catalogue: Catalogue,
        _ itemIds: [Int32]?, asOf days: [Int32]?
    ) throws(ModelError) -> TowerInputs {
        try check(userIds, count: sequences.userCount, name: "user")
        try check(itemIds, count: catalogue.itemCount, name: "item")
        if let days, days.count != sequences.userCount {
            throw ModelError(
                .invalidData, "\(days.count) days for \(sequences.userCount) users")
        }
        let profiles = profiles ?? .none(userCount: sequences.userCount)
        let columns = architecture.sizes.profileCardinalities.count
        guard profiles.userCount == sequences.userCount, profiles.cardinalities.count == columns
        else {
            throw ModelError(
                .invalidData,
                "model needs profiles of shape \(sequences.userCount) × \(columns), not"
                    + " \(profiles.userCount) × \(profiles.cardinalities.count)")
        }
        let selected = try profiles.selectingNumbers(profileNumberNames)
        guard sequences.items.allSatisfy({ Int($0) < catalogue.itemCount }) else {
            throw ModelError(.invalidData, "sequences have an item beyond the catalogue")
        }
        return TowerInputs(
            architecture: architecture, catalogue: catalogue, sequences: sequences,
            profiles: selected, standardisation: standardisation, userIds: userIds,
            itemIds: itemIds)
    }

    private func check(_ ids: [Int32]?, count: Int, name: String) throws(ModelError) {
        if let ids, ids.count != count {
            throw ModelError(.invalidData, "\(ids.count) \(name) ids for \(count) rows")
        }
    }

    private func embed(
        count: Int, rowsEach: Int, threadCount: Int,
        _ body: @Sendable (Range<Int>, MutableMatrixView, ParameterPointers) -> Void
    ) -> Matrix {
        Matrix(rows: count * rowsEach, columns: dimension) { result in
            withPointers { pointers in
                parallelChunks(
                    of: count, chunkSize: Self.chunkSize, threadCount: threadCount
                ) { _, range in
                    let rows = range.lowerBound * rowsEach..<range.upperBound * rowsEach
                    body(range, result.rows(rows), pointers)
                }
            }
        }
    }

    private func hashes(
        count: Int, threadCount: Int, _ body: @Sendable (Range<Int>) -> [UInt64]
    ) -> [UInt64] {
        Array(
            parallelMap(of: count, chunkSize: Self.chunkSize, threadCount: threadCount) {
                body($1)
            }.joined())
    }

    /// Lends the parameters to workers, which only read them.
    private func withPointers(_ body: (ParameterPointers) -> Void) {
        parameters.dense.withUnsafeBufferPointer {
            body(
                ParameterPointers(
                    dense: UnsafeMutablePointer(mutating: $0.baseAddress!),
                    tables: parameters.tables.map(\.view)))
        }
    }
}

extension Sequences {
    /// No users, no events.
    static var none: Sequences { Sequences(unchecked: [0]) }
}
