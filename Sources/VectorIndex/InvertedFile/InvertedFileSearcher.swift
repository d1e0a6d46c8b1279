import Foundation
import LinearAlgebra

/// Searches an inverted file for many queries at once, list by list.
///
/// The lists nearest to a query are those whose centroids score highest. A block of queries goes
/// over the lists together: each list is scored for all queries that probe it while it is near, in
/// eight bits, and what may be among the k best is kept.
///
/// **Scores.** For flat codes the scores in eight bits are a filter within its error bound, as in
/// `ExactIndex`: the k best of the probed lists are found exactly, and with all lists probed the
/// lists are those of `ExactIndex`. For other codes the best candidates in eight bits, `shortlist` a
/// rank, are scored again with the vectors where there are any, else as decoded. Results are the same
/// at any number of threads and block size; equal scores rank by item index.
public struct InvertedFileSearcher: Sendable {
    /// What is searched.
    public let file: InvertedFile
    let coarse: ExactIndex
    let lists: Lists
    /// What scans them.
    let kernels: ScanKernels
    /// The row of each item in the vectors, or its entry in the lists where there are none.
    let slots: [UInt32]
    /// What final scores come from; nil when it is the codes themselves.
    private let vectors: Matrix?
    /// The largest norm of a vector or centroid.
    let largestNorm: Double

    /// How lists are scanned.
    enum Lists: Sendable {
        /// Copied in eight bits a value.
        case copied(CopiedLists)
        /// From product-quantised codes.
        case packed(PackedLists)
    }

    /// Prepares a file for search: a copy of its lists in 8 bits a value, unless they are product-
    /// quantised.
    ///
    /// - Parameters:
    ///   - file: What to search.
    ///   - vectors: The items' embeddings, shape `[file.itemCount, D]`, to score candidates again
    ///     with; nil to do so with what the codes stand for.
    ///   - threadCount: Threads at work.
    /// - Throws: `VectorIndexError` when a vector is of another length, not finite or too large.
    public init(
        _ file: InvertedFile, vectors: Matrix? = nil,
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
    ) throws {
        try self.init(file, vectors: vectors, threadCount: threadCount, kernels: .best)
    }

    init(
        _ file: InvertedFile, vectors: Matrix?, threadCount: Int, kernels: ScanKernels
    ) throws {
        self.file = file
        self.kernels = kernels
        let similarity = file.parameters.similarity
        var slots = [UInt32](repeating: 0, count: file.itemCount)
        if let vectors {
            precondition(
                vectors.rows == file.itemCount, "\(vectors.rows) vectors of \(file.itemCount) items"
            )
            guard vectors.columns == file.dimension else {
                throw VectorIndexError.wrongDimension(
                    "item", vectors.columns, expected: file.dimension)
            }
            for item in slots.indices { slots[item] = UInt32(item) }
        } else {
            for (slot, item) in file.lists.values.enumerated() { slots[Int(item)] = UInt32(slot) }
        }
        self.slots = slots
        self.vectors = try vectors.map {
            try ListEntries.prepared($0, similarity: similarity)
        }
        coarse = try ExactIndexBuilder(similarity: similarity == .l2 ? .l2 : .innerProduct)
            .build(items: file.centroids)
        var norms = [coarse.largestNorm]
        if let vectors = self.vectors {
            norms += try vectors.withView { try RowNorms.checked($0, kind: "item") }
        }
        if file.parameters.code == .flat {
            norms += try file.withFlatVectors { try RowNorms.checked($0, kind: "item") }
        }
        if let quantiser = file.quantiser {
            let packed = PackedLists(
                file, quantiser: quantiser, largestCentroidNorm: coarse.largestNorm,
                threadCount: threadCount)
            lists = .packed(packed)
            norms.append(packed.largestNorm)
        } else {
            let copied = CopiedLists(file, threadCount: threadCount)
            lists = .copied(copied)
            if file.parameters.code == .int8 {
                norms.append(coarse.largestNorm + copied.largest.residual)
            }
        }
        largestNorm = norms.max()!
    }

    /// Calls the closure with where final scores come from: vectors of length 1 or 0 for cosine.
    func withSource<Result>(_ body: (PairScorer.Source) throws -> Result) rethrows -> Result {
        try slots.withUnsafeBufferPointer { slots in
            let slots = slots.baseAddress ?? Self.noSlots
            if let vectors { return try vectors.withView { try body(.slots(slots, $0)) } }
            guard file.parameters.code == .flat else { return try body(.codes(slots, file)) }
            return try file.withFlatVectors { try body(.slots(slots, $0)) }
        }
    }

    // Stands for the slots of no items.
    private static var noSlots: UnsafePointer<UInt32> {
        UnsafePointer(bitPattern: MemoryLayout<UInt32>.alignment)!
    }

    /// The k best items of every query.
    ///
    /// - Parameters:
    ///   - queries: Query embeddings, shape `[U × interests, D]`.
    ///   - interests: Embeddings of each user, one after the other; the score of an item is the greatest
    ///     over them.
    ///   - k: The length of the lists; they are shorter where the items of all lists run out.
    ///   - allowed: Whether each of `itemCount` items may be returned; nil for all.
    ///   - excluded: Items to leave out, one strictly ascending list per user; nil for none.
    ///   - settings: How to search.
    /// - Returns: `U` lists.
    /// - Throws: `VectorIndexError` when an embedding is of another length, not finite or too large.
    public func search(
        _ queries: Matrix, interests: Int = 1, k: Int, allowed: [Bool]? = nil,
        excluding excluded: IndexLists? = nil, settings: InvertedFileSearchSettings
    ) throws -> RankedLists {
        var blocks: [RankedLists] = []
        try search(
            queries, interests: interests, k: k, allowed: allowed, excluding: excluded,
            settings: settings
        ) { _, lists in blocks.append(lists) }
        return RankedLists(joining: blocks)
    }

    /// Finds the k best items of every query and hands them over block by block, in order of user.
    ///
    /// An error from the closure ends the search; so can a stop signal be answered.
    ///
    /// - Parameters:
    ///   - queries: Query embeddings, shape `[U × interests, D]`.
    ///   - interests: Embeddings of each user, one after the other; the score of an item is the greatest
    ///     over them.
    ///   - k: The length of the lists; they are shorter where the items of all lists run out.
    ///   - allowed: Whether each of `itemCount` items may be returned; nil for all.
    ///   - excluded: Items to leave out, one strictly ascending list per user; nil for none.
    ///   - settings: How to search.
    ///   - deliver: Receives the numbers of some users and their lists, on the calling thread.
    /// - Throws: `VectorIndexError` when an embedding is of another length, not finite or too large, after the blocks
    ///   of earlier users were delivered; and what `deliver` throws.
    public func search(
        _ queries: Matrix, interests: Int = 1, k: Int, allowed: [Bool]? = nil,
        excluding excluded: IndexLists? = nil, settings: InvertedFileSearchSettings,
        deliver: (_ users: Range<Int>, _ lists: RankedLists) throws -> Void
    ) throws {
        precondition(k >= 0, "lists of \(k) items")
        precondition(
            interests > 0 && queries.rows % interests == 0,
            "queries of shape \(queries.shape) with \(interests) interests each")
        guard queries.columns == file.dimension else {
            throw VectorIndexError.wrongDimension(
                "user", queries.columns, expected: file.dimension)
        }
        let userCount = queries.rows / interests
        let filter = ItemFilter(
            allowed: allowed, excluded: excluded, itemCount: file.itemCount, userCount: userCount)
        let plan = InvertedFilePlan(
            self, userCount: userCount, interests: interests, k: k, settings: settings)
        let waveSize = plan.userBlock * settings.threadCount
        for start in stride(from: 0, to: userCount, by: waveSize) {
            let wave = start..<min(start + waveSize, userCount)
            let results = parallelMap(
                of: wave.count, chunkSize: plan.userBlock, threadCount: settings.threadCount
            ) { _, range -> Result<RankedLists, any Error> in
                let users = start + range.lowerBound..<start + range.upperBound
                return Result {
                    try QueryBlock.search(self, queries, users: users, plan: plan, filter: filter)
                }
            }
            for (block, result) in results.enumerated() {
                let first = start + block * plan.userBlock
                let lists = try result.get()
                try deliver(first..<first + lists.count, lists)
            }
        }
    }
}

/// The sizes of a search, worked out once.
struct InvertedFilePlan: Sendable {
    let k: Int
    /// Candidates that are scored again.
    let candidates: Int
    let interests: Int
    let probes: Int
    let userBlock: Int
    /// Places for the candidates of one query.
    let capacity: Int

    init(
        _ searcher: InvertedFileSearcher, userCount: Int, interests: Int, k: Int,
        settings: InvertedFileSearchSettings
    ) {
        let file = searcher.file
        self.k = min(k, file.entryCount)
        self.interests = interests
        candidates =
            file.parameters.code == .flat
            ? self.k : min(self.k * settings.shortlist, file.entryCount)
        probes = min(settings.probes, max(file.lists.count, 1))
        let places = ListScanner.groupsAtOnce * ScanKernels.groupSize
        capacity = candidates + max(2 * places, candidates / 2)
        let bytes =
            capacity * MemoryLayout<UInt64>.stride
            + file.dimension * (MemoryLayout<Float>.stride + 2) + probes * 24 + 256
        let share = (userCount + settings.threadCount - 1) / settings.threadCount
        userBlock = max(1, min(settings.blockBytes / (bytes * interests), share))
    }
}
