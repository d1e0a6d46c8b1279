import Testing

@testable import Ranking

@Suite struct MultiplierTests {
    @Test func aFactorDemotesWhateverTheSignOfTheValue() {
        #expect(Factor.multiplier(0.25, value: 2) == 0.25)
        #expect(Factor.multiplier(0.25, value: 0) == 0.25)
        #expect(Factor.multiplier(0.25, value: -2) == 4)
        #expect(Factor.multiplier(4, value: -2) == 0.25)
    }

    @Test func outOfNetwork() {
        let rule = OutOfNetwork(multiplier: 0.5)
        #expect(rule.factor(isInNetwork: true) == 1)
        #expect(rule.factor(isInNetwork: false) == 0.5)
    }

    @Test func thePolicyFlagThatDemotesMostCounts() {
        let rule = PolicyDemotion(multipliers: ["borderline": 0.5, "low_quality": 0.25])
        #expect(rule.factor(flags: []) == 1)
        #expect(rule.factor(flags: ["borderline"]) == 0.5)
        #expect(rule.factor(flags: ["borderline", "low_quality", "other"]) == 0.25)
        #expect(rule.factor(flags: ["other"]) == 1)
    }

    @Test func freshnessHalvesWithEveryHalfLife() {
        let rule = FreshnessBoost(boost: 0.5, halfLifeHours: 24)
        #expect(rule.factor(ageHours: 0) == 1.5)
        #expect(rule.factor(ageHours: 24) == 1.25)
        #expect(rule.factor(ageHours: 72) == 1.0625)
        #expect(rule.factor(ageHours: -5) == 1.5)
        #expect(rule.factor(ageHours: nil) == 1)
    }

    @Test func whatIsShownMoreThanItsShareLosesWeight() {
        let rule = ExposureCap(largestShare: 0.125, floor: 0.25)
        #expect(
            [0, 0.125, 0.25, 0.5, 1].map { rule.factor(share: $0) } == [1, 1, 0.5, 0.25, 0.25])
    }

    @Test func fatigueDecaysToItsFloor() {
        let rule = Fatigue(decay: 0.5, floor: 0.2)
        #expect((0...3).map { rule.factor(impressions: $0) } == [1, 0.5, 0.25, 0.2])
    }

    @Test func aHideIsForgottenSlowly() {
        let rule = HideMemory()
        #expect(rule.factor(daysSinceHide: nil) == 1)
        #expect(rule.factor(daysSinceHide: 0) == 0)
        #expect(rule.factor(daysSinceHide: 13.9) == 0)
        #expect(rule.factor(daysSinceHide: 14) == 0.2)
        #expect(abs(rule.factor(daysSinceHide: 84) - 0.6) < 1e-6)
        #expect(rule.factor(daysSinceHide: 154) == 1)
        #expect(rule.factor(daysSinceHide: 1_000) == 1)
    }
}
