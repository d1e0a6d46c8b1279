import Foundation
import LinearAlgebra
import Testing

@testable import TwoTower

@Suite struct CandidateSetTests {
    /// Day: item 0 six times, item 1 three times, item 2 once, item 3 never; q = 0.6, 0.3, 0.1, 0.
    private static let popularity = ItemShares([0, 0, 0, 0, 0, 0, 1, 1, 1, 2])

    private func draw(
        _ items: [Int32], _ sources: [any NegativeSource], correctsLogQ: Bool = true
    ) -> CandidateSet {
        var set = CandidateSet(itemCount: 4)
        var generator = SeededGenerator(seed: 1)
        set.draw(
            for: BatchPositives(
                items: items, day: 0, popularity: Self.popularity, itemCount: 4),
            from: sources, correctsLogQ: correctsLogQ, using: &generator)
        return set
    }

    /// By hand: four rows draw item 0 with K = 1 − 0.4⁴ = 0.9744, item 1 with 1 − 0.7⁴ = 0.7599,
    /// item 2 with 1 − 0.9⁴ = 0.3439. A popular item is pushed down beside a rare one.
    @Test func theCorrectionSubtractsTheLogarithm() {
        let set = draw([0, 0, 1, 2], [InBatchNegatives()])
        #expect(set.items == [0, 1, 2])
        let expected = [-log(0.9744), -log(0.7599), -log(0.3439)].map { Float($0) }
        for (actual, expected) in zip(set.corrections, expected) {
            #expect(abs(actual - expected) < 1e-6)
        }
        #expect(set.positives == [0, 0, 1, 2])
        for (actual, expected) in zip(set.positiveCorrections, [expected[0]] + expected) {
            #expect(abs(actual - expected) < 1e-6)
        }
        #expect(set.positiveCorrections[0] < set.positiveCorrections[3])
    }

    /// With scores (1, 2, 3) the first row has logits 1 − log 0.9744 for its positive (whose
    /// second copy is an accidental hit), 2 − log 0.7599 and 3 − log 0.3439.
    @Test func theCorrectedLossOfARowIsThatWorkedByHand() {
        let set = draw([0, 0, 1, 2], [InBatchNegatives()])
        let positive = exp(1.0) / 0.9744
        let rest = exp(2.0) / 0.7599 + exp(3.0) / 0.3439
        var logits = Matrix(rows: 1, columns: 3, elements: [1, 2, 3])
        for column in 0..<3 { logits[0, column] += set.corrections[column] }
        logits[0, 0] = 1 + set.positiveCorrections[0]
        let loss = logits.withMutableView {
            SoftmaxLoss().evaluate($0, positives: [0], weights: [1], .best)
        }
        #expect(abs(loss + log(positive / (positive + rest))) < 1e-5)
    }

    @Test func sourcesDrawIndependentlyEachWithItsOwnQ() {
        let set = draw([0, 2], [InBatchNegatives(), UniformNegatives(count: 3)])
        // Missed by both rows, (1 − q)², and by three uniform draws, 0.75³ = 0.421875.
        let expected = [-log(1 - 0.16 * 0.421875), -log(1 - 0.81 * 0.421875)]
        for (actual, expected) in zip(set.positiveCorrections, expected) {
            #expect(abs(actual - Float(expected)) < 1e-6)
        }
    }

    @Test func sampledSumsEstimateTheSumOverTheCatalogue() {
        // Σ over the set of 1 / K has the catalogue's 4 items as its expectation.
        var total = 0.0
        let rounds = 2_000
        var set = CandidateSet(itemCount: 4)
        var generator = SeededGenerator(seed: 2)
        let all: [Int32] = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2]
        for _ in 0..<rounds {
            let items = (0..<5).map { _ in all[generator.index(below: 10)] }
            set.draw(
                for: BatchPositives(
                    items: items, day: 0, popularity: Self.popularity, itemCount: 4),
                from: [InBatchNegatives(), UniformNegatives(count: 5)], correctsLogQ: true,
                using: &generator)
            total += set.corrections.reduce(0.0) { $0 + exp(Double($1)) }
        }
        #expect(abs(total / Double(rounds) - 4) < 0.1)
    }

    @Test func theFullCatalogueNeedsNoCorrection() {
        let set = draw([3, 1], [FullCatalogueNegatives()])
        #expect(set.items == [0, 1, 2, 3])
        #expect(set.corrections.allSatisfy { $0 == 0 })
        #expect(set.positiveCorrections.allSatisfy { $0 == 0 })
        #expect(set.positives == [3, 1])
    }

    @Test func withoutCorrectionNothingIsAdded() {
        let set = draw([0, 0, 1], [InBatchNegatives()], correctsLogQ: false)
        #expect(set.corrections == [0, 0])
        #expect(set.positiveCorrections == [0, 0, 0])
    }

    @Test func aPositiveThatNoSourceDrewIsSeenByItsOwnRowAlone() {
        let set = draw([3], [UniformNegatives(count: 0)], correctsLogQ: false)
        #expect(set.items == [3])
        #expect(set.corrections == [-.infinity])
        #expect(set.positiveCorrections == [0])
    }

    @Test func aSecondDrawForgetsTheFirst() {
        var set = draw([0, 1], [InBatchNegatives()])
        var generator = SeededGenerator(seed: 1)
        set.draw(
            for: BatchPositives(
                items: [2], day: 0, popularity: Self.popularity, itemCount: 4),
            from: [InBatchNegatives()], correctsLogQ: true, using: &generator)
        #expect(set.items == [2])
        #expect(set.candidateOfItem == [-1, -1, 0, -1])
    }
}
