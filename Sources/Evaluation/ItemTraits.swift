import Foundation
import LinearAlgebra

/// What the metrics beyond accuracy need to know of the items of a catalogue.
///
/// Neither popularity nor content comes from a model, so that the figures of two models are in one
/// scale: cosines of embeddings would let each model judge itself.
public struct ItemTraits: Sendable {
    /// −log₂ of each item's share of what was taken, in bits.
    let selfInformation: [Double]
    /// What each item is made of, ascending; nil where nothing is known of any.
    let content: IndexLists?

    /// The number of items.
    public var itemCount: Int { selfInformation.count }

    /// Traits of a catalogue.
    ///
    /// The share of item i is (nᵢ + 1) / (Σ n + items): an item that nobody took is very new, not
    /// infinitely so.
    ///
    /// - Parameters:
    ///   - takenCounts: How often each item was taken by those who were learned from.
    ///   - content: Features of each item, such as its tags and its creator, one strictly ascending
    ///     list per item.
    public init(takenCounts: [Int], content: IndexLists? = nil) {
        precondition(
            content.map { $0.count == takenCounts.count && $0.isStrictlyAscending } ?? true,
            "content of \(content?.count ?? 0) items for \(takenCounts.count), or not ascending")
        let total = Double(takenCounts.reduce(0, +) + takenCounts.count)
        selfInformation = takenCounts.map { -log2(Double($0 + 1) / total) }
        self.content = content
    }

    /// The mean self-information of the items of a list, in bits; 0 for an empty list.
    func novelty(of list: ArraySlice<UInt32>) -> Float {
        guard !list.isEmpty else { return 0 }
        let sum = list.reduce(0.0) { $0 + selfInformation[Int($1)] }
        return Float(sum / Double(list.count))
    }

    /// 1 less the mean similarity of two items of a list, over all pairs; 0 for fewer than two.
    func diversity(of list: ArraySlice<UInt32>) -> Float {
        guard let content, list.count > 1 else { return 0 }
        var sum = 0.0
        for (place, first) in list.enumerated() {
            for second in list.dropFirst(place + 1) {
                sum += Self.jaccard(content[Int(first)], content[Int(second)])
            }
        }
        return Float(1 - sum / Double(list.count * (list.count - 1) / 2))
    }

    /// |A ∩ B| / |A ∪ B|; 0 where both are empty: nothing is known to be shared.
    private static func jaccard(_ a: ArraySlice<UInt32>, _ b: ArraySlice<UInt32>) -> Double {
        var (i, j, shared) = (a.startIndex, b.startIndex, 0)
        while i < a.endIndex, j < b.endIndex {
            if a[i] == b[j] {
                (i, j, shared) = (i + 1, j + 1, shared + 1)
            } else if a[i] < b[j] {
                i += 1
            } else {
                j += 1
            }
        }
        let union = a.count + b.count - shared
        return union == 0 ? 0 : Double(shared) / Double(union)
    }
}
