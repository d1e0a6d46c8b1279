/// A part of the work of a step that goes user by user: part `index` of `count`.
///
/// Every user lies in one of 1,024 buckets, by identifier and so the same everywhere; shard i of n has
/// the buckets from ⌊1024 i / n⌋ to before ⌊1024 (i + 1) / n⌋.
public struct Shard: Hashable, Sendable, CustomStringConvertible {
    /// The buckets that there are.
    public static let bucketCount = 1024

    /// From 0.
    public let index: Int
    public let count: Int

    /// All users.
    public static let whole = Shard(unchecked: 0, of: 1)

    /// Shard `index` of `count`.
    ///
    /// - Throws: ``ShardError`` when there is no such shard.
    public init(_ index: Int, of count: Int) throws(ShardError) {
        guard (1...Self.bucketCount).contains(count) else {
            throw ShardError(
                "there can be 1 to \(Self.bucketCount) shards, not \(count)",
                hint: "Users lie in \(Self.bucketCount) buckets, and a shard has one at least.")
        }
        guard (0..<count).contains(index) else {
            throw ShardError(
                "there is no shard \(index) of \(count)",
                hint: "Shards count from 0 to \(count - 1); so must the tasks of an array.")
        }
        self.init(unchecked: index, of: count)
    }

    /// Reads `i/n`.
    ///
    /// - Throws: ``ShardError`` when the text is of another form, or there is no such shard.
    public init(_ text: String) throws(ShardError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]) else {
            throw ShardError(
                "a shard is written i/n", hint: "The first of four is 0/4, the last 3/4.")
        }
        try self.init(index, of: count)
    }

    private init(unchecked index: Int, of count: Int) {
        self.index = index
        self.count = count
    }

    /// The buckets of its users.
    public var buckets: ClosedRange<Int16> {
        let (first, end) = (
            index * Self.bucketCount / count, (index + 1) * Self.bucketCount / count
        )
        return Int16(first)...Int16(end - 1)
    }

    public var description: String { "\(index)/\(count)" }
}

/// Why a shard cannot be what was asked for.
public struct ShardError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String
    /// What to do about it.
    public let hint: String

    init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }

    public var description: String { "\(message)\nHINT:  \(hint)" }
}
