import CKernels

/// The SIMD loops that score lists of vectors in eight bits, or of product-quantised codes, for one
/// processor.
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

    /// The same with tables that are looked up in registers (VBMI), or nil when this processor has no
    /// such instructions.
    public static let vbmi = vitrine_scan_kernels_vbmi().map(ScanKernels.init(table:))

    /// The fastest kernels that this processor can run.
    public static let best = vbmi ?? vnni ?? ScanKernels(level: Kernels.best.level)!

    /// Whether `scanRegisters` can be called.
    public var looksUpInRegisters: Bool { table.pointee.scan_registers != nil }

    /// The most queries of a list for which `scanTables` is faster than `unpack` and `scan`.
    ///
    /// Measured with lists of 512 items of 64 values in 16 bytes: unpacking takes 4.3 ns an item and a
    /// scan 0.2 with VNNI, 2.0 with AVX-512, 4.3 with AVX2 and 17 without; tables take 4.7.
    public var mostQueriesByTables: Int {
        if table == Self.vbmi?.table || table == Self.vnni?.table { return 0 }
        if table == Self.avx512?.table { return 1 }
        return table == Self.avx2?.table ? 4 : 64
    }

    /// The most queries of a list for which `scanRegisters` is faster: `arrange` takes 1.6 ns an item
    /// and a query 0.3.
    public static let mostQueriesByRegisters = 16

    private static let avx512 = ScanKernels(level: .avx512)
    private static let avx2 = ScanKernels(level: .avx2)

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

    /// Writes what product-quantised codes stand for as groups of 16 items.
    ///
    /// - Parameter groups: Room for all of them; what lies after the last item or value is left alone.
    public func unpack(
        _ codes: vitrine_scan_codes, _ book: vitrine_scan_codebook,
        into groups: UnsafeMutablePointer<UInt8>
    ) {
        withUnsafePointer(to: book) { book in
            withUnsafePointer(to: codes) { table.pointee.unpack(book, $0, groups) }
        }
    }

    /// Writes the sums of a query with every byte of every place, shape `[places, 256]`.
    public func tabulate(
        _ code: UnsafePointer<Int8>, _ book: vitrine_scan_codebook,
        into tables: UnsafeMutablePointer<Int32>
    ) {
        withUnsafePointer(to: book) { table.pointee.tabulate($0, code, tables) }
    }

    /// Does what `scan` does for codes that are not unpacked, by the tables of each query.
    ///
    /// - Parameters:
    ///   - list: Scales, addends and indexes of the items of `codes`.
    ///   - queries: With tables of `tabulate`, and room for 16 keys a group.
    public func scanTables(
        _ list: vitrine_scan_list, _ codes: vitrine_scan_codes,
        queries: UnsafeMutableBufferPointer<vitrine_scan_query>
    ) {
        guard let base = queries.baseAddress else { return }
        withUnsafePointer(to: list) { list in
            withUnsafePointer(to: codes) {
                table.pointee.scan_tables(list, $0, base, queries.count)
            }
        }
    }

    /// Writes the sums of a query with both halves of every place, in the layout of
    /// `tabulate_registers`: `registerTableSize` bytes a place.
    ///
    /// - Precondition: Halves have at most two values, and places are a multiple of 4.
    public func tabulateRegisters(
        _ code: UnsafePointer<Int8>, _ book: vitrine_scan_codebook,
        into tables: UnsafeMutablePointer<UInt8>
    ) {
        withUnsafePointer(to: book) { table.pointee.tabulate_registers($0, code, tables) }
    }

    /// Bytes of the tables of `tabulateRegisters` for one place.
    public static let registerTableSize = 64

    /// Writes codes as groups of 16 items, for `scanRegisters`.
    public func arrange(
        _ codes: vitrine_scan_codes, into groups: UnsafeMutablePointer<UInt8>
    ) {
        withUnsafePointer(to: codes) { table.pointee.arrange($0, groups) }
    }

    /// Does what `scan` does for groups of codes that are not unpacked, by tables of
    /// `tabulateRegisters`.
    ///
    /// - Precondition: `looksUpInRegisters`.
    public func scanRegisters(
        _ list: vitrine_scan_list, groups: Range<Int>,
        queries: UnsafeMutableBufferPointer<vitrine_scan_query>
    ) {
        guard let scan = table.pointee.scan_registers else {
            preconditionFailure("no instruction to look up in registers")
        }
        guard let base = queries.baseAddress else { return }
        withUnsafePointer(to: list) {
            scan($0, groups.lowerBound, groups.upperBound, base, queries.count)
        }
    }
}
