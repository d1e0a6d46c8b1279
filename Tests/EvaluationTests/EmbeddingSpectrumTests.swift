import Evaluation
import LinearAlgebra
import Testing

@Suite struct EmbeddingSpectrumTests {
    /// Along axes, in equal parts: the rank is the number of axes that are used.
    @Test(arguments: [1, 2, 5, 8]) func equalAxesCountOneEach(used: Int) throws {
        var rows: [Float] = []
        for axis in 0..<used {
            for sign: Float in [-1, 1] {
                rows += (0..<8).map { $0 == axis ? sign : 0 }
            }
        }
        let spectrum = try #require(
            EmbeddingSpectrum(of: Matrix(rows: 2 * used, columns: 8, elements: rows)))
        #expect(spectrum.dimension == 8)
        #expect(abs(spectrum.effectiveRank - Double(used)) < 1e-5)
        #expect(abs(spectrum.firstDirectionShare - 1 / Double(used)) < 1e-6)
        #expect(spectrum.meanShare < 1e-12)
        #expect(abs(spectrum.meanNorm - 1) < 1e-6)
    }

    /// Variances 3 and 1 along axes that are turned: exp of the entropy of 3/4 and 1/4.
    @Test func unequalDirectionsWeighLess() throws {
        let (a, b): (Float, Float) = (Float(3).squareRoot(), 1)
        let matrix = Matrix(
            rows: 4, columns: 2,
            elements: [a + b, a - b, a - b, a + b, -a + b, -a - b, -a - b, -a + b])
        let spectrum = try #require(EmbeddingSpectrum(of: matrix))
        #expect(abs(spectrum.effectiveRank - 1.7547654) < 1e-5)
        #expect(abs(spectrum.firstDirectionShare - 0.75) < 1e-6)
    }

    /// A collapse shows, whichever way: onto a line, or onto a point whose rounding spreads anywhere.
    @Test func collapsedEmbeddingsHaveRankOne() throws {
        var generator = SeededGenerator(seed: 5)
        let noise = Matrix.gaussian(rows: 500, columns: 16, deviation: 1, using: &generator)
        let healthy = try #require(EmbeddingSpectrum(of: noise))
        #expect(healthy.effectiveRank > 14 && healthy.meanShare < 0.1)
        let line = Matrix(
            rows: 500, columns: 16,
            elements: (0..<8_000).map { noise[$0 / 16, 0] * Float($0 % 16 + 1) })
        let onLine = try #require(EmbeddingSpectrum(of: line))
        #expect(abs(onLine.effectiveRank - 1) < 1e-3 && onLine.firstDirectionShare > 0.999)
        let point = Matrix(
            rows: 500, columns: 16, elements: (0..<8_000).map { 1 + noise.elements[$0] * 1e-7 })
        let onPoint = try #require(EmbeddingSpectrum(of: point))
        #expect(onPoint.effectiveRank == 1 && onPoint.firstDirectionShare == 1)
        #expect(onPoint.meanShare > 0.999999)
    }

    @Test func whatDoesNotVaryAndHasNoLengthIsNotMeasured() {
        #expect(EmbeddingSpectrum(of: Matrix(rows: 1, columns: 2, repeating: 1)) == nil)
        #expect(EmbeddingSpectrum(of: Matrix(rows: 3, columns: 0)) == nil)
        #expect(EmbeddingSpectrum(of: Matrix(rows: 3, columns: 2)) == nil)
    }
}
