import Jobs
import LinearAlgebra
import Postgres

/// Rows of statements that are grained by user, in the order of some users.
struct UserRows {
    private let context: StepContext
    private let users: [Int64]

    /// - Parameter users: Ascending.
    init(_ context: StepContext, users: [Int64]) {
        self.context = context
        self.users = users
    }

    /// What a statement lists for each user, as ascending sets of indexes.
    ///
    /// - Parameters:
    ///   - script: Gives `user_id` and an array, by user.
    ///   - index: The index of an element; below 0 for one that does not matter.
    func lists<Element: PostgresDecodable>(
        _ script: String, _ arguments: [String: Bind], _ buckets: ClosedRange<Int16>,
        index: (Element) -> Int32
    ) throws -> IndexLists where [Element]: PostgresDecodable {
        IndexLists(
            try sequences(script, arguments, buckets, index: index).map { Set($0).sorted() })
    }

    /// What a statement lists for each user, as indexes in the order given.
    func sequences<Element: PostgresDecodable>(
        _ script: String, _ arguments: [String: Bind], _ buckets: ClosedRange<Int16>,
        index: (Element) -> Int32
    ) throws -> [[UInt32]] where [Element]: PostgresDecodable {
        var lists = [[UInt32]](repeating: [], count: users.count)
        var rows = RowFinder(users)
        try context.connection.forEachRow(
            try context.query(script, within(buckets, arguments)), as: (Int64, [Element]).self
        ) { userID, elements in
            guard let row = rows.row(of: userID) else { return }
            lists[row] += elements.map(index).filter { $0 >= 0 }.map { UInt32($0) }
        }
        return lists
    }

    /// The same as sets with a number for each element; of an element that stands twice the last counts.
    ///
    /// - Parameter script: Gives `user_id`, an array, and an array of numbers, by user.
    func numbers<Element: PostgresDecodable>(
        _ script: String, _ arguments: [String: Bind], _ buckets: ClosedRange<Int16>,
        index: (Element) -> Int32
    ) throws -> (lists: IndexLists, numbers: [Double]) where [Element]: PostgresDecodable {
        var entries = [[(key: UInt32, value: Double)]](repeating: [], count: users.count)
        var rows = RowFinder(users)
        try context.connection.forEachRow(
            try context.query(script, within(buckets, arguments)),
            as: (Int64, [Element], [Double]).self
        ) { userID, elements, numbers in
            guard let row = rows.row(of: userID) else { return }
            var byIndex: [UInt32: Double] = [:]
            for (element, number) in zip(elements, numbers) where index(element) >= 0 {
                byIndex[UInt32(index(element))] = number
            }
            entries[row] = byIndex.sorted { $0.key < $1.key }
        }
        return (
            IndexLists(entries.map { $0.map(\.key) }), entries.flatMap { $0.map(\.value) }
        )
    }

    private func within(
        _ buckets: ClosedRange<Int16>, _ arguments: [String: Bind]
    ) -> [String: Bind] {
        arguments.merging([
            "from_bucket": Bind(buckets.lowerBound), "until_bucket": Bind(buckets.upperBound),
        ]) { _, bucket in bucket }
    }
}

/// Finds rows of users who are asked for in ascending order.
struct RowFinder {
    private let users: [Int64]
    private var position = 0

    /// - Parameter users: Ascending.
    init(_ users: [Int64]) {
        self.users = users
    }

    /// The row of a user, no smaller than the one asked for before; nil where there is none.
    mutating func row(of userID: Int64) -> Int? {
        while position < users.count, users[position] < userID { position += 1 }
        return position < users.count && users[position] == userID ? position : nil
    }
}
