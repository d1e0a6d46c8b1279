import LinearAlgebra
import Ranking

/// Gathers users and their candidates into what a ranker reads, in training and in serving.
struct RankerInputsBuilder {
    /// Newest items of a history.
    private let historyLength: Int
    private var contextNumbers: [Float] = []
    private var contextIDs: [Int64] = []
    private var histories: [[UInt32]] = []
    private var candidateOffsets = [0]
    private var candidateNumbers: [Float] = []
    private var idOffsets = [0]
    private var ids: [Int64] = []
    private var candidateRows: [Int32] = []

    init(historyLength: Int) {
        self.historyLength = historyLength
    }

    /// The number of candidates so far.
    var candidateCount: Int { candidateRows.count }

    /// Adds a user with candidates.
    ///
    /// - Parameters:
    ///   - row: The user's in the page.
    ///   - items: The candidates, by index of the view.
    ///   - surfaces: Where each is shown, −1 where not known; as many as candidates.
    ///   - embeddingRow: The row of an item among the embeddings that the inputs will be given.
    mutating func add(
        _ row: Int, of page: RankerPage, _ view: RankerView, items: [UInt32], surfaces: [Int32],
        embeddingRow: (UInt32) -> UInt32
    ) {
        precondition(items.count == surfaces.count, "\(surfaces.count) surfaces")
        contextNumbers += page.numbers.matrix[row: row]
        let attributes = page.users.profiles.cardinalities.count
        contextIDs += page.users.profiles.codes[row * attributes..<(row + 1) * attributes]
            .map { Int64($0) }
        let history = page.users.sequences.items[page.users.sequences.events(of: row)]
        histories.append(history.suffix(historyLength).map { embeddingRow(UInt32($0)) })
        let (creators, tags) = (page.creators.numbers(ofUser: row), page.tags.numbers(ofUser: row))
        for (item, surface) in zip(items, surfaces) {
            let catalogue = view.catalogue
            let creator = catalogue.creators[Int(item)]
            let itsTags = catalogue.tags[
                catalogue.tagOffsets[Int(item)]..<catalogue.tagOffsets[Int(item) + 1]]
            candidateNumbers += view.numbers.matrix[row: Int(item)]
            candidateNumbers.append(
                page.embeddings.score(user: row, item: Int(item), of: view.embeddings))
            candidateNumbers.append(creator < 0 ? 0 : creators[UInt32(creator)] ?? 0)
            candidateNumbers.append(itsTags.reduce(0) { $0 + (tags[UInt32($1)] ?? 0) })
            add([Int64(item)])
            add(creator < 0 ? [] : [Int64(creator)])
            add(itsTags.map { Int64($0) })
            add(surface < 0 ? [] : [Int64(surface)])
            candidateRows.append(Int32(embeddingRow(item)))
        }
        candidateOffsets.append(candidateRows.count)
    }

    private mutating func add(_ cell: [Int64]) {
        ids += cell
        idOffsets.append(ids.count)
    }

    /// Leaves out the numbers that are known of no user and of no item: rates of actions that nobody does.
    ///
    /// - Parameters:
    ///   - contextNames: The numbers of users.
    ///   - itemNames: The numbers of items, before those of pairs.
    /// - Returns: The names that are left.
    mutating func removeUnknownNumbers(
        contextNames: [String], itemNames: [String]
    ) -> (context: [String], item: [String]) {
        let pairs = itemNames.count..<itemNames.count + RankerView.pairNumberNames.count
        let context = Self.knownColumns(contextNumbers, width: contextNames.count)
        let item = Self.knownColumns(candidateNumbers, width: pairs.upperBound)
            .filter { $0 < pairs.lowerBound }
        contextNumbers = Self.selecting(context, of: contextNumbers, width: contextNames.count)
        candidateNumbers = Self.selecting(
            item + pairs, of: candidateNumbers, width: pairs.upperBound)
        return (context.map { contextNames[$0] }, item.map { itemNames[$0] })
    }

    /// The columns with a number in any row.
    private static func knownColumns(_ numbers: [Float], width: Int) -> [Int] {
        (0..<width).filter { column in
            stride(from: column, to: numbers.count, by: width).contains { !numbers[$0].isNaN }
        }
    }

    private static func selecting(_ columns: [Int], of numbers: [Float], width: Int) -> [Float] {
        guard columns.count < width else { return numbers }
        return stride(from: 0, to: numbers.count, by: width).flatMap { start in
            columns.map { numbers[start + $0] }
        }
    }

    /// What was added.
    ///
    /// - Parameters:
    ///   - contextNames, candidateNames: The numbers of the two sides.
    ///   - embeddings: What the rows of items refer to.
    func inputs(
        contextNames: [String], candidateNames: [String], embeddings: Matrix
    ) throws -> RankerInputs {
        try RankerInputs(
            contexts: RankerFeatures(
                numbers: Matrix(
                    rows: histories.count, columns: contextNames.count, elements: contextNumbers),
                ids: contextIDs),
            histories: IndexLists(histories), candidateOffsets: candidateOffsets,
            candidates: RankerFeatures(
                numbers: Matrix(
                    rows: candidateRows.count, columns: candidateNames.count,
                    elements: candidateNumbers), idOffsets: idOffsets, ids: ids),
            candidateRows: candidateRows, embeddings: embeddings)
    }
}

extension BaseTower {
    /// The columns of a ranker that reads this tower.
    ///
    /// Identifiers are those of the base's vocabularies: what came later counts as none, as a category
    /// that was never learned.
    func columns(
        contextNumbers: [String], candidateNumbers: [String], surfaceCount: Int
    ) -> (context: RankerColumns, candidate: RankerColumns) {
        let categories = [
            RankerCategory(name: "item", rows: max(vocabularies.items.count, 1)),
            RankerCategory(name: "creator", rows: max(vocabularies.creators.count, 1)),
            RankerCategory(name: "tags", rows: max(vocabularies.tags.count, 1)),
            RankerCategory(name: "surface", rows: max(surfaceCount, 1)),
        ]
        return (
            RankerColumns(
                numbers: contextNumbers,
                categories: zip(settings.profileAttributes, vocabularies.profile).map {
                    RankerCategory(name: $0, rows: max($1.count, 1))
                }),
            RankerColumns(
                numbers: candidateNumbers + RankerView.pairNumberNames, categories: categories)
        )
    }
}
