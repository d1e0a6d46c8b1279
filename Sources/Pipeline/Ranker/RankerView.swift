import Jobs
import LinearAlgebra
import Postgres
import Ranking
import TwoTower

/// The items as a ranker reads them as of a date.
///
/// A day of training and the day of serving are read by this code and by the same statements: only the
/// date differs.
struct RankerView {
    /// Numbers of a candidate that depend on the user, after those of the item.
    static let pairNumberNames = ["tower_score", "creator_affinity", "tag_affinity"]

    let base: BaseTower
    let date: PostgresDate
    /// The items of the base, then those that came later.
    let ids: Vocabulary<Int64>
    let catalogue: Catalogue
    /// Whether each item may be recommended.
    let isAvailable: [Bool]
    /// As the base scores them, shape `[items, dimension]`.
    let embeddings: Matrix
    /// As the ranker reads them: without the bias, of equal length, elements of size 1. Shape
    /// `[items, dimension − 1]`.
    let directions: Matrix
    var numbers: NamedNumbers
    /// Those of the base, extended by what came later.
    let vocabularies: Vocabularies
    private let context: StepContext
    private let arguments: [String: Bind]

    init(_ base: BaseTower, asOf date: PostgresDate, _ context: StepContext) throws {
        self.base = base
        self.date = date
        self.context = context
        arguments = base.settings.arguments(asOf: date)
        var vocabularies = base.vocabularies
        let items = try ItemTable.load(
            context, asOf: date, extending: &vocabularies,
            contentEncoders: base.settings.contentEncoders)
        self.vocabularies = vocabularies
        (ids, catalogue, isAvailable) = (items.ids, items.catalogue, items.isAvailable)
        let towerNumbers =
            base.settings.itemNumbers == .none
            ? nil : try items.numbers(context, from: date, until: date)
        embeddings = try base.model.embedItems(
            items.catalogue, features: towerNumbers?.matrix(day: date.daysSinceEpoch),
            threadCount: base.settings.threadCount)
        let unit = embeddings.withoutBias().unitRows()
        let scale = Float(unit.columns).squareRoot()
        directions = Matrix(
            rows: unit.rows, columns: unit.columns, elements: unit.elements.map { $0 * scale })
        let ids = items.ids
        numbers = try NamedNumbers(
            context, "rank/item_features", arguments, rowCount: ids.count
        ) { id in
            let index = Int(ids.index(of: id))
            return index >= 0 ? index : nil
        }
    }

    /// What the ranker reads of some users.
    ///
    /// - Parameter users: Of the buckets, ascending; those without a snapshot are left out. All of the
    ///   buckets when nil.
    func page(of users: [Int64]? = nil, buckets: ClosedRange<Int16>) throws -> RankerPage {
        var vocabularies = vocabularies
        let all = try UserTable.load(
            context, base.settings, asOf: date, buckets: buckets, vocabularies: &vocabularies,
            learning: false)
        var table = all
        if let users {
            var finder = RowFinder(users)
            table = all.selecting((0..<all.count).filter { finder.row(of: all.ids[$0]) != nil })
        }
        let embeddings = UserEmbeddings(
            matrix: try base.model.embedUsers(
                table.sequences, userIds: table.indexes, profiles: table.profiles,
                catalogue: catalogue, asOf: table.ids.map { _ in date.daysSinceEpoch },
                threadCount: base.settings.threadCount),
            interestCount: base.model.interestCount)
        var arguments = arguments
        arguments["from_bucket"] = Bind(buckets.lowerBound)
        arguments["until_bucket"] = Bind(buckets.upperBound)
        var rowFinder = RowFinder(table.ids)
        let numbers = try NamedNumbers(
            context, "rank/user_features", arguments, rowCount: table.count
        ) { rowFinder.row(of: $0) }
        let rows = UserRows(context, users: table.ids)
        return RankerPage(
            users: table, embeddings: embeddings, numbers: numbers,
            creators: PairNumbers(
                try rows.numbers("rank/user_creators", arguments, buckets) { (id: Int64) in
                    vocabularies.creators.index(of: id)
                }),
            tags: PairNumbers(
                try rows.numbers("rank/user_tags", arguments, buckets) { (tag: String) in
                    vocabularies.tags.index(of: tag)
                }))
    }
}

/// What a ranker reads of some users as of the date of its view.
struct RankerPage: Sendable {
    let users: UserTable
    let embeddings: UserEmbeddings
    var numbers: NamedNumbers
    /// How much each user is drawn to creators, and to tags.
    let creators: PairNumbers
    let tags: PairNumbers
}

/// Numbers of pairs of a user and something else; 0 for pairs that are not there.
struct PairNumbers: Sendable {
    private let lists: IndexLists
    private let numbers: [Double]

    /// - Parameter rows: Ascending sets by user, and a number for each element.
    init(_ rows: (lists: IndexLists, numbers: [Double])) {
        (lists, numbers) = rows
    }

    /// The numbers of one user, by index.
    func numbers(ofUser row: Int) -> [UInt32: Float] {
        let range = lists.offsets[row]..<lists.offsets[row + 1]
        return Dictionary(
            uniqueKeysWithValues: zip(lists.values[range], numbers[range].lazy.map { Float($0) }))
    }
}
