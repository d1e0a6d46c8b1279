/// Keys of the database and their dense indexes.
///
/// A model keeps the vocabulary it was trained with: what it knows keeps its index, what came later
/// is given the indexes that follow, where the towers fall back on content.
struct Vocabulary<Key: Hashable & Sendable>: Sendable {
    /// The keys, by index.
    private(set) var keys: [Key]
    private var indexes: [Key: Int32]

    init() {
        keys = []
        indexes = [:]
    }

    /// A vocabulary of the given keys in their order; nil when a key stands twice.
    init?(_ keys: [Key]) {
        self.keys = keys
        indexes = Dictionary(minimumCapacity: keys.count)
        for (index, key) in keys.enumerated()
        where indexes.updateValue(Int32(index), forKey: key) != nil {
            return nil
        }
    }

    var count: Int { keys.count }

    /// The index of a key, or −1.
    func index(of key: Key) -> Int32 { indexes[key] ?? -1 }

    /// The index of a key, added at the end when it is new.
    mutating func insert(_ key: Key) -> Int32 {
        if let index = indexes[key] { return index }
        let index = Int32(keys.count)
        keys.append(key)
        indexes[key] = index
        return index
    }
}

/// The vocabularies of one model: what each of its indexes stands for.
struct Vocabularies: Sendable {
    var items = Vocabulary<Int64>()
    var users = Vocabulary<Int64>()
    var creators = Vocabulary<Int64>()
    var tags = Vocabulary<String>()
    /// One for each profile attribute.
    var profile: [Vocabulary<String>] = []
}
