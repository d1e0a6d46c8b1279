import Foundation

/// How an exact search is cut into blocks; the results depend on none of it.
public struct ExactSearchSettings: Sendable {
    /// Users scored together, at most.
    public var userBlock: Int
    /// Items scored together, at most.
    ///
    /// A thread needs `userBlock` × `itemBlock` × 4 bytes for scores.
    public var itemBlock: Int
    /// Bytes that a thread may spend on candidates; a large k shortens the blocks of users.
    public var candidateBytes: Int
    /// Threads at work.
    public var threadCount: Int

    public init(
        userBlock: Int = 256, itemBlock: Int = 1024, candidateBytes: Int = 32 << 20,
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        precondition(
            userBlock > 0 && itemBlock > 0, "block of \(userBlock) users × \(itemBlock) items")
        precondition(candidateBytes > 0, "\(candidateBytes) bytes for candidates")
        precondition(threadCount > 0, "thread count \(threadCount) is not positive")
        self.userBlock = userBlock
        self.itemBlock = itemBlock
        self.candidateBytes = candidateBytes
        self.threadCount = threadCount
    }
}
