import Evaluation
import LinearAlgebra

extension ItemTable {
    /// Whether any item has a tag or a creator.
    var hasContent: Bool {
        !catalogue.tags.isEmpty || catalogue.creators.contains { $0 >= 0 }
    }

    /// What metrics beyond accuracy read: how often each item was taken; its tags and its creator.
    ///
    /// - Parameter padding: Number of items to describe; those beyond the catalogue have nothing.
    func traits(takenCounts: [Int], padding itemCount: Int) -> ItemTraits {
        let content = (0..<itemCount).map { item -> [UInt32] in
            guard item < catalogue.itemCount else { return [] }
            let tags = catalogue.tags[catalogue.tagOffsets[item]..<catalogue.tagOffsets[item + 1]]
            let creator = catalogue.creators[item]
            return tags.map { UInt32($0) }.sorted()
                + (creator < 0 ? [] : [UInt32(catalogue.tagCount) + UInt32(creator)])
        }
        let missing = [Int](repeating: 0, count: itemCount - takenCounts.count)
        return ItemTraits(
            takenCounts: takenCounts + missing, content: hasContent ? IndexLists(content) : nil)
    }
}
