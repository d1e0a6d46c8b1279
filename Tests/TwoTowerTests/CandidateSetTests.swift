import Foundation
import LinearAlgebra
import Testing

@testable import TwoTower

@Suite struct CandidateSetTests {
    /// Group: item 0 six times, item 1 three times, item 2 once, item 3 never; q = 0.6, 0.3, 0.1, 0.
    static let shares = ItemShares([0, 1, 0, 2, 0, 0, 1, 0, 1, 0])

    static func batch(_ items: [Int32], step: Int = 1) -> BatchPositives {
        BatchPositives(
            examples: items.indices.map { Example(user: Int32($0), event: Int32($0), weight: 1) },
            items: items, popularity: shares, day: 0, step: step)
    }

    static func draw(
        _ items: [Int32], _ sources: NegativeSources, isCorrected: Bool = true, seed: UInt64 = 1
    ) -> CandidateSet {
        var set = CandidateSet(itemCount: 4)
        var generator = SeededGenerator(seed: seed)
        set.draw(
            for: batch(items), from: sources, isCorrected: isCorrected, using: &generator)
        return set
    }

    private func expectClose(
        _ actual: [Float], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(actual.count == expected.count, sourceLocation: sourceLocation)
        for (actual, expected) in zip(actual, expected) {
            #expect(abs(Double(actual) - expected) < 1e-6, sourceLocation: sourceLocation)
        }
    }

    /// By hand: four rows draw item 0 with K = 1 − 0.4⁴ = 0.9744, item 1 with 1 − 0.7⁴ = 0.7599,
    /// item 2 with 1 − 0.9⁴ = 0.3439. A popular item is pushed down beside a rare one.
    @Test func theCorrectionSubtractsTheLogarithm() {
        let set = Self.draw([0, 0, 1, 2], NegativeSources(shared: [InBatchNegatives()]))
        #expect(set.items == [0, 1, 2])
        let expected = [-log(0.9744), -log(0.7599), -log(0.3439)]
        expectClose(set.corrections, expected)
        #expect(set.positives == [0, 0, 1, 2])
        expectClose(set.positiveCorrections, [expected[0]] + expected)
        #expect(set.positiveCorrections[0] < set.positiveCorrections[3])
    }

    /// With scores (1, 2, 3) the first row has logits 1 − log 0.9744 for its positive (whose
    /// second copy is an accidental hit), 2 − log 0.7599 and 3 − log 0.3439.
    @Test func theCorrectedLossOfARowIsThatWorkedByHand() throws {
        let set = Self.draw([0, 0, 1, 2], NegativeSources(shared: [InBatchNegatives()]))
        let positive = exp(1.0) / 0.9744
        let rest = exp(2.0) / 0.7599 + exp(3.0) / 0.3439
        var logits = Matrix(rows: 1, columns: 3, elements: [1, 2, 3])
        let loss = logits.withMutableView { logits in
            set.correct(
                CandidateRows(
                    scores: logits, range: 0..<1, users: logits.readOnly, items: logits.readOnly),
                .best)
            return SoftmaxLoss().evaluate(logits, positives: [0], weights: [1], .best)
        }
        #expect(abs(loss + log(positive / (positive + rest))) < 1e-5)
    }

    /// By hand: two rows miss an item with (1 − q)², three uniform draws with 0.75³ = 0.421875, two
    /// draws by √count, 2.449 : 1.732 : 1 : 0 of 5.181, with (1 − 0.4727)², …
    @Test func sourcesDrawIndependentlyEachWithItsOwnQ() {
        let popular = PopularNegatives(count: 2, exponent: 0.5, Self.shares, itemCount: 4)
        let sum = sqrt(6.0) + sqrt(3.0) + 1
        let roots = [sqrt(6.0), sqrt(3.0), 1].map { pow(1 - $0 / sum, 2) }
        let two = Self.draw(
            [0, 2],
            NegativeSources(
                shared: [InBatchNegatives(), UniformNegatives(count: 3, itemCount: 4)]))
        expectClose(
            two.positiveCorrections, [-log(1 - 0.16 * 0.421875), -log(1 - 0.81 * 0.421875)])
        let three = Self.draw(
            [0, 2],
            NegativeSources(
                shared: [InBatchNegatives(), UniformNegatives(count: 3, itemCount: 4), popular]))
        expectClose(
            three.positiveCorrections,
            [-log(1 - 0.16 * 0.421875 * roots[0]), -log(1 - 0.81 * 0.421875 * roots[2])])
    }

    @Test func sampledSumsEstimateTheSumOverTheCatalogue() {
        // Σ over the set of 1 / K has the catalogue's 4 items as its expectation.
        var total = 0.0
        let rounds = 2_000
        var set = CandidateSet(itemCount: 4)
        var generator = SeededGenerator(seed: 2)
        let all: [Int32] = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2]
        let sources = NegativeSources(
            shared: [
                InBatchNegatives(), UniformNegatives(count: 5, itemCount: 4),
                PopularNegatives(count: 2, exponent: 0.75, Self.shares, itemCount: 4),
            ])
        for _ in 0..<rounds {
            let items = (0..<5).map { _ in all[generator.index(below: 10)] }
            set.draw(
                for: Self.batch(items), from: sources, isCorrected: true, using: &generator)
            total += set.corrections.reduce(0.0) { $0 + exp(Double($1)) }
        }
        #expect(abs(total / Double(rounds) - 4) < 0.1)
    }

    /// A source whose draws are told, and whose probabilities are those of another.
    private struct ToldNegatives: NegativeSource {
        var drawn: [Int32]
        var like: any NegativeSource

        var name: String { like.name }

        func draw(
            for batch: BatchPositives, using generator: inout SeededGenerator,
            into items: inout [Int32]
        ) {
            items += drawn
        }

        func include(
            _ items: [Int32], in batch: BatchPositives, into probabilities: inout [Double]
        ) {
            like.include(items, in: batch, into: &probabilities)
        }
    }

    /// The gradient of each item's score that sampled softmax expects, over every positive and
    /// everything that three uniform draws and two by popularity can give, each with its
    /// probability. `sign` multiplies the correction.
    private func expectedGradient(
        scores: [Float], positives: [Double], sign: Float
    ) -> [Double] {
        let popular = PopularNegatives(count: 2, exponent: 1, Self.shares, itemCount: 4)
        var gradient = [Double](repeating: 0, count: 4)
        for draw in 0..<1024 {
            let drawn = (0..<5).map { Int32(draw >> (2 * $0) & 3) }
            let chance = drawn[3...].reduce(1.0 / 64) { $0 * Self.shares.share(of: $1) }
            if chance == 0 { continue }
            let sources = NegativeSources(
                shared: [
                    ToldNegatives(
                        drawn: Array(drawn[..<3]), like: UniformNegatives(count: 3, itemCount: 4)),
                    ToldNegatives(drawn: Array(drawn[3...]), like: popular),
                ])
            for positive in Int32(0)..<4 {
                let set = Self.draw([positive], sources)
                var logits = Matrix(
                    rows: 1, columns: set.items.count,
                    elements: zip(set.items, set.corrections).map { item, correction in
                        scores[Int(item)]
                            + (correction == -.infinity ? correction : sign * correction)
                    })
                let column = Int(set.positives[0])
                logits[0, column] = scores[Int(positive)] + sign * set.positiveCorrections[0]
                _ = logits.withMutableView {
                    SoftmaxLoss().evaluate(
                        $0, positives: set.positives, weights: [1], .best)
                }
                for (index, item) in set.items.enumerated() {
                    gradient[Int(item)] +=
                        chance * positives[Int(positive)] * Double(logits[0, index])
                }
            }
        }
        return gradient
    }

    /// Full softmax: what the model says less what the data say.
    private func fullGradient(scores: [Float], positives: [Double]) -> [Double] {
        let sum = scores.reduce(0) { $0 + exp(Double($1)) }
        return zip(scores, positives).map { exp(Double($0)) / sum - $1 }
    }

    /// Where the full softmax has its optimum, sampled softmax has it too, whatever was drawn; were
    /// an item drawn or not independently of others, exactly. Without a correction, or with its
    /// sign turned, the optimum lies elsewhere.
    @Test func theExpectedGradientVanishesWhereThatOfTheFullSoftmaxDoes() {
        let positives = [0.4, 0.3, 0.2, 0.1]
        let scores = positives.map { Float(log($0)) }
        #expect(fullGradient(scores: scores, positives: positives).allSatisfy { abs($0) < 1e-6 })
        func largest(_ sign: Float) -> Double {
            expectedGradient(scores: scores, positives: positives, sign: sign)
                .map(abs).max()!
        }
        #expect(largest(1) < 0.006)
        #expect(largest(0) > 0.05)
        #expect(largest(-1) > 0.1)
    }

    /// Elsewhere the two agree up to what the set leaves out.
    @Test func theExpectedGradientIsCloseToThatOfTheFullSoftmax() {
        let positives = [0.1, 0.2, 0.3, 0.4]
        let scores: [Float] = [1, 0.2, -0.4, -1]
        let full = fullGradient(scores: scores, positives: positives)
        let sampled = expectedGradient(scores: scores, positives: positives, sign: 1)
        for (sampled, full) in zip(sampled, full) {
            #expect(abs(sampled - full) < 0.1 * abs(full))
        }
    }

    @Test func theFullCatalogueNeedsNoCorrection() {
        let sources = NegativeSources(isFullCatalogue: true)
        var set = Self.draw([3, 1], sources)
        var generator = SeededGenerator(seed: 1)
        for items: [Int32] in [[3, 1], [2, 2]] {
            set.draw(for: Self.batch(items), from: sources, isCorrected: true, using: &generator)
            #expect(set.items == [0, 1, 2, 3])
            #expect(set.corrections == [0, 0, 0, 0])
            #expect(set.positiveCorrections == [0, 0])
            #expect(set.positives == items)
            #expect(set.sourceCounts == [4])
        }
    }

    @Test func withoutCorrectionNothingIsAdded() {
        let set = Self.draw(
            [0, 0, 1], NegativeSources(shared: [InBatchNegatives()]), isCorrected: false)
        #expect(set.corrections == [0, 0])
        #expect(set.positiveCorrections == [0, 0, 0])
    }

    @Test func aPositiveThatNoSourceDrewIsSeenByItsOwnRowAlone() {
        let set = Self.draw(
            [3], NegativeSources(shared: [UniformNegatives(count: 0, itemCount: 4)]),
            isCorrected: false)
        #expect(set.items == [3])
        #expect(set.corrections == [-.infinity])
        #expect(set.positiveCorrections == [0])
    }

    @Test func aSecondDrawForgetsTheFirst() {
        let sources = NegativeSources(shared: [InBatchNegatives()])
        var set = Self.draw([0, 1], sources)
        var generator = SeededGenerator(seed: 1)
        set.draw(for: Self.batch([2]), from: sources, isCorrected: true, using: &generator)
        #expect(set.items == [2])
        #expect(set.candidateOfItem == [-1, -1, 0, -1])
        #expect(set.sourceCounts == [1])
    }
}

@Suite struct NegativeSourceTests {
    @Test func sharesAreThoseOfASortedCount() {
        var generator = SeededGenerator(seed: 4)
        let positives = (0..<5_000).map { _ in
            Int32(generator.index(below: 40)) * Int32(generator.index(below: 40)) &* 1_000_003
        }
        let shares = ItemShares(positives)
        let counts = Dictionary(positives.map { ($0, 1) }, uniquingKeysWith: +)
        #expect(shares.counts.map(\.item) == counts.keys.sorted())
        #expect(counts.allSatisfy { shares.count(of: $0) == $1 })
        #expect(shares.count(of: -7) == 0)
        #expect(shares.largestCount == counts.values.max())
        #expect(ItemShares([]).share(of: 0) == 0)
    }

    @Test func anInclusionTableIsItsFormula() {
        let shares = ItemShares((0..<700).map { $0 < 600 ? 0 : Int32($0 % 10) })
        let table = InclusionTable(shares, draws: 30)
        for count in [0, 1, 10, 255, 256, 610] {
            let expected = 1 - pow(1 - Double(count) / 700, 30)
            #expect(abs(table[count] - expected) < 1e-12)
        }
    }

    @Test(arguments: [[1.0], [3, 1, 0, 0.5, 8], [1, 1, 1], [1e-9, 1, 1e9]])
    func anAliasTableHasTheProbabilitiesAskedFor(weights: [Double]) {
        let sum = weights.reduce(0, +)
        let table = AliasTable(weights)
        for (probability, weight) in zip(table.probabilities, weights) {
            #expect(abs(probability - weight / sum) < 1e-9)
        }
    }

    @Test func popularItemsAreDrawnByThePowerOfTheirCount() {
        let shares = ItemShares([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2])
        let rounds = 60_000
        let source = PopularNegatives(count: rounds, exponent: 0.5, shares, itemCount: 4)
        var generator = SeededGenerator(seed: 3)
        var drawn: [Int32] = []
        source.draw(for: CandidateSetTests.batch([0]), using: &generator, into: &drawn)
        #expect(drawn.count == rounds)
        for (item, share) in [3.0 / 6, 2.0 / 6, 1.0 / 6, 0].enumerated() {
            let found = Double(drawn.count { $0 == item }) / Double(rounds)
            // Five standard deviations of a binomial share.
            #expect(abs(found - share) <= 5 * (share * (1 - share) / Double(rounds)).squareRoot())
        }
    }
}
