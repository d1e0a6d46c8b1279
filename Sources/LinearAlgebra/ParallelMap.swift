/// Returns what the closure gives for each chunk of `0 ..< count`, in order of chunk.
///
/// The partition is that of `parallelChunks`: it depends on `count` and `chunkSize` alone.
///
/// ```swift
/// let sums = parallelMap(of: rows, chunkSize: 128, threadCount: 2) { _, range in sum(range) }
/// ```
public func parallelMap<Element: Sendable>(
    of count: Int, chunkSize: Int, threadCount: Int,
    _ body: @Sendable (Int, Range<Int>) -> Element
) -> [Element] {
    precondition(chunkSize > 0, "chunk size \(chunkSize) is not positive")
    let chunkCount = (count + chunkSize - 1) / chunkSize
    return [Element](unsafeUninitializedCapacity: chunkCount) { buffer, initializedCount in
        let slots = Slots(base: buffer.baseAddress)
        parallelChunks(of: count, chunkSize: chunkSize, threadCount: threadCount) { chunk, range in
            slots.initialize(chunk, to: body(chunk, range))
        }
        initializedCount = chunkCount
    }
}

/// Uninitialised memory with a place for the result of each chunk.
// Sendable because each chunk writes its own place, once.
private struct Slots<Element>: @unchecked Sendable {
    let base: UnsafeMutablePointer<Element>?

    func initialize(_ chunk: Int, to element: Element) {
        (base! + chunk).initialize(to: element)
    }
}
