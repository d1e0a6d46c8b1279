import Foundation

/// How an inverted file is searched.
public struct InvertedFileSearchSettings: Sendable {
    /// Lists to go through for each query, nearest first; more only where fewer than k items were
    /// found in them.
    public var probes: Int
    /// For codes that lose precision: how many candidates a rank to score again.
    public var shortlist: Int
    /// Bytes that a thread may spend on queries, their lists and their candidates; the results do not
    /// depend on it.
    public var blockBytes: Int
    /// Threads at work; the results do not depend on them.
    public var threadCount: Int

    public init(
        probes: Int, shortlist: Int = 4, blockBytes: Int = 128 << 20,
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        precondition(probes > 0, "\(probes) lists to go through")
        precondition(shortlist > 0, "\(shortlist) candidates a rank")
        precondition(blockBytes > 0, "\(blockBytes) bytes for a block")
        precondition(threadCount > 0, "thread count \(threadCount) is not positive")
        self.probes = probes
        self.shortlist = shortlist
        self.blockBytes = blockBytes
        self.threadCount = threadCount
    }
}
