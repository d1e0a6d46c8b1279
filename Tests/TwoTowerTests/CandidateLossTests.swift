import Foundation
import GradientTestSupport
import LinearAlgebra
import Testing

@testable import TwoTower

/// What every loss over candidates must keep to, and each against its formula in plain loops.
@Suite struct CandidateLossTests {
    /// Every loss, beside its formula over the positive's score and those of the negatives.
    enum Case: String, CaseIterable, CustomTestStringConvertible {
        case softmax, smoothedSoftmax, pairwiseRanking, crossEntropy, generalisedCrossEntropy
        case cosineContrastive

        var testDescription: String { rawValue }

        var loss: any CandidateLoss {
            switch self {
            case .softmax: SoftmaxLoss()
            case .smoothedSoftmax: SoftmaxLoss(labelSmoothing: 0.2)
            case .pairwiseRanking: PairwiseRankingLoss()
            case .crossEntropy: GeneralisedCrossEntropy(calibration: 0, itemCount: 101)
            case .generalisedCrossEntropy:
                GeneralisedCrossEntropy(calibration: 0.75, itemCount: 101)
            case .cosineContrastive:
                CosineContrastiveLoss(margin: 0.1, negativeWeight: 3, temperature: 0.5)
            }
        }

        /// - Parameter columns: Candidates of the batch, also those that do not count.
        func plain(_ positive: Double, _ negatives: [Double], columns: Int) -> Double {
            let n = Double(negatives.count)
            func sigmoid(_ z: Double) -> Double { 1 / (1 + exp(-z)) }
            switch self {
            case .softmax:
                return log(negatives.reduce(exp(positive)) { $0 + exp($1) }) - positive
            case .smoothedSoftmax:
                let all = [positive] + negatives
                let logSum = log(all.reduce(0) { $0 + exp($1) })
                let target = all.indices.map { ($0 == 0 ? 0.8 : 0) + 0.2 / (n + 1) }
                return zip(all, target).reduce(0) { $0 - $1.1 * ($1.0 - logSum) }
            case .pairwiseRanking:
                return negatives.reduce(0) { $0 - log(sigmoid(positive - $1)) } / n
            case .crossEntropy, .generalisedCrossEntropy:
                let (t, alpha) = (self == .crossEntropy ? 0 : 0.75, n / 100)
                let beta = alpha * (t * (1 - 1 / alpha) + 1 / alpha)
                let prior = log(Double(columns - 1))
                return negatives.reduce(-beta * log(sigmoid(positive - prior))) {
                    $0 - log(1 - sigmoid($1 - prior))
                } / (n + 1)
            case .cosineContrastive:
                return 1 - 0.5 * positive
                    + 3 / n * negatives.reduce(0) { $0 + max(0, 0.5 * $1 - 0.1) }
            }
        }
    }

    private let columns = 37
    private let positives: [Int32] = [36, 0, 5]
    private let weights: [Float] = [0.5, 0.3, 0.2]

    /// Three rows; in the first some candidates do not count, in the last none but the positive.
    private func scores(_ deviation: Float = 1) -> [Float] {
        var generator = SeededGenerator(seed: 3)
        var x = (0..<3 * columns).map { _ in deviation * generator.gaussian() }
        for column in [0, 7, 20] { x[column] = -.infinity }
        for column in 0..<columns where column != 5 { x[2 * columns + column] = -.infinity }
        return x
    }

    private func evaluate(_ loss: any CandidateLoss, _ x: [Float]) -> (Double, [Float]) {
        var logits = Matrix(rows: 3, columns: columns, elements: x)
        let sum = logits.withMutableView {
            loss.evaluate($0, positives: positives, weights: weights, .best)
        }
        return (sum, logits.elements)
    }

    @Test(arguments: Case.allCases)
    func theLossIsItsFormula(one: Case) {
        let x = scores()
        let expected = (0..<2).reduce(0.0) { sum, row in
            let own = x[row * columns..<(row + 1) * columns].enumerated()
            let negatives = own.filter { $0.0 != Int(positives[row]) && $0.1 > -.infinity }
            return sum + Double(weights[row])
                * one.plain(
                    Double(x[row * columns + Int(positives[row])]), negatives.map { Double($0.1) },
                    columns: columns)
        }
        #expect(abs(evaluate(one.loss, x).0 - expected) < 1e-5)
    }

    @Test(arguments: Case.allCases)
    func theGradientIsThatOfTheLoss(one: Case) {
        var x = scores()
        let gradient = evaluate(one.loss, x).1
        let counted = x.indices.filter { x[$0] > -.infinity }
        let worst = FiniteDifferences(steps: [1e-2, 1e-3], floor: 1e-3).worst(
            of: counted, gradient: gradient, value: { x[$0] }, set: { x[$0] = $1 },
            function: { evaluate(one.loss, x).0 })
        #expect(worst < FiniteDifferences.tolerance)
    }

    @Test(arguments: Case.allCases)
    func whatDoesNotCountHasNoGradient(one: Case) {
        let x = scores()
        let gradient = evaluate(one.loss, x).1
        #expect(zip(x, gradient).allSatisfy { $0 > -.infinity || $1 == 0 })
        #expect(zip(x, gradient).prefix(columns).contains { $0 > -.infinity && $1 != 0 })
        #expect(gradient.suffix(columns).allSatisfy { $0 == 0 }, "a row without any negative")
    }

    /// Scores of some thousands, as a training that goes astray has them.
    @Test(arguments: Case.allCases)
    func largeScoresGiveFiniteValues(one: Case) {
        let (loss, gradient) = evaluate(one.loss, scores(3e3))
        #expect(loss.isFinite && loss >= 0)
        #expect(gradient.allSatisfy { $0.isFinite })
    }

    @Test(arguments: Case.allCases)
    func aScoreThatIsNotANumberShowsInTheLoss(one: Case) {
        var x = scores()
        x[1] = .nan
        #expect(evaluate(one.loss, x).0.isNaN)
    }

    /// By hand: 25 negatives of a catalogue of 101 items, α = 1/4, give β = 1 − 3/4 · 3/4 = 7/16.
    @Test func theCalibrationOfGBCEIsThatWorkedByHand() {
        let loss = GeneralisedCrossEntropy(calibration: 0.75, itemCount: 101)
        #expect(loss.power(negatives: 25) == 0.4375)
        // All negatives: nothing to undo.
        #expect(loss.power(negatives: 100) == 1)
        #expect(GeneralisedCrossEntropy(calibration: 0, itemCount: 101).power(negatives: 25) == 1)
        #expect(
            GeneralisedCrossEntropy(calibration: 1, itemCount: 101).power(negatives: 25) == 0.25)
    }
}
