import Foundation

/// A map from what a model predicts to what happens as often as it says, which never falls.
public enum CalibrationCurve: Codable, Sendable, Equatable {
    /// σ(slope · logit(p) + intercept), for probabilities.
    case platt(slope: Double, intercept: Double)
    /// Straight lines between points, constant before the first and after the last. Scores rise
    /// strictly, values never fall.
    case isotonic(scores: [Double], values: [Double])

    /// How a curve is fitted.
    public enum Method: String, Codable, Sendable {
        /// Two parameters: for few observations.
        case platt
        /// As many points as the data asks for.
        case isotonic
    }

    /// The calibrated prediction.
    ///
    /// - Complexity: O(log points).
    public func callAsFunction(_ score: Double) -> Double {
        switch self {
        case .platt(let slope, let intercept):
            return 1 / (1 + exp(-slope * Self.logit(score) - intercept))
        case .isotonic(let scores, let values):
            var (low, high) = (0, scores.count)
            while low < high {
                let middle = (low + high) / 2
                if scores[middle] <= score { low = middle + 1 } else { high = middle }
            }
            if low == 0 { return values[0] }
            if low == scores.count { return values[low - 1] }
            let share = (score - scores[low - 1]) / (scores[low] - scores[low - 1])
            return values[low - 1] + share * (values[low] - values[low - 1])
        }
    }

    /// A Platt curve nearer to the identity: the log-odds move by what is left of the correction. An
    /// isotonic curve stays as it is.
    ///
    /// - Parameter share: Of the correction, 0 to 1; nothing of it is left at 1.
    func shrunk(by share: Double) -> CalibrationCurve {
        switch self {
        case .platt(let slope, let intercept):
            .platt(slope: share + (1 - share) * slope, intercept: (1 - share) * intercept)
        case .isotonic: self
        }
    }

    /// The log-odds of a probability that is kept from 0 and 1, as a float cannot come nearer.
    static func logit(_ probability: Double) -> Double {
        let p = min(max(probability, 1e-7), 1 - 1e-7)
        return log(p / (1 - p))
    }

    // MARK: - Fitting

    /// The isotonic regression of outcomes on scores, by pooling adjacent violators (Ayer et al. 1955;
    /// Zadrozny, Elkan, *Transforming Classifier Scores into Accurate Multiclass Probability
    /// Estimates*, 2002).
    ///
    /// Each pooled block becomes a point at its mean score, so that neighbours of equal rank are not
    /// told apart by steps.
    ///
    /// - Parameters:
    ///   - outcomes: Labels, or anything whose mean is asked for.
    ///   - bounds: Values are kept within: a block of n outcomes that are all 0 is no proof that the
    ///     next will be.
    /// - Precondition: There is an outcome for each score, and at least one.
    /// - Complexity: O(n log n).
    public static func isotonic(
        scores: [Double], outcomes: [Double], within bounds: ClosedRange<Double>
    ) -> CalibrationCurve {
        precondition(
            scores.count == outcomes.count && !scores.isEmpty,
            "\(outcomes.count) outcomes for \(scores.count) scores")
        struct Block {
            var count: Double
            var score: Double
            var outcome: Double
            var mean: Double { outcome / count }
        }
        var blocks: [Block] = []
        let order = scores.indices.sorted {
            scores[$0] == scores[$1] ? $0 < $1 : scores[$0] < scores[$1]
        }
        var index = 0
        while index < order.count {
            // Equal scores cannot be told apart, and are one block from the start.
            let score = scores[order[index]]
            var block = Block(count: 0, score: 0, outcome: 0)
            while index < order.count, scores[order[index]] == score {
                block.count += 1
                block.score += score
                block.outcome += outcomes[order[index]]
                index += 1
            }
            blocks.append(block)
            while blocks.count > 1, blocks[blocks.count - 2].mean >= blocks[blocks.count - 1].mean {
                let last = blocks.removeLast()
                blocks[blocks.count - 1].count += last.count
                blocks[blocks.count - 1].score += last.score
                blocks[blocks.count - 1].outcome += last.outcome
            }
        }
        return .isotonic(
            scores: blocks.map { $0.score / $0.count },
            values: blocks.map { min(max($0.mean, bounds.lowerBound), bounds.upperBound) })
    }

    /// A logistic regression of labels on log-odds (Platt, *Probabilistic Outputs for Support Vector
    /// Machines*, 1999), with his targets (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2), by Newton's method with
    /// halved steps (Lin, Lin, Weng 2007).
    ///
    /// - Precondition: There is a label for each probability, and at least one.
    /// - Complexity: O(n), some ten times.
    public static func platt(probabilities: [Double], labels: [Bool]) -> CalibrationCurve {
        precondition(
            probabilities.count == labels.count && !labels.isEmpty,
            "\(labels.count) labels for \(probabilities.count) probabilities")
        let positives = Double(labels.count { $0 })
        let (high, low) = (
            (positives + 1) / (positives + 2), 1 / (Double(labels.count) - positives + 2)
        )
        let logits = probabilities.map(logit)
        func loss(_ slope: Double, _ intercept: Double) -> Double {
            zip(logits, labels).reduce(0) { sum, pair in
                let z = slope * pair.0 + intercept
                return sum + max(z, 0) + log1p(exp(-abs(z))) - (pair.1 ? high : low) * z
            }
        }
        var (slope, intercept) = (1.0, 0.0)
        var current = loss(slope, intercept)
        for _ in 0..<100 {
            // The ridge keeps the system solvable where all scores are the same.
            var (g1, g0, h11, h10, h00) = (0.0, 0.0, 1e-9, 0.0, 1e-9)
            for (x, label) in zip(logits, labels) {
                let p = 1 / (1 + exp(-slope * x - intercept))
                let (error, weight) = (p - (label ? high : low), p * (1 - p))
                g1 += error * x
                g0 += error
                h11 += weight * x * x
                h10 += weight * x
                h00 += weight
            }
            let determinant = h11 * h00 - h10 * h10
            if max(abs(g1), abs(g0)) < 1e-8 * Double(labels.count) || determinant <= 0 { break }
            let step1 = (h00 * g1 - h10 * g0) / determinant
            let step0 = (h11 * g0 - h10 * g1) / determinant
            var share = 1.0
            while share > 1e-10 {
                let next = loss(slope - share * step1, intercept - share * step0)
                if next < current {
                    (slope, intercept, current) = (
                        slope - share * step1, intercept - share * step0, next
                    )
                    break
                }
                share /= 2
            }
            if share <= 1e-10 { break }
        }
        // A curve that falls would turn the order of candidates round: all are alike then.
        if slope < 0 {
            let mean = (positives + 1) / (Double(labels.count) + 2)
            return .platt(slope: 0, intercept: logit(mean))
        }
        return .platt(slope: slope, intercept: intercept)
    }
}
