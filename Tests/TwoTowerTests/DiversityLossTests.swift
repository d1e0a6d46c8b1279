import Foundation
import GradientTestSupport
import LinearAlgebra
import Testing

@testable import TwoTower

@Suite struct DiversityLossTests {
    private func random(_ count: Int, _ stream: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: 12, stream: stream)
        return (0..<count).map { _ in generator.gaussian() }
    }

    /// Creators 0, 0, 1, none; tags {0, 1}, {1}, none, {0}.
    private func catalogue() throws -> Catalogue {
        try Catalogue(
            itemCount: 4, creatorCount: 2, creators: [0, 0, 1, -1], tagCount: 2,
            tagOffsets: [0, 2, 3, 3, 4], tags: [0, 1, 1, 0])
    }

    private func evaluate(
        _ loss: ConcentrationLoss, _ x: [Float], columns: Int, extra: Int = 0
    ) -> (Double, Matrix) {
        let rows = x.count / columns
        let weights = (0..<rows).map { 0.3 + 0.2 * Float($0) }
        var gradient = Matrix(rows: rows, columns: columns + extra)
        var scores = Matrix(rows: rows, columns: columns, elements: x)
        let sum = scores.withMutableView { scores in
            gradient.withMutableView { loss.add(scores, to: $0, weights: weights, .best) }
        }
        return (sum, gradient)
    }

    /// By hand: scores log 3, log 3, log 3, log 1 give p = 0.3, 0.3, 0.3, 0.1. Creators have 0.6, 0.3
    /// and, for the item without one, 0.1: H = 0.36 + 0.09 + 0.01 = 0.46. Tags have 0.15 + 0.1,
    /// 0.15 + 0.3 and 0.3: H = 0.0625 + 0.2025 + 0.09 = 0.355.
    @Test func theConcentrationIsThatWorkedByHand() throws {
        let x: [Float] = [log(3), log(3), log(3), 0].map { 2 * $0 }
        for (groups, expected) in [
            (CandidateGroups.creators(try catalogue()), 0.46), (.tags(try catalogue()), 0.355),
        ] {
            var loss = ConcentrationLoss(temperature: 2, kinds: [(1, groups)])
            loss.prepare([0, 1, 2, 3])
            #expect(abs(evaluate(loss, x, columns: 4).0 - 0.3 * expected) < 1e-6)
        }
    }

    @Test func theGradientOfTheConcentrationIsThatOfTheIndex() throws {
        var loss = ConcentrationLoss(
            temperature: 0.7,
            kinds: [(0.5, .creators(try catalogue())), (2, .tags(try catalogue()))])
        // Another batch before must leave no trace.
        loss.prepare([3, 2])
        loss.prepare([2, 0, 3, 1])
        var x = random(8, 1)
        x[5] = -.infinity
        let (_, gradient) = evaluate(loss, x, columns: 4, extra: 2)
        let narrow = (0..<2).flatMap { row in (0..<4).map { gradient[row, $0] } }
        let worst = FiniteDifferences(floor: 1e-3).worst(
            of: x.indices.filter { $0 != 5 }, gradient: narrow, value: { x[$0] },
            set: { x[$0] = $1 }, function: { evaluate(loss, x, columns: 4).0 })
        #expect(worst < FiniteDifferences.tolerance)
        #expect(gradient[1, 1] == 0, "masked")
        #expect(gradient[0, 4] == 0 && gradient[1, 5] == 0, "beyond the candidates taken")
    }

    @Test(arguments: [1, 3, 6])
    func theGradientOfTheSpreadIsThatOfTheCosines(shift: Int) {
        // The last column is a bias, which has no part in it.
        let loss = SpreadLoss(weight: 1.5, dimension: 3)
        var x = random(7 * 4, 2)
        func evaluate() -> (Double, [Float]) {
            var sum = 0.0
            let gradient = Matrix(rows: 7, columns: 4) { gradient in
                Matrix(rows: 7, columns: 4, elements: x).withView { view in
                    // In two parts, as chunks are.
                    for part in [0..<3, 3..<7] {
                        sum += loss.add(part, view, to: gradient, shift: shift, .best)
                    }
                }
            }
            return (sum, gradient.elements)
        }
        let expected =
            (0..<7).reduce(0.0) { sum, row in
                let other = (row + shift) % 7
                func dot(_ a: Int, _ b: Int) -> Double {
                    (0..<3).reduce(0) { $0 + Double(x[4 * a + $1]) * Double(x[4 * b + $1]) }
                }
                return sum + pow(dot(row, other), 2) / dot(row, row) / dot(other, other)
            } * 1.5 / 7
        let (sum, gradient) = evaluate()
        #expect(abs(sum - expected) < 1e-5)
        let worst = FiniteDifferences(steps: [1e-2, 1e-3]).worst(
            of: x.indices, gradient: gradient, value: { x[$0] }, set: { x[$0] = $1 },
            function: { evaluate().0 })
        #expect(worst < FiniteDifferences.tolerance)
        #expect(stride(from: 3, to: 28, by: 4).allSatisfy { gradient[$0] == 0 })
    }

    @Test func theGradientOfTheEmbeddingPenaltyIsTheEmbedding() {
        let penalty = EmbeddingPenalty(weight: 0.2, dimension: 3)
        let x = random(2 * 4, 3)
        var sum = 0.0
        let gradient = Matrix(rows: 2, columns: 4) { gradient in
            sum = Matrix(rows: 2, columns: 4, elements: x).withView {
                penalty.add($0, to: gradient, .best) { row in row == 0 ? 0.25 : 0.75 }
            }
        }
        let factors: [Float] = [0.05, 0.05, 0.05, 0, 0.15, 0.15, 0.15, 0]
        let expected = zip(x, factors).map { $0 * $1 }
        #expect(zip(gradient.elements, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        let half = zip(x, expected).reduce(0.0) { $0 + Double($1.0 * $1.1) / 2 }
        #expect(abs(sum - half) < 1e-6)
    }
}
