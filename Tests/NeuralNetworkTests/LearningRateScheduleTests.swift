import Foundation
import LinearAlgebra
import Testing

@testable import NeuralNetwork

@Suite struct LearningRateScheduleTests {
    private func shares(
        _ shape: LearningRateShape, warmUp: Int = 4, steps: Int = 20
    ) -> [Float] {
        let schedule = LearningRateSchedule(
            shape: shape, warmUp: warmUp, stepCount: steps, finalShare: 0.2)
        return (1...steps).map { schedule.share(step: $0) }
    }

    @Test(arguments: [LearningRateShape.constant, .linear, .cosine])
    func ratesRiseInEqualSteps(shape: LearningRateShape) {
        let shares = shares(shape)
        for (share, expected) in zip(shares, [0.2, 0.4, 0.6, 0.8] as [Float]) {
            #expect(abs(share - expected) < 1e-6)
        }
        // A warm-up as long as the training ends in the middle of it.
        #expect(self.shares(shape, warmUp: 100, steps: 10)[4] < 1)
        #expect(self.shares(shape, warmUp: 100, steps: 10)[5] > 0.8)
        #expect(self.shares(shape, warmUp: 0, steps: 1)[0] > 0)
    }

    @Test func aConstantRateStays() {
        #expect(shares(.constant)[4...].allSatisfy { $0 == 1 })
    }

    @Test func aLinearRateFallsByAsMuchWithEveryBatch() {
        let shares = shares(.linear)[4...]
        for (before, after) in zip(shares, shares.dropFirst()) {
            #expect(abs(before - after - 0.05) < 1e-6)
        }
        #expect(abs(shares.last! - 0.2) < 1e-6)
    }

    @Test func aCosineIsHalfwayInTheMiddle() {
        let shares = shares(.cosine)
        #expect(abs(shares[11] - 0.6) < 1e-6)
        #expect(abs(shares[19] - 0.2) < 1e-6)
        // A quarter of the way: (1 + cos π/4) / 2 of what there is to lose is still there.
        #expect(abs(shares[7] - (0.2 + 0.8 * (1 + cos(Float.pi / 4)) / 2)) < 1e-6)
        #expect(shares[4...].elementsEqual(shares[4...].sorted(by: >)))
    }
}
