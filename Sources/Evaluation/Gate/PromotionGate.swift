import Foundation

/// What a challenger has to show before it replaces the champion, on the same users and held-out
/// items.
///
/// A newer model knows more of what is current, so it need not be better to be promoted: it must not be
/// worse. Being no worse within a margin is shown as in a trial of non-inferiority: the whole interval
/// of the difference has to lie above the loss that is tolerated. The guards are the other way round,
/// since cohorts are small: they object to what is certainly a loss.
///
/// Source: Piaggio et al., "Reporting of noninferiority and equivalence randomized trials", JAMA 308,
/// 2012.
public struct PromotionGate: Codable, Sendable, Equatable {
    /// The metric that decides.
    public var metric = Metric.ndcg
    /// Ranks that count; 0 for as many as the evaluation has for the metric.
    public var cutoff = 0
    /// Loss that is tolerated, as a share of the champion's figure: the 95 % interval of the paired
    /// difference must lie above it.
    public var largestLoss = 0.05
    /// With fewer users nothing is decided, and the champion stays.
    public var minimumUsers = 100
    /// Loss that no cohort may have with certainty, as a share of the champion's figure there: the
    /// interval must not lie below it.
    public var cohortLargestLoss = 0.1
    /// Cohorts with fewer users are not looked at.
    public var cohortMinimumUsers = 100
    /// How much further than the champion's the challenger's scores may be from calibrated, with
    /// certainty, as a share: see ``ScoreCalibration``.
    public var largestMiscalibration = 0.25
    /// Whether a challenger that passes becomes champion by itself, or waits for a person to promote
    /// it.
    public var isAutomatic = true

    public init() {}

    /// The metrics that may decide, by the names under which they are reported.
    public enum Metric: String, Codable, Sendable {
        case recall, ndcg, mrr, map
        case hitRate = "hit_rate"
    }

    /// The metric that decides, with its cutoff.
    ///
    /// - Parameters:
    ///   - recallCutoff: Ranks that count in the evaluation for recall and hit rate.
    ///   - rankingCutoff: Ranks that count for the others.
    public func rankingMetric(recallCutoff: Int, rankingCutoff: Int) -> RankingMetric {
        func ranks(_ evaluated: Int) -> Int { cutoff > 0 ? cutoff : evaluated }
        return switch metric {
        case .recall: .recall(at: ranks(recallCutoff))
        case .hitRate: .hitRate(at: ranks(recallCutoff))
        case .ndcg: .ndcg(at: ranks(rankingCutoff))
        case .mrr: .reciprocalRank(at: ranks(rankingCutoff))
        case .map: .averagePrecision(at: ranks(rankingCutoff))
        }
    }

    /// What the gate says, with the reasons in words.
    public struct Decision: Sendable, Equatable {
        public let isPassed: Bool
        /// What spoke against the challenger, or what spoke for it when nothing did.
        public let reasons: [String]

        public init(isPassed: Bool, reasons: [String]) {
            self.isPassed = isPassed
            self.reasons = reasons
        }
    }

    /// Decides.
    ///
    /// - Parameters:
    ///   - differences: Challenger less champion, of the metric among others.
    ///   - metric: What ``rankingMetric(recallCutoff:rankingCutoff:)`` gives.
    ///   - calibrations: Of the challenger and of the champion; nil where there were no hits.
    public func decide(
        _ differences: [PairedDifference], by metric: RankingMetric,
        challenger: ScoreCalibration?, champion: ScoreCalibration?
    ) -> Decision {
        let measure = PairedComparison.Measure(name: metric.name, k: metric.cutoff)
        let ofMetric = differences.filter { $0.measure == measure }
        guard let all = ofMetric.first(where: { $0.cohort == nil }),
            all.userCount >= max(minimumUsers, 1)
        else {
            let count = ofMetric.first?.userCount ?? 0
            return Decision(
                isPassed: false,
                reasons: [
                    "\(count) users to compare on are fewer than \(max(minimumUsers, 1)): "
                        + "nothing can be decided"
                ])
        }
        let checks =
            [overall(all)] + ofMetric.compactMap(cohort)
            + [calibration(challenger, champion)].compactMap { $0 }
        let objections = checks.filter { !$0.isPassed }
        return Decision(
            isPassed: objections.isEmpty,
            reasons: (objections.isEmpty ? checks : objections).map(\.text))
    }

    private typealias Check = (isPassed: Bool, text: String)

    private func overall(_ found: PairedDifference) -> Check {
        let isPassed = found.interval.lowerBound >= -largestLoss * found.second
        return (
            isPassed,
            "\(described(found)): a loss of more than \(percent(largestLoss)) is "
                + (isPassed ? "excluded" : "not excluded")
        )
    }

    /// nil for all users, small cohorts, and cohorts about which nothing is to be said.
    private func cohort(_ found: PairedDifference) -> Check? {
        guard let cohort = found.cohort, found.userCount >= max(cohortMinimumUsers, 1),
            found.interval.upperBound < -cohortLargestLoss * found.second
        else { return nil }
        return (
            false,
            "cohort \(cohort) loses more than \(percent(cohortLargestLoss)): \(described(found))"
        )
    }

    private func calibration(
        _ challenger: ScoreCalibration?, _ champion: ScoreCalibration?
    ) -> Check? {
        guard let challenger, let champion else { return nil }
        let excess = challenger.miscalibration - champion.miscalibration
        let error = hypot(challenger.miscalibrationError, champion.miscalibrationError)
        // 1.96: the 97.5 % quantile of the normal distribution.
        let isPassed = excess - 1.96 * error <= log1p(largestMiscalibration)
        return (
            isPassed,
            "calibration slope \(fixed(challenger.slope, 2)) against \(fixed(champion.slope, 2)): "
                + (isPassed
                    ? "not further from 1 by more than \(percent(largestMiscalibration))"
                    : "further from 1 by more than \(percent(largestMiscalibration))")
        )
    }

    private func described(_ found: PairedDifference) -> String {
        "\(found.measure.name)@\(found.measure.k) \(fixed(found.first, 4)) against "
            + "\(fixed(found.second, 4)) of the champion, difference "
            + "\(fixed(found.difference, 4)) (\(fixed(found.interval.lowerBound, 4)) to "
            + "\(fixed(found.interval.upperBound, 4))), \(found.userCount) users"
    }

    private func fixed(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    private func percent(_ share: Double) -> String {
        String(format: "%g %%", share * 100)
    }
}
