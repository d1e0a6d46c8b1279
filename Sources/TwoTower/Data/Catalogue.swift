public import NeuralNetwork

/// The items and what is known of their content, by dense index.
public struct Catalogue: Sendable, Equatable {
    /// The number of items; an item is an index below it.
    public let itemCount: Int
    /// The number of creators; a creator is an index below it.
    public let creatorCount: Int
    /// The creator of each item, or −1.
    public let creators: [Int32]
    /// The number of tags; a tag is an index below it.
    public let tagCount: Int
    /// Where the tags of each item start in `tags`; `itemCount` + 1 values.
    public let tagOffsets: [Int]
    /// The tags of all items, item after item.
    public let tags: [Int32]
    /// The text of each item, empty where there is none; nil when no item has any.
    public let texts: [String]?
    /// Vectors of the items from outside encoders, one value for each encoder.
    public let contents: [ContentVectors]

    /// A catalogue; without creators, tags, texts or vectors, those inputs are left out of the towers.
    ///
    /// - Throws: `invalidData` when lengths, offsets or indexes contradict one another.
    public init(
        itemCount: Int, creatorCount: Int = 0, creators: [Int32]? = nil, tagCount: Int = 0,
        tagOffsets: [Int]? = nil, tags: [Int32] = [], texts: [String]? = nil,
        contents: [ContentVectors] = []
    ) throws(ModelError) {
        let creators = creators ?? [Int32](repeating: -1, count: itemCount)
        let offsets = tagOffsets ?? [Int](repeating: 0, count: itemCount + 1)
        guard creators.count == itemCount else {
            throw ModelError(
                .invalidData, "catalogue has \(creators.count) creators for \(itemCount) items")
        }
        guard creators.allSatisfy({ $0 >= -1 && $0 < creatorCount }) else {
            throw ModelError(.invalidData, "catalogue has a creator index out of range")
        }
        guard isOffsets(offsets, rows: itemCount, total: tags.count) else {
            throw ModelError(
                .invalidData, "tag offsets of the catalogue do not rise from 0 to the tag total")
        }
        guard tags.allSatisfy({ $0 >= 0 && $0 < tagCount }) else {
            throw ModelError(.invalidData, "catalogue has a tag index out of range")
        }
        if let texts, texts.count != itemCount {
            throw ModelError(
                .invalidData, "catalogue has \(texts.count) texts for \(itemCount) items")
        }
        for content in contents where content.itemCount != itemCount {
            throw ModelError(
                .invalidData,
                "catalogue has \(content.itemCount) vectors of \(content.name) for \(itemCount) items"
            )
        }
        guard Set(contents.map(\.name)).count == contents.count else {
            throw ModelError(.invalidData, "catalogue has two sets of vectors with one name")
        }
        self.itemCount = itemCount
        self.creatorCount = creatorCount
        self.creators = creators
        self.tagCount = tagCount
        self.tagOffsets = offsets
        self.tags = tags
        self.texts = texts?.allSatisfy(\.isEmpty) == true ? nil : texts
        self.contents = contents
    }
}

/// Whether the values start at 0, never fall and end at `total`, one more than rows.
func isOffsets(_ offsets: [Int], rows: Int, total: Int) -> Bool {
    offsets.count == rows + 1 && offsets.first == 0 && offsets.last == total
        && zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }
}
