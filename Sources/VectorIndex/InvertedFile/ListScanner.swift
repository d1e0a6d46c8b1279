import CKernels
import LinearAlgebra

/// Scans lists for a block of queries.
///
/// Lists that are copied in eight bits are scanned where they lie. Product-quantised codes are unpacked
/// a few groups at a time, which all queries of the list share; where the queries are few, their tables
/// are looked up instead. The two give the same keys.
final class ListScanner {
    private let file: InvertedFile
    private let lists: InvertedFileSearcher.Lists
    private let kernels: ScanKernels
    private let tables: QueryTables?
    /// For product-quantised codes: some groups unpacked, their scales, and addends of zero.
    private let groups: UnsafeMutablePointer<UInt8>
    private let scales: UnsafeMutablePointer<Float>
    private let addends: UnsafeMutablePointer<Float>
    private let steps: Int

    /// Groups that are scanned between two looks at the candidates.
    static let groupsAtOnce = 8
    private static let itemsAtOnce = groupsAtOnce * ScanKernels.groupSize

    init(_ searcher: InvertedFileSearcher, queryCount: Int) {
        file = searcher.file
        lists = searcher.lists
        kernels = searcher.kernels
        steps = ScanCodes.steps(dimension: file.dimension)
        var itemsAtOnce = 0
        if case .packed(let packed) = lists {
            tables = QueryTables(packed.book, queryCount: queryCount, kernels: kernels)
            itemsAtOnce = Self.itemsAtOnce
        } else {
            tables = nil
        }
        let size = max(1, itemsAtOnce * steps * ScanKernels.step)
        groups = .allocate(capacity: size)
        groups.initialize(repeating: 128, count: size)
        scales = .allocate(capacity: max(1, itemsAtOnce))
        addends = .allocate(capacity: max(1, itemsAtOnce))
        if case .packed(let packed) = lists {
            scales.initialize(repeating: packed.book.scale, count: itemsAtOnce)
            addends.initialize(repeating: 0, count: itemsAtOnce)
        }
    }

    deinit {
        groups.deallocate()
        scales.deallocate()
        addends.deallocate()
    }

    /// Gives the queries that are about to scan a list their tables, where that is faster.
    func prepare(_ open: inout [vitrine_scan_query], rows: (Int) -> Int) {
        guard let tables,
            open.count
                <= (tables.areInRegisters
                    ? ScanKernels.mostQueriesByRegisters : kernels.mostQueriesByTables)
        else { return }
        for position in open.indices {
            let found = tables.tables(rows(position), code: open[position].code)
            open[position].tables = found
            if found == nil { return }
        }
    }

    /// Appends to each query's keys those of some groups of a list that reach its threshold.
    ///
    /// - Parameter groups: At most `groupsAtOnce`.
    func scan(
        list: Int, groups: Range<Int>, queries: UnsafeMutableBufferPointer<vitrine_scan_query>
    ) {
        switch lists {
        case .copied(let copied):
            let first = copied.offsets[list]
            kernels.scan(
                copied.layout, groups: first + groups.lowerBound..<first + groups.upperBound,
                queries: queries)
        case .packed(let packed):
            scan(packed, list: list, groups: groups, queries: queries)
        }
    }

    private func scan(
        _ packed: PackedLists, list: Int, groups range: Range<Int>,
        queries: UnsafeMutableBufferPointer<vitrine_scan_query>
    ) {
        let first = range.lowerBound * ScanKernels.groupSize
        let entry = file.lists.offsets[list] + first
        let count = min(
            range.count * ScanKernels.groupSize, file.lists.offsets[list + 1] - entry)
        let stored = packed.addends(ofList: list, from: first)
        if stored == nil {
            let end = range.count * ScanKernels.groupSize
            (addends + count).update(repeating: -.infinity, count: end - count)
        }
        defer {
            if stored == nil {
                (addends + count).update(
                    repeating: 0, count: range.count * ScanKernels.groupSize - count)
            }
        }
        file.codes.withUnsafeBufferPointer { bytes in
            file.lists.values.withUnsafeBufferPointer { values in
                let places = packed.book.layout.places
                let codes = vitrine_scan_codes(
                    bytes: bytes.baseAddress! + entry * places, places: places, count: count)
                var layout = vitrine_scan_list(
                    codes: groups, scales: scales, addends: stored ?? UnsafePointer(addends),
                    indexes: values.baseAddress! + entry, steps: steps)
                if let tables, queries.allSatisfy({ $0.tables != nil }) {
                    if tables.areInRegisters {
                        kernels.arrange(codes, into: groups)
                        layout.steps = places / ScanKernels.step
                        kernels.scanRegisters(layout, groups: 0..<range.count, queries: queries)
                    } else {
                        kernels.scanTables(layout, codes, queries: queries)
                    }
                } else {
                    kernels.unpack(codes, packed.book.layout, into: groups)
                    kernels.scan(layout, groups: 0..<range.count, queries: queries)
                }
            }
        }
    }
}
