import LinearAlgebra
import Testing

@testable import VectorIndex

@Suite struct ProductQuantiserTests {
    private func trained(
        _ vectors: Matrix, parts: Int, bits: Int, learnsRotation: Bool = false
    ) -> ProductQuantiser {
        ProductQuantiserTrainer(
            partCount: parts, bits: bits, learnsRotation: learnsRotation, seed: 1, threadCount: 2
        ).train(vectors)
    }

    private func decoded(_ quantiser: ProductQuantiser, _ vectors: Matrix) -> Matrix {
        var codes = [UInt8](repeating: 0xFF, count: vectors.rows * quantiser.codeSize)
        quantiser.encode(vectors, into: &codes)
        return quantiser.decode(codes, count: vectors.rows)
    }

    private func meanError(_ a: Matrix, _ b: Matrix) -> Double {
        zip(a.elements, b.elements).reduce(0.0) {
            $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
        } / Double(a.rows)
    }

    @Test(arguments: [(4, 8), (4, 4), (3, 8), (3, 4), (1, 8), (7, 4)])
    func everyPartGoesToItsNearestCentroid(parts: Int, bits: Int) {
        let vectors = Vectors.clustered(600, 7, clusters: 50, spread: 0.3, seed: 1)
        let quantiser = trained(vectors, parts: parts, bits: bits)
        #expect(quantiser.codebooks.rows == 1 << bits)
        let found = decoded(quantiser, vectors)
        for row in 0..<vectors.rows {
            for part in 0..<parts {
                let columns = part * 7 / parts..<(part + 1) * 7 / parts
                func distance(_ values: (Int) -> Float) -> Float {
                    columns.reduce(0) { sum, column in
                        let difference = vectors[row, column] - values(column)
                        return sum + difference * difference
                    }
                }
                let nearest = (0..<quantiser.codebooks.rows).map { number in
                    distance { quantiser.codebooks[number, $0] }
                }.min()!
                #expect(distance { found[row, $0] } <= nearest + 1e-5)
            }
        }
    }

    @Test func aLearnedRotationIsOrthogonalAndLowersTheError() {
        // All variance lies in the first part until it is spread by a rotation.
        var generator = SeededGenerator(seed: 2)
        let vectors = Matrix(
            rows: 4000, columns: 8,
            elements: (0..<4000 * 8).map { ($0 % 8 < 4 ? 1 : 0.01) * generator.gaussian() })
        let plain = trained(vectors, parts: 4, bits: 4)
        let turned = trained(vectors, parts: 4, bits: 4, learnsRotation: true)
        let product = turned.rotation!.multiplied(byTransposeOf: turned.rotation!)
        for row in 0..<8 {
            for column in 0..<8 {
                #expect(abs(product[row, column] - (row == column ? 1 : 0)) < 1e-4)
            }
        }
        let plainError = meanError(decoded(plain, vectors), vectors)
        #expect(meanError(decoded(turned, vectors), vectors) < 0.9 * plainError)
    }

    @Test func fewVectorsAreKeptWhole() {
        let few = Matrix(rows: 3, columns: 4, elements: (0..<12).map { Float($0 * $0) })
        for bits in [4, 8] {
            let quantiser = trained(few, parts: 2, bits: bits)
            #expect(meanError(decoded(quantiser, few), few) < 1e-9)
        }
    }

    @Test func partsThatDoNotBelongTogetherAreRefused() {
        let codebooks = Matrix(rows: 16, columns: 4)
        #expect(throws: VectorIndexError.self) {
            try ProductQuantiser(
                codebooks: Matrix(rows: 5, columns: 4), partCount: 2, rotation: nil)
        }
        #expect(throws: VectorIndexError.self) {
            try ProductQuantiser(codebooks: codebooks, partCount: 5, rotation: nil)
        }
        #expect(throws: VectorIndexError.self) {
            try ProductQuantiser(
                codebooks: codebooks, partCount: 2, rotation: Matrix(rows: 3, columns: 4))
        }
    }

    @Test(arguments: [8, 4], Similarity.allCases)
    func aShortlistByCodesScoredAgainFindsNearlyAll(bits: Int, similarity: Similarity) throws {
        let items = Vectors.clustered(4000, 16, clusters: 50, spread: 0.6, seed: 3)
        let queries = Vectors.clustered(100, 16, clusters: 50, spread: 0.6, seed: 3, stream: 5)
        let exact = try ExactIndexBuilder(similarity: similarity).build(items: items)
        let parameters = InvertedFileParameters(
            similarity: similarity, listCount: 40, code: .productQuantised, partBits: bits,
            learnsRotation: true)
        let file = try InvertedFileBuilder(parameters).build(items: items)
        #expect(file.codeSize == 4)
        let meter = try RecallMeter(
            exact: exact, queries: queries,
            settings: InvertedFileSearchSettings(probes: 1, shortlist: 10))
        let scoredAgain = try InvertedFileSearcher(file, vectors: items)
        #expect(try meter.measure(scoredAgain, probes: 40).allSatisfy { $0.mean > 0.95 })
        let decoded = try InvertedFileSearcher(file)
        let alone = try meter.measure(decoded, probes: 40)
        #expect(alone.allSatisfy { $0.mean > 0.3 && $0.mean < 0.98 })
    }
}
