import CKernels
import LinearAlgebra

/// The tables by which product-quantised codes are scored for a query without unpacking them.
///
/// They cost about as much to make as a list to unpack, so a query keeps its tables for all lists.
final class QueryTables {
    /// Whether they are looked up in registers.
    let areInRegisters: Bool
    private let book: vitrine_scan_codebook
    private let kernels: ScanKernels
    /// The place of each query's tables, or −1.
    private var places: [Int]
    private var count = 0
    private var tables: UnsafeMutableRawPointer?
    private let size: Int

    /// Bytes for the tables of all queries of a block.
    private static let limit = 4 << 20

    init(_ codebook: ScanCodebook, queryCount: Int, kernels: ScanKernels) {
        book = codebook.layout
        self.kernels = kernels
        areInRegisters = codebook.fitsRegisters && kernels.looksUpInRegisters
        size =
            areInRegisters
            ? book.places * ScanKernels.registerTableSize
            : book.places * 256 * MemoryLayout<Int32>.stride
        places = [Int](repeating: -1, count: queryCount)
    }

    deinit { tables?.deallocate() }

    /// The tables of a query; nil when there is no room for more.
    func tables(_ row: Int, code: UnsafePointer<Int8>) -> UnsafeRawPointer? {
        if places[row] < 0 {
            let room = min(places.count, Self.limit / size)
            guard count < room else { return nil }
            let memory = tables ?? .allocate(byteCount: room * size, alignment: 64)
            tables = memory
            let start = memory + count * size
            if areInRegisters {
                kernels.tabulateRegisters(
                    code, book, into: start.bindMemory(to: UInt8.self, capacity: size))
            } else {
                kernels.tabulate(
                    code, book, into: start.bindMemory(to: Int32.self, capacity: size / 4))
            }
            places[row] = count
            count += 1
        }
        return tables.map { UnsafeRawPointer($0 + places[row] * size) }
    }
}
