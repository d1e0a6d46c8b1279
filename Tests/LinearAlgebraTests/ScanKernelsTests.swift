import CKernels
import LinearAlgebra
import Testing

/// The scan of lists in eight bits against plain Swift, at every level of this processor.
@Suite struct ScanKernelsTests {
    private static let versions: [(name: String, kernels: ScanKernels)] =
        Kernels.Level.allCases.compactMap { level in
            ScanKernels(level: level).map { ("\(level)", $0) }
        } + (ScanKernels.vnni.map { [("vnni", $0)] } ?? [])

    @Test(arguments: versions.map(\.name), [1, 3, 16, 17])
    func keysAreThoseOfAPlainLoop(version: String, steps: Int) throws {
        let kernels = try #require(Self.versions.first { $0.name == version }).kernels
        let (groups, queryCount, width) = (9, 7, steps * ScanKernels.step)
        let items = groups * ScanKernels.groupSize - 5
        var generator = SeededGenerator(seed: UInt64(steps))
        var values = (0..<items * width).map { _ in generator.index(below: 255) - 127 }
        // The extremes, which sums of pairs in 16 bits would not hold.
        for position in 0..<width { values[position] = 127 }
        let places = groups * ScanKernels.groupSize
        var codes = [UInt8](repeating: 128, count: places * width)
        for (position, value) in values.enumerated() {
            let (item, column) = position.quotientAndRemainder(dividingBy: width)
            let (group, place) = item.quotientAndRemainder(dividingBy: ScanKernels.groupSize)
            let (step, part) = column.quotientAndRemainder(dividingBy: ScanKernels.step)
            codes[
                ((group * steps + step) * ScanKernels.groupSize + place) * ScanKernels.step + part] =
                UInt8(value + 128)
        }
        let scales = (0..<places).map { _ in generator.uniform() }
        let addends = (0..<places).map { $0 < items ? generator.gaussian() : -.infinity }
        let indexes = (0..<UInt32(places)).map { 1000 - $0 }
        var queries = (0..<queryCount * width).map { _ in Int8(generator.index(below: 255) - 127) }
        for position in 0..<width { queries[position] = position % 2 == 0 ? 127 : -127 }
        var keys = [UInt64](repeating: 0, count: queryCount * places)
        for (first, last) in [(0, groups), (1, 6), (3, 3)] {
            for threshold in [-Float.greatestFiniteMagnitude, 0, 1e3] as [Float] {
                let found = scan(
                    kernels, first..<last, codes, scales, addends, indexes, queries, &keys,
                    steps: steps, threshold: threshold)
                for query in 0..<queryCount {
                    let scale = Float(query + 1) * 0.01
                    let expected = (first * 16..<last * 16).compactMap { place -> UInt64? in
                        guard place < items else { return nil }
                        let sum = (0..<width).reduce(0) {
                            $0 + values[place * width + $1] * Int(queries[query * width + $1])
                        }
                        let score =
                            Float(query) + (addends[place] + scale * Float(sum) * scales[place])
                        guard score >= threshold else { return nil }
                        return RankingKey.make(score: score, index: indexes[place])
                    }
                    #expect(Array(found[query]) == expected)
                }
            }
        }
    }

    private func scan(
        _ kernels: ScanKernels, _ groups: Range<Int>, _ codes: [UInt8], _ scales: [Float],
        _ addends: [Float], _ indexes: [UInt32], _ queries: [Int8], _ keys: inout [UInt64],
        steps: Int, threshold: Float
    ) -> [[UInt64]] {
        let width = steps * ScanKernels.step
        let room = keys.count / (queries.count / width)
        return keys.withUnsafeMutableBufferPointer { keys in
            queries.withUnsafeBufferPointer { queries in
                var open = (0..<queries.count / width).map { query in
                    let code = queries.baseAddress! + query * width
                    return vitrine_scan_query(
                        code: code, tables: nil, keys: keys.baseAddress! + query * room, count: 0,
                        offset: -128 * (0..<width).reduce(0) { $0 + Int32(code[$1]) },
                        scale: Float(query + 1) * 0.01, base: Float(query), threshold: threshold)
                }
                codes.withUnsafeBufferPointer { codes in
                    scales.withUnsafeBufferPointer { scales in
                        addends.withUnsafeBufferPointer { addends in
                            indexes.withUnsafeBufferPointer { indexes in
                                open.withUnsafeMutableBufferPointer {
                                    kernels.scan(
                                        vitrine_scan_list(
                                            codes: codes.baseAddress!,
                                            scales: scales.baseAddress!,
                                            addends: addends.baseAddress!,
                                            indexes: indexes.baseAddress!, steps: steps),
                                        groups: groups, queries: $0)
                                }
                            }
                        }
                    }
                }
                return open.map { Array(UnsafeBufferPointer(start: $0.keys, count: $0.count)) }
            }
        }
    }
}
