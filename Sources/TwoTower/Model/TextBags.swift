import LinearAlgebra
import NeuralNetwork

/// The rows of a hashed table that the text of each item adds up, each row once.
///
/// An item with n different rows has each with the weight 1/√n, so that a long text weighs as much as
/// a short one: n rows that do not depend on one another add up to a length in proportion to √n.
struct TextBags: Sendable {
    private let bags: IndexLists

    /// - Parameter buckets: Rows of the table; words and trigrams that share one are not told apart.
    init(_ texts: [String], buckets: Int, threadCount: Int) {
        let lists = parallelMap(of: texts.count, chunkSize: 256, threadCount: threadCount) {
            _, range in
            range.map { item in
                var rows: [UInt32] = []
                TextFeatures.forEachHash(in: texts[item]) {
                    // The upper half takes part: alone, the lower bits of FNV-1a mix little.
                    rows.append(UInt32(($0 ^ $0 >> 32) % UInt64(buckets)))
                }
                rows.sort()
                return rows.enumerated().filter { $0 == 0 || rows[$0 - 1] != $1 }.map(\.element)
            }
        }
        bags = IndexLists(Array(lists.joined()))
    }

    /// Adds the rows of an item; the last row of the table where it has no text.
    func append(_ item: Int, _ table: TableShape, to bag: Bag) {
        let range = bags.offsets[item]..<bags.offsets[item + 1]
        if range.isEmpty { return bag.append(table.unknownRow, weight: 1) }
        let weight = 1 / Float(range.count).squareRoot()
        for index in range { bag.append(bags.values[index], weight: weight) }
    }
}
