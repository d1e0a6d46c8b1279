import LinearAlgebra
import Testing
import VectorIndex

@testable import Pipeline

/// Items like every item, by lists and exactly.
@Suite struct SimilarItemsTests {
    private struct Row: Equatable {
        var item: Int64
        var similar: [Int64]
        var cosines: [Float]
    }

    /// 2,000 embeddings of eight values and a bias, around so many centres.
    private func items(around centreCount: Int, noise: Float) -> Matrix {
        var random = SeededGenerator(seed: 5)
        let centres = Matrix.gaussian(rows: centreCount, columns: 8, deviation: 1, using: &random)
        return Matrix(
            rows: 2000, columns: 9,
            elements: (0..<2000).flatMap { row in
                centres[row: row % centreCount].map { $0 + noise * random.gaussian() }
                    + [10 * random.gaussian()]
            })
    }

    private let ids = (0..<2000).map { Int64(3 * $0 + 1) }
    private let isAvailable = (0..<2000).map { $0 % 7 != 0 }

    private func settings(_ change: (inout IndexSettings) -> Void = { _ in }) -> IndexSettings {
        var settings = IndexSettings()
        settings.listCount = 32
        settings.recallCutoff = 10
        change(&settings)
        return settings
    }

    private func search(
        _ items: Matrix, _ settings: IndexSettings?, threads: Int = 2
    ) throws -> (rows: [Row], method: String, recall: RecallCurve?) {
        let similar = try SimilarItems(
            items, ids: ids, isAvailable: isAvailable, settings: settings, seed: 1,
            threadCount: threads)
        var rows: [Row] = []
        var done = 0
        try similar.search(k: 10) {
            done = $0
        } deliver: { item, similar, cosines in
            rows.append(Row(item: item, similar: similar, cosines: cosines))
        }
        #expect(done == 2000)
        return (rows, similar.method, similar.recall)
    }

    @Test func `exact search is that of every pair`() throws {
        let items = items(around: 50, noise: 0.3)
        let (rows, method, recall) = try search(items, nil)
        #expect(method == "exact" && recall == nil)
        #expect(rows.map(\.item) == ids)
        for row in stride(from: 0, to: 2000, by: 97) {
            func cosine(_ other: Int) -> Double {
                func product(_ a: Int, _ b: Int) -> Double {
                    (0..<8).reduce(0) { $0 + Double(items[a, $1]) * Double(items[b, $1]) }
                }
                return product(row, other)
                    / (product(row, row) * product(other, other)).squareRoot()
            }
            let others = ids.indices.filter { isAvailable[$0] && $0 != row }
                .map { (item: ids[$0], cosine: cosine($0)) }
                .sorted { $0.cosine > $1.cosine }.prefix(10)
            #expect(rows[row].similar == others.map(\.item))
            for (found, expected) in zip(rows[row].cosines, others) {
                #expect(abs(Double(found) - expected.cosine) < 1e-6)
            }
        }
    }

    @Test(arguments: [InvertedFileParameters.Code.flat, .int8, .productQuantised])
    func `lists find what they were measured to find`(code: InvertedFileParameters.Code) throws {
        let items = items(around: 50, noise: 0.3)
        let exact = try search(items, nil).rows
        let (rows, method, recall) = try search(items, settings { $0.code = code })
        let last = try #require(recall?.points.last)
        #expect(method == "32 lists, \(last.probes) read")
        #expect(last.cutoff == 10 && last.mean >= 0.95 && last.fifthPercentile >= 0.85)
        #expect(recall?.queryCount == 1000 && last.probes <= 8)
        let shares = zip(rows, exact).map { found, wanted in
            Double(Set(found.similar).intersection(wanted.similar).count) / 10
        }
        // The sample is half of the items.
        #expect(abs(shares.reduce(0, +) / 2000 - last.mean) < 0.02)
        for row in rows {
            #expect(row.similar.count == 10 && !row.similar.contains(row.item))
            #expect(zip(row.cosines, row.cosines.dropFirst()).allSatisfy { $0 >= $1 })
        }
        #expect(try search(items, settings { $0.code = code }, threads: 1).rows == rows)
    }

    @Test func `with all lists read nothing is missed`() throws {
        let items = items(around: 50, noise: 0.3)
        let found = try search(
            items,
            settings {
                ($0.recallMean, $0.recallFifthPercentile, $0.largestProbeShare) = (1, 1, 1)
                $0.recallSample = 2000
            })
        #expect(found.recall?.points.last?.minimum == 1)
        let exact = try search(items, nil).rows
        // Of the items that may be found, every one was measured.
        for (row, wanted) in zip(found.rows, exact).filter({ isAvailable[Int($0.0.item / 3)] }) {
            #expect(row == wanted)
        }
    }

    @Test func `where lists find too little, search is exact and says so`() throws {
        // Without centres no lists are near.
        let items = items(around: 2000, noise: 1)
        let (rows, method, recall) = try search(items, settings { $0.largestProbeShare = 0.05 })
        #expect(method.hasPrefix("exact: 1 of 32 lists find 0."))
        #expect(recall == nil)
        #expect(try search(items, nil).rows == rows)
    }

    @Test func `a small catalogue is searched exactly`() throws {
        let items = items(around: 50, noise: 0.3)
        let (rows, method, _) = try search(items, settings { $0.minimumListLength = 60 })
        #expect(method == "exact")
        #expect(try search(items, nil).rows == rows)
    }
}
