import Testing

@testable import Evaluation

@Suite struct PromotionGateTests {
    private func difference(
        _ cohort: String? = nil, champion: Double = 0.2, by difference: Double,
        _ interval: ClosedRange<Double>, users: Int = 1000, metric: String = "ndcg", k: Int = 20
    ) -> PairedDifference {
        PairedDifference(
            cohort: cohort, measure: .init(name: metric, k: k), first: champion + difference,
            second: champion, difference: difference, interval: interval, userCount: users)
    }

    private func decide(
        _ differences: [PairedDifference], gate: PromotionGate = PromotionGate(),
        slopes: (Double, Double)? = nil, standardError: Double = 0.01
    ) -> PromotionGate.Decision {
        func calibration(_ slope: Double) -> ScoreCalibration {
            ScoreCalibration(slope: slope, standardError: standardError, hitCount: 1000)
        }
        return gate.decide(
            differences, by: gate.rankingMetric(recallCutoff: 50, rankingCutoff: 20),
            challenger: slopes.map { calibration($0.0) },
            champion: slopes.map { calibration($0.1) })
    }

    /// The champion has 0.2: a loss of 5 % is one of 0.01.
    @Test(arguments: [
        (0.02, 0.01...0.03, true), (0.0, -0.009...0.009, true), (-0.005, -0.01 ... -0.001, true),
        // Not certainly worse, but worse by more than 5 % is not excluded either.
        (0.0, -0.011...0.011, false), (0.02, -0.02...0.06, false),
        (-0.03, -0.04 ... -0.02, false),
    ])
    func theWholeIntervalHasToLieAboveTheLossThatIsTolerated(
        by: Double, interval: ClosedRange<Double>, isPassed: Bool
    ) {
        let decision = decide([difference(by: by, interval)])
        #expect(decision.isPassed == isPassed)
        #expect(decision.reasons.count == 1)
        #expect(
            decision.reasons[0].hasSuffix(
                "a loss of more than 5 % is \(isPassed ? "excluded" : "not excluded")"))
    }

    @Test func theReasonGivesTheFigures() {
        #expect(
            decide([difference(by: 0.0125, 0.01...0.015)]).reasons == [
                "ndcg@20 0.2125 against 0.2000 of the champion, difference 0.0125 "
                    + "(0.0100 to 0.0150), 1000 users: a loss of more than 5 % is excluded"
            ])
    }

    @Test func fewUsersDecideNothing() {
        let decision = decide([difference(by: 0.1, 0.09...0.11, users: 99)])
        #expect(!decision.isPassed)
        #expect(
            decision.reasons == [
                "99 users to compare on are fewer than 100: nothing can be decided"
            ])
        #expect(decide([difference(by: 0.1, 0.09...0.11, users: 100)]).isPassed)
        #expect(!decide([]).isPassed)
        var gate = PromotionGate()
        gate.minimumUsers = 0
        #expect(!decide([], gate: gate).isPassed)
    }

    /// The champion has 0.1 in the cohort: a loss of 10 % is one of 0.01.
    @Test(arguments: [
        (-0.03, -0.04 ... -0.011, 100, false), (-0.03, -0.04 ... -0.01, 100, true),
        (-0.03, -0.04 ... -0.011, 99, true), (0.0, -0.3...0.3, 1000, true),
    ])
    func aCohortObjectsToWhatIsCertainlyALoss(
        by: Double, interval: ClosedRange<Double>, users: Int, isPassed: Bool
    ) {
        let decision = decide([
            difference(by: 0.02, 0.01...0.03),
            difference("new", champion: 0.1, by: by, interval, users: users),
        ])
        #expect(decision.isPassed == isPassed)
        #expect(
            isPassed
                || decision.reasons.count == 1
                    && decision.reasons[0].hasPrefix("cohort new loses more than 10 %: ndcg@20")
        )
    }

    @Test func otherMetricsDoNotDecide() {
        let better = difference(by: 0.02, 0.01...0.03)
        let worse = difference(by: -0.1, -0.12 ... -0.08, metric: "recall", k: 50)
        #expect(decide([worse, better]).isPassed)
        var gate = PromotionGate()
        gate.metric = .recall
        #expect(!decide([worse, better], gate: gate).isPassed)
        gate.cutoff = 10
        #expect(
            decide([worse, better], gate: gate).reasons == [
                "0 users to compare on are fewer than 100: nothing can be decided"
            ])
    }

    @Test func theMetricHasTheRanksOfTheEvaluationUnlessItNamesItsOwn() {
        var gate = PromotionGate()
        func metric() -> RankingMetric { gate.rankingMetric(recallCutoff: 50, rankingCutoff: 20) }
        #expect(metric() == .ndcg(at: 20))
        for (name, expected) in [
            (.recall, .recall(at: 50)), (.hitRate, .hitRate(at: 50)),
            (.mrr, .reciprocalRank(at: 20)), (.map, .averagePrecision(at: 20)),
        ] as [(PromotionGate.Metric, RankingMetric)] {
            gate.metric = name
            #expect(metric() == expected && metric().name == name.rawValue)
        }
        gate.cutoff = 7
        #expect(metric() == .averagePrecision(at: 7))
    }

    /// 1.25 times further from 1 is tolerated, in either direction.
    @Test(arguments: [
        (0.8, 0.8, true), (0.7, 0.8, true), (1.2, 0.8, true), (0.5, 0.8, false), (2.0, 1.0, false),
        // Better calibrated by however much.
        (1.0, 0.3, true),
    ])
    func scoresMayNotMoveAwayFromCalibration(
        challenger: Double, champion: Double, isPassed: Bool
    ) {
        let decision = decide(
            [difference(by: 0.02, 0.01...0.03)], slopes: (challenger, champion))
        #expect(decision.isPassed == isPassed)
        #expect(decision.reasons.last?.hasPrefix("calibration slope ") == true)
    }

    @Test func calibrationObjectsToWhatIsCertainAlone() {
        // ln 2 − ln 1.25 = 0.47 beyond what is tolerated: certain with errors of 0.1 and 0.05,
        // not with 0.5 and 0.25.
        let better = [difference(by: 0.02, 0.01...0.03)]
        #expect(!decide(better, slopes: (0.5, 1), standardError: 0.05).isPassed)
        #expect(decide(better, slopes: (0.5, 1), standardError: 0.25).isPassed)
    }

    @Test func everyObjectionIsAReason() {
        let decision = decide(
            [
                difference(by: -0.1, -0.12 ... -0.08),
                difference("low", by: -0.1, -0.12 ... -0.08),
                difference("high", by: -0.1, -0.12 ... -0.08),
            ], slopes: (0.2, 1))
        #expect(!decision.isPassed)
        #expect(decision.reasons.count == 4)
    }
}
