import Foundation
import Testing

@testable import Evaluation

@Suite struct ProbabilityEvaluationTests {
    /// Six predictions by hand.
    @Test func measuresAreThoseByHand() throws {
        let evaluation = try #require(
            ProbabilityEvaluation(
                predictions: [0.1, 0.2, 0.2, 0.4, 0.6, 0.9],
                labels: [false, true, false, false, true, true], binCount: 3))
        // Of nine pairs, the positive of 0.2 wins one, ties one and loses one; the others win all.
        #expect(abs(try #require(evaluation.auc) - 7.5 / 9) < 1e-12)
        let loss =
            -(log(0.9) + log(0.2) + log(0.8) + log(0.6) + log(0.6) + log(0.9)) / 6
        #expect(abs(evaluation.logLoss - loss) < 1e-6)
        #expect(abs(try #require(evaluation.normalisedEntropy) - loss / log(2)) < 1e-6)
        #expect(abs(try #require(evaluation.calibration) - 2.4 / 3) < 1e-6)
        #expect(evaluation.bins.map(\.count) == [2, 2, 2])
        #expect(evaluation.bins.map(\.positiveShare) == [0.5, 0, 1])
        for (bin, mean) in zip(evaluation.bins, [0.15, 0.3, 0.75]) {
            #expect(abs(bin.meanPrediction - mean) < 1e-6)
        }
        #expect(abs(evaluation.expectedCalibrationError - (0.35 + 0.3 + 0.25) / 3) < 1e-6)
    }

    @Test func equalPredictionsOrderNothing() throws {
        let evaluation = try #require(
            ProbabilityEvaluation(
                predictions: [0.5, 0.5, 0.5, 0.5], labels: [true, false, true, false]))
        #expect(evaluation.auc == 0.5)
        #expect(evaluation.bins.count == 4)
        #expect(abs(try #require(evaluation.normalisedEntropy) - 1) < 1e-12)
    }

    @Test func oneClassHasNoOrder() throws {
        let evaluation = try #require(
            ProbabilityEvaluation(predictions: [0.2, 0], labels: [false, false]))
        #expect(evaluation.auc == nil && evaluation.normalisedEntropy == nil)
        #expect(evaluation.calibration == nil)
        #expect(evaluation.logLoss.isFinite)
        #expect(ProbabilityEvaluation(predictions: [], labels: []) == nil)
    }

    /// Certain and wrong costs much, but not without bound.
    @Test func certaintyIsKeptFinite() throws {
        let evaluation = try #require(
            ProbabilityEvaluation(predictions: [0, 1], labels: [true, false]))
        #expect(abs(evaluation.logLoss + log(1e-7)) < 1e-6)
        #expect(evaluation.auc == 0)
    }
}
