import Dispatch
import Synchronization

/// Calls the closure for each chunk of `0 ..< count`, on up to `threadCount` threads.
///
/// The partition depends on `count` and `chunkSize` alone, never on the thread count: work that
/// keeps one partial result per chunk and adds them up in order of chunk gives the same bits on
/// any number of threads. Which thread takes which chunk is not defined.
///
/// ```swift
/// parallelChunks(of: rows, chunkSize: 128, threadCount: 2) { chunk, range in … }
/// ```
///
/// - Parameters:
///   - count: The number of elements to cover.
///   - chunkSize: Elements in each chunk but the last, which may be shorter.
///   - threadCount: Threads at work, this one among them.
///   - body: Receives the number of the chunk and its elements; may run at the same time as itself.
public func parallelChunks(
    of count: Int, chunkSize: Int, threadCount: Int, _ body: @Sendable (Int, Range<Int>) -> Void
) {
    precondition(count >= 0, "count \(count) is negative")
    precondition(chunkSize > 0, "chunk size \(chunkSize) is not positive")
    precondition(threadCount > 0, "thread count \(threadCount) is not positive")
    let chunkCount = (count + chunkSize - 1) / chunkSize
    @Sendable func run(_ chunk: Int) {
        let start = chunk * chunkSize
        body(chunk, start..<min(start + chunkSize, count))
    }
    if threadCount == 1 || chunkCount <= 1 {
        for chunk in 0..<chunkCount { run(chunk) }
        return
    }
    // Chunks are taken from a common counter, so that a slow one holds up nobody.
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: min(threadCount, chunkCount)) { _ in
        while true {
            let chunk = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard chunk < chunkCount else { return }
            run(chunk)
        }
    }
}

/// Calls the closure for each index below `count`, on up to `threadCount` threads.
public func parallelFor(_ count: Int, threadCount: Int, _ body: @Sendable (Int) -> Void) {
    parallelChunks(of: count, chunkSize: 1, threadCount: threadCount) { index, _ in body(index) }
}
