import LinearAlgebra
import Testing

@testable import Evaluation

@Suite struct BootstrapTests {
    private func sample(_ count: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in generator.gaussian() }
    }

    @Test(arguments: [1, 2, 3, 7])
    func theSeedDecidesWhateverTheThreads(threadCount: Int) {
        let columns = [sample(500, seed: 1), sample(500, seed: 2)]
        let one = Bootstrap(replicates: 50, seed: 9, threadCount: 1).intervals(ofMeans: columns)
        let many = Bootstrap(replicates: 50, seed: 9, threadCount: threadCount)
            .intervals(ofMeans: columns)
        #expect(one == many)
        let other = Bootstrap(replicates: 50, seed: 10).intervals(ofMeans: columns)
        #expect(one != other)
    }

    @Test func theWidthIsThatOfTheNormalApproximation() {
        // 2 · 1.96 · σ / √n, with a bootstrap error of a few per cent for 1000 replicates.
        let values = sample(2000, seed: 3)
        let mean = values.reduce(0) { $0 + Double($1) } / 2000
        let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 2000
        let interval = Bootstrap(replicates: 1000).intervals(ofMeans: [values])[0]
        let expected = 2 * 1.96 * (variance / 2000).squareRoot()
        let width = interval.upperBound - interval.lowerBound
        #expect(abs(width / expected - 1) < 0.12)
        #expect(abs((interval.upperBound + interval.lowerBound) / 2 - mean) < 0.1 * width)
    }

    @Test func intervalsHoldTheTruthAboutAsOftenAsTheyPromise() {
        // 100 samples of a distribution with mean 0: a 90 % interval misses about ten times; more
        // than 25 or none at all has a probability below 1e-4.
        let misses = (0..<100).count { trial in
            let interval = Bootstrap(replicates: 100, confidence: 0.9, seed: UInt64(trial))
                .intervals(ofMeans: [sample(60, seed: 1000 + UInt64(trial))])[0]
            return !interval.contains(0)
        }
        #expect((1...25).contains(misses))
    }

    @Test func aConstantHasAnIntervalOfNoWidth() {
        #expect(Bootstrap(replicates: 20).intervals(ofMeans: [[0.5, 0.5, 0.5]]) == [0.5...0.5])
    }

    @Test func oneUserAndNoUsersAreNoTrouble() {
        #expect(Bootstrap(replicates: 20).intervals(ofMeans: [[0.25]]) == [0.25...0.25])
        #expect(Bootstrap(replicates: 20).intervals(ofMeans: [[]]).isEmpty)
        #expect(Bootstrap(replicates: 20).intervals(ofMeans: []).isEmpty)
    }

    @Test func aColumnHasTheSameIntervalAloneAndInCompany() {
        // Longer than a block of weights, and not a multiple of four.
        let (a, b) = (sample(4099, seed: 4), sample(4099, seed: 5))
        let bootstrap = Bootstrap(replicates: 10)
        #expect(
            bootstrap.intervals(ofMeans: [a, b])[1] == bootstrap.intervals(ofMeans: [b])[0])
    }
}
