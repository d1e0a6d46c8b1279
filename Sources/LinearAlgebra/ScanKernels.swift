import CKernels

/// The SIMD loop that scores lists of vectors in eight bits, for one processor.
///
/// Every version gives the same bits.
public struct ScanKernels: Sendable {
    /// Items in a group, and values of an item that lie side by side in one.
    public static let (groupSize, step) = (Int(VITRINE_SCAN_ITEMS), Int(VITRINE_SCAN_STEP))

    // Points to a constant of the C module, which nothing changes after it is loaded.
    private nonisolated(unsafe) let table: UnsafePointer<vitrine_scan_kernels>

    private init(table: UnsafePointer<vitrine_scan_kernels>) {
        self.table = table
    }

    /// Kernels of one level, or nil when this processor cannot run it.
    public init?(level: Kernels.Level) {
        guard let table = vitrine_scan_kernels_at(level.rawValue) else { return nil }
        self.init(table: table)
    }

    /// The kernels for AVX-512 with its instructions for sums of products of bytes (VNNI), or nil when
    /// this processor has none.
    public static let vnni = vitrine_scan_kernels_vnni().map(ScanKernels.init(table:))

    /// The fastest kernels that this processor can run.
    public static let best = vnni ?? ScanKernels(level: Kernels.best.level)!

    /// Appends to each query's keys those of the items of some groups that reach its threshold.
    ///
    /// The score of an item is `base` + (addend + `scale` · Σ values · code · item scale).
    ///
    /// - Parameters:
    ///   - list: Groups of 16 items, in the layout of `vitrine_scan_list`.
    ///   - groups: Those to score.
    ///   - queries: Each with room for 16 keys a group.
    public func scan(
        _ list: vitrine_scan_list, groups: Range<Int>,
        queries: UnsafeMutableBufferPointer<vitrine_scan_query>
    ) {
        guard let base = queries.baseAddress else { return }
        withUnsafePointer(to: list) {
            table.pointee.scan($0, groups.lowerBound, groups.upperBound, base, queries.count)
        }
    }
}
