import CKernels
import LinearAlgebra
import Testing

/// Product-quantised codes by unpacking, by tables and by registers, against a plain loop: the same keys
/// at every level of this processor.
@Suite struct ScanTablesTests {
    private static let versions: [(name: String, kernels: ScanKernels)] =
        Kernels.Level.allCases.compactMap { level in
            ScanKernels(level: level).map { ("\(level)", $0) }
        } + (ScanKernels.vnni.map { [("vnni", $0)] } ?? [])
        + (ScanKernels.vbmi.map { [("vbmi", $0)] } ?? [])

    /// The columns of each place, and how many of them its first half has.
    private static let shapes: [[(width: Int, split: Int)]] = [
        [(4, 4), (4, 4), (4, 4)],
        [(4, 2), (4, 2), (4, 2), (4, 2)],
        [(3, 1), (4, 2), (2, 1), (1, 1), (4, 2), (3, 2), (4, 2), (2, 2)],
        [(5, 5), (1, 1), (7, 3)],
    ]

    @Test(arguments: versions.map(\.name), shapes.indices)
    func keysAreThoseOfAPlainLoop(version: String, shape: Int) throws {
        let kernels = try #require(Self.versions.first { $0.name == version }).kernels
        let shape = Self.shapes[shape]
        let book = Codebook(shape, seed: 3)
        let fits = shape.count % 4 == 0 && shape.allSatisfy { $0.split <= 2 && $0.width <= 4 }
        for itemCount in [1, 16, 77, 128] {
            let world = World(book, itemCount: itemCount, queryCount: 5, seed: UInt64(itemCount))
            let expected = world.plainKeys()
            #expect(world.unpacked(kernels) == expected)
            #expect(world.byTables(kernels) == expected)
            if fits && kernels.looksUpInRegisters {
                #expect(world.byRegisters(kernels) == expected)
            }
        }
    }

    @Test func theBestVersionIsTheLastOfThem() {
        let best = Self.versions[Self.versions.count - 1].kernels
        #expect(best.looksUpInRegisters == ScanKernels.best.looksUpInRegisters)
        #expect(best.mostQueriesByTables == ScanKernels.best.mostQueriesByTables)
    }
}

/// What the bytes of every place stand for.
private final class Codebook {
    let starts: [Int]
    let splits: [Int]
    /// The values of each place and byte.
    let values: [[[Int]]]
    let memory: (values: [UInt8], starts: [Int], splits: [Int])
    var columns: Int { starts[splits.count] }
    var steps: Int { (columns + ScanKernels.step - 1) / ScanKernels.step }

    init(_ shape: [(width: Int, split: Int)], seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let starts = shape.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.width) }
        let splits = shape.indices.map { starts[$0] + shape[$0].split }
        values = shape.map { width, split in
            // A half of a byte decides on a half of the columns.
            let halves = (0..<2).map { _ in
                (0..<16).map { number in
                    (0..<width).map { _ in number == 7 ? 127 : generator.index(below: 255) - 127 }
                }
            }
            let whole = (0..<256).map { _ in
                (0..<width).map { _ in generator.index(below: 255) - 127 }
            }
            if split == width && width > 2 { return whole }
            return (0..<256).map { byte in
                (0..<width).map { column in
                    column < split ? halves[0][byte & 15][column] : halves[1][byte >> 4][column]
                }
            }
        }
        (self.starts, self.splits) = (starts, splits)
        memory = (values.joined().joined().map { UInt8($0 + 128) }, starts, splits)
    }

    func withLayout<Result>(_ body: (vitrine_scan_codebook) -> Result) -> Result {
        memory.values.withUnsafeBufferPointer { values in
            memory.starts.withUnsafeBufferPointer { starts in
                memory.splits.withUnsafeBufferPointer { splits in
                    body(
                        vitrine_scan_codebook(
                            values: values.baseAddress!, starts: starts.baseAddress!,
                            splits: splits.baseAddress!, places: splits.count))
                }
            }
        }
    }
}

/// Some items and queries.
private struct World {
    let book: Codebook
    let bytes: [UInt8]
    let itemCount: Int
    let queries: [[Int8]]
    let addends: [Float]
    let scales: [Float]
    let indexes: [UInt32]

    private static let threshold: Float = 0

    init(_ book: Codebook, itemCount: Int, queryCount: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        self.book = book
        self.itemCount = itemCount
        bytes = (0..<itemCount * book.splits.count).map { _ in UInt8(generator.index(below: 256)) }
        queries = (0..<queryCount).map { query in
            (0..<book.steps * ScanKernels.step).map { column in
                if column >= book.columns { return 0 }
                return query == 0 ? 127 : Int8(generator.index(below: 255) - 127)
            }
        }
        let places = (itemCount + 15) / 16 * 16
        addends = (0..<places).map { $0 < itemCount ? generator.gaussian() : -.infinity }
        scales = [Float](repeating: 0.01, count: places)
        indexes = (0..<UInt32(places)).map { 1000 - $0 }
    }

    func plainKeys() -> [[UInt64]] {
        queries.indices.map { query in
            (0..<itemCount).compactMap { item in
                var sum = 0
                for place in book.splits.indices {
                    let values = book.values[place][
                        Int(bytes[item * book.splits.count + place])]
                    for (column, value) in values.enumerated() {
                        sum += value * Int(queries[query][book.starts[place] + column])
                    }
                }
                let score = Float(query) + (addends[item] + 0.01 * Float(sum) * scales[item])
                guard score >= Self.threshold else { return nil }
                return RankingKey.make(score: score, index: indexes[item])
            }
        }
    }

    func unpacked(_ kernels: ScanKernels) -> [[UInt64]] {
        keys(steps: book.steps, tables: queries.map { _ in [] }) { list, codes, groups, queries in
            book.withLayout { kernels.unpack(codes, $0, into: groups) }
            kernels.scan(list, groups: 0..<addends.count / 16, queries: queries)
        }
    }

    func byTables(_ kernels: ScanKernels) -> [[UInt64]] {
        let tables = queries.map { query in
            var table = [Int32](repeating: 0, count: book.splits.count * 256)
            book.withLayout { kernels.tabulate(query, $0, into: &table) }
            return table.withUnsafeBytes { Array($0) }
        }
        return keys(steps: 0, tables: tables) { list, codes, _, queries in
            kernels.scanTables(list, codes, queries: queries)
        }
    }

    func byRegisters(_ kernels: ScanKernels) -> [[UInt64]] {
        let tables = queries.map { query in
            var table = [UInt8](
                repeating: 0, count: book.splits.count * ScanKernels.registerTableSize)
            book.withLayout { kernels.tabulateRegisters(query, $0, into: &table) }
            return table
        }
        return keys(steps: book.splits.count / 4, tables: tables) { list, codes, groups, queries in
            kernels.arrange(codes, into: groups)
            kernels.scanRegisters(list, groups: 0..<addends.count / 16, queries: queries)
        }
    }

    private func keys(
        steps: Int, tables: [[UInt8]],
        scan: (
            vitrine_scan_list, vitrine_scan_codes, UnsafeMutablePointer<UInt8>,
            UnsafeMutableBufferPointer<vitrine_scan_query>
        ) -> Void
    ) -> [[UInt64]] {
        let size = max(book.steps, 1) * ScanKernels.step * addends.count
        let groups = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        groups.initialize(repeating: 128, count: size)
        defer { groups.deallocate() }
        var open: [vitrine_scan_query] = []
        var owned: [UnsafeMutableRawPointer] = []
        defer { for pointer in owned { pointer.deallocate() } }
        for (number, query) in queries.enumerated() {
            let code = UnsafeMutablePointer<Int8>.allocate(capacity: query.count)
            code.initialize(from: query, count: query.count)
            let table = UnsafeMutableRawPointer.allocate(
                byteCount: max(tables[number].count, 1), alignment: 64)
            table.copyMemory(from: tables[number], byteCount: tables[number].count)
            let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: addends.count)
            owned += [UnsafeMutableRawPointer(code), table, UnsafeMutableRawPointer(keys)]
            open.append(
                vitrine_scan_query(
                    code: code, tables: table, keys: keys, count: 0,
                    offset: -128 * query.reduce(0) { $0 + Int32($1) }, scale: 0.01,
                    base: Float(number), threshold: Self.threshold))
        }
        bytes.withUnsafeBufferPointer { bytes in
            scales.withUnsafeBufferPointer { scales in
                addends.withUnsafeBufferPointer { addends in
                    indexes.withUnsafeBufferPointer { indexes in
                        let list = vitrine_scan_list(
                            codes: groups, scales: scales.baseAddress!,
                            addends: addends.baseAddress!, indexes: indexes.baseAddress!,
                            steps: steps)
                        let codes = vitrine_scan_codes(
                            bytes: bytes.baseAddress!, places: book.splits.count,
                            count: itemCount)
                        open.withUnsafeMutableBufferPointer { scan(list, codes, groups, $0) }
                    }
                }
            }
        }
        return open.map { Array(UnsafeBufferPointer(start: $0.keys, count: $0.count)) }
    }
}
