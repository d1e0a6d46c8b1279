import Foundation
import LinearAlgebra
import VectorIndex

/// Finds the items like every item: those of the greatest cosine of embeddings without the bias.
///
/// All pairs are too many where there are lists. Those of the candidates' index lie by another
/// measure, so an inverted file of its own is made; what it finds again is measured with a sample of
/// the items, and as many lists are read as reach the target. Where none do, search is exact.
struct SimilarItems {
    /// How items are searched, in words.
    let method: String
    /// What was measured of the lists that are read; nil where search is exact.
    let recall: RecallCurve?
    /// Items that have items like them.
    var itemCount: Int { ids.count }
    private let index: CandidateIndex
    /// Embeddings of all items without the bias, shape `[N, D]`.
    private let content: Matrix
    private let ids: [Int64]
    /// The row of each item that may be found.
    private let rows: [Int]
    private let threadCount: Int

    /// - Parameters:
    ///   - items: Embeddings of all items, the last coordinate their bias; shape `[N, D + 1]`.
    ///   - ids: The items, ascending.
    ///   - isAvailable: Whether each may be found. The others have items like them as well.
    ///   - settings: What lists have to reach; nil for exact search.
    init(
        _ items: Matrix, ids: [Int64], isAvailable: [Bool], settings: IndexSettings?, seed: Int,
        threadCount: Int
    ) throws {
        content = items.withoutBias()
        rows = isAvailable.indices.filter { isAvailable[$0] }
        self.ids = ids
        self.threadCount = threadCount
        let candidates = content.rows(rows)
        let lists = try settings.flatMap {
            try Lists(candidates, settings: $0, seed: seed, threadCount: threadCount)
        }
        if let lists, let probes = lists.probes {
            method = "\(lists.file.lists.count) lists, \(probes) read"
            recall = lists.curve
            index = .invertedFile(
                try InvertedFileSearcher(lists.file, vectors: candidates, threadCount: threadCount),
                probes: probes, allowed: nil)
        } else {
            method = lists.map { "exact: \($0.shortfall)" } ?? "exact"
            recall = nil
            index = .exact(try ExactIndexBuilder(similarity: .cosine).build(items: candidates))
        }
    }

    /// Finds the k items most like each item, itself left out.
    ///
    /// - Parameters:
    ///   - onBlock: Called with the items done after each block; an error from it ends the search.
    ///   - deliver: Receives an item, the items like it and their cosines, by item.
    func search(
        k: Int, onBlock: (Int) throws -> Void,
        deliver: (_ item: Int64, _ similar: [Int64], _ cosines: [Float]) throws -> Void
    ) throws {
        var itself = [[UInt32]](repeating: [], count: ids.count)
        for (candidate, row) in rows.enumerated() { itself[row] = [UInt32(candidate)] }
        try index.search(
            content, k: k, excluding: IndexLists(itself), threadCount: threadCount
        ) { range, lists in
            for (position, row) in range.enumerated() {
                try deliver(
                    ids[row], lists.items[position].map { ids[rows[Int($0)]] },
                    Array(lists.scores(of: position)))
            }
            try onBlock(range.upperBound)
        }
    }
}

/// Lists of items by their cosine, and how many of them have to be read.
private struct Lists {
    let file: InvertedFile
    /// Nil where no number of lists reaches the target.
    let probes: Int?
    let curve: RecallCurve?

    /// Nil where there are too few items for lists.
    init?(_ items: Matrix, settings: IndexSettings, seed: Int, threadCount: Int) throws {
        guard
            let parameters = settings.parameters(
                forItems: items.rows, similarity: .cosine, seed: seed)
        else { return nil }
        file = try InvertedFileBuilder(parameters, threadCount: threadCount).build(items: items)
        let count = min(settings.recallSample, items.rows)
        let sample = (0..<count).map { $0 * items.rows / count }
        let outcome = try RecallGate(
            settings: settings, items: items, queries: items.rows(sample),
            excluded: IndexLists(sample.map { [UInt32($0)] }), threadCount: threadCount
        ).measure(file)
        (probes, curve) = (outcome.probes, outcome.curve)
    }

    /// Why the lists are of no use.
    var shortfall: String {
        guard let last = curve?.points.last else { return "nothing measured" }
        return "\(last.probes) of \(file.lists.count) lists find "
            + "\(String(format: "%.3f", last.mean)) of it"
    }
}

extension Matrix {
    /// The embeddings without their last coordinate, the item bias: how popular an item is says
    /// nothing of what it is like.
    func withoutBias() -> Matrix {
        guard columns > 1 else { return self }
        return Matrix(rows: rows, columns: columns - 1) { result in
            withView { view in
                for row in 0..<rows {
                    result.row(row).update(from: view.row(row), count: columns - 1)
                }
            }
        }
    }

    /// Some of the rows, in the order given.
    func rows(_ chosen: [Int]) -> Matrix {
        Matrix(rows: chosen.count, columns: columns) { result in
            withView { view in
                for (position, row) in chosen.enumerated() {
                    result.row(position).update(from: view.row(row), count: columns)
                }
            }
        }
    }
}
