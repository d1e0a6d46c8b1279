import Foundation
import LinearAlgebra

/// How far the scores of a model lie apart, measured against the hits in its lists.
///
/// A tower trained with a softmax does not predict the probability of a hit, but its scores say how
/// much likelier one candidate is than another: by exp(difference). The term affinity takes them at
/// that word, being exp(score − best score) among the candidates. So the
/// probabilities that are held to account are those within a list: of a user with hits there, an
/// entry is one with probability q = exp(s) / Σ exp(s′) over the list. How many hits the list has
/// is a matter of ranking, and of the other guards.
///
/// The calibration slope β is the factor by which all scores would have to be multiplied for the hits
/// to be likeliest, the maximum of Σ over hits of log softmax(β s). At 1 the scores are calibrated;
/// below, they lie too far apart and promise more than they keep; above, too close. No top-k ordering
/// depends on it, so no ranking metric can see it; the lists shift towards popularity or away from
/// it all the same.
///
/// That the lists hold only what the model itself put on top does not matter: under a softmax, ratios
/// within a subset do not depend on what was left out.
///
/// Sources: Cox, "Two further applications of a model for binary regression", Biometrika 45, 1958 (the
/// slope); McFadden, "Conditional logit analysis of qualitative choice behavior", 1974, and "Modelling
/// the choice of residential location", 1978 (subsets).
public struct ScoreCalibration: Sendable, Equatable {
    /// β, within 1/64 ... 64.
    public let slope: Double
    /// Of the slope, over users: all hits of a user count as one observation.
    public let standardError: Double
    /// Hits in lists whose scores differ.
    public let hitCount: Int

    public init(slope: Double, standardError: Double, hitCount: Int) {
        self.slope = slope
        self.standardError = standardError
        self.hitCount = hitCount
    }

    /// Measures the slope.
    ///
    /// - Parameters:
    ///   - lists: Items in order of rank with their scores, one list per user.
    ///   - truth: The distinct items that each user took, in any order.
    /// - Returns: nil when no list has both hits and scores that differ.
    /// - Precondition: There is one truth per list.
    /// - Complexity: O(entries of lists with hits), about ten times.
    public init?(lists: RankedLists, truth: IndexLists) {
        precondition(
            lists.count == truth.count, "\(lists.count) lists with \(truth.count) truths")
        let observations = (0..<lists.count).compactMap {
            Observation(scores: lists.scores(of: $0), items: lists.items[$0], truth: truth[$0])
        }
        guard !observations.isEmpty else { return nil }
        let slope = Self.maximum(of: observations)
        var (information, squares) = (0.0, 0.0)
        for observation in observations {
            let (gradient, curvature) = observation.derivatives(at: slope)
            information += curvature
            squares += gradient * gradient
        }
        // The larger of the error under the model and the one that is robust to it: with every hit
        // on top, the latter would call a slope without bound certain.
        self.init(
            slope: slope,
            standardError: max((1 / information).squareRoot(), squares.squareRoot() / information),
            hitCount: observations.reduce(0) { $0 + $1.hitCount })
    }

    /// |ln β|: 0 when calibrated, the same for twice too far apart and twice too close.
    public var miscalibration: Double { abs(log(slope)) }

    /// The standard error of ``miscalibration``, to first order.
    public var miscalibrationError: Double { standardError / slope }

    private static let bounds = 1.0 / 64...64.0

    /// Where the gradient, which only falls, crosses 0: Newton's steps kept within the bracket.
    private static func maximum(of observations: [Observation]) -> Double {
        var (low, high) = (bounds.lowerBound, bounds.upperBound)
        var slope = 1.0
        for _ in 0..<100 {
            var (gradient, information) = (0.0, 0.0)
            for observation in observations {
                let derivatives = observation.derivatives(at: slope)
                gradient += derivatives.gradient
                information += derivatives.curvature
            }
            if gradient > 0 { low = slope } else { high = slope }
            let newton = slope + gradient / information
            let next =
                newton > low && newton < high ? newton : (low * high).squareRoot()
            if abs(next - slope) <= 1e-9 * slope { return next }
            slope = next
        }
        return slope
    }

    /// The list of one user with hits.
    private struct Observation {
        /// Scores less the best.
        let scores: [Double]
        let hitCount: Int
        /// The sum of the scores of the hits.
        let hitScore: Double

        init?(scores: ArraySlice<Float>, items: ArraySlice<UInt32>, truth: ArraySlice<UInt32>) {
            guard let best = scores.max(), let worst = scores.min(), best > worst else {
                return nil
            }
            let relevant = Set(truth)
            var (count, sum) = (0, 0.0)
            for (item, score) in zip(items, scores) where relevant.contains(item) {
                count += 1
                sum += Double(score) - Double(best)
            }
            guard count > 0 else { return nil }
            self.scores = scores.map { Double($0) - Double(best) }
            hitCount = count
            hitScore = sum
        }

        /// First and negated second derivative by β of the hits' log-likelihood: hits less expected
        /// scores, and the variance of a score under the softmax, both times the hits.
        func derivatives(at slope: Double) -> (gradient: Double, curvature: Double) {
            var (total, first, second) = (0.0, 0.0, 0.0)
            for score in scores {
                let weight = exp(slope * score)
                total += weight
                first += weight * score
                second += weight * score * score
            }
            let mean = first / total
            return (
                hitScore - Double(hitCount) * mean,
                Double(hitCount) * max(second / total - mean * mean, .leastNormalMagnitude)
            )
        }
    }
}
