import Foundation

/// How good predicted probabilities are: whether they order, and whether they mean what they say.
public struct ProbabilityEvaluation: Sendable, Equatable {
    /// Some predictions that lie next to one another, and what came of them.
    public struct Bin: Sendable, Equatable {
        /// Predictions in the bin.
        public let count: Int
        /// Their mean.
        public let meanPrediction: Double
        /// The share of positives among them.
        public let positiveShare: Double
    }

    /// Predictions.
    public let count: Int
    /// Positives.
    public let positiveCount: Int
    /// The probability that a positive has a higher prediction than a negative, equal ones counted half:
    /// the area under the receiver operating characteristic (Hanley, McNeil 1982). Nil without
    /// positives or without negatives.
    public let auc: Double?
    /// Mean cross-entropy, in nats; predictions are kept 1e-7 from 0 and 1.
    public let logLoss: Double
    /// `logLoss` over the entropy of the share of positives: 1 is no better than knowing that share (He et
    /// al., *Practical Lessons from Predicting Clicks on Ads at Facebook*, 2014). Nil where that is 0.
    public let normalisedEntropy: Double?
    /// Σ predictions over positives: 1 where the total is right. Nil without positives.
    public let calibration: Double?
    /// Bins of equal numbers of predictions, ascending: a reliability diagram.
    public let bins: [Bin]

    /// The mean over predictions of |mean prediction − share of positives| of their bin (Naeini, Cooper,
    /// Hauskrecht 2015, with bins of equal numbers).
    public var expectedCalibrationError: Double {
        bins.reduce(0) {
            $0 + Double($1.count) * abs($1.meanPrediction - $1.positiveShare)
        } / Double(count)
    }

    /// Measures predictions.
    ///
    /// - Parameters:
    ///   - binCount: Bins, at most.
    /// - Returns: nil without predictions.
    /// - Precondition: There is a label for each prediction, and predictions lie in 0 ... 1.
    /// - Complexity: O(n log n).
    public init?(predictions: [Float], labels: [Bool], binCount: Int = 20) {
        precondition(
            predictions.count == labels.count && binCount > 0,
            "\(labels.count) labels for \(predictions.count) predictions in \(binCount) bins")
        precondition(
            predictions.allSatisfy { $0 >= 0 && $0 <= 1 }, "a prediction is no probability")
        if predictions.isEmpty { return nil }
        let order = predictions.indices.sorted {
            predictions[$0] == predictions[$1] ? $0 < $1 : predictions[$0] < predictions[$1]
        }
        count = predictions.count
        positiveCount = labels.count { $0 }
        let total = predictions.reduce(0.0) { $0 + Double($1) }
        calibration = positiveCount > 0 ? total / Double(positiveCount) : nil
        logLoss =
            zip(predictions, labels).reduce(0) {
                let p = min(max(Double($1.0), 1e-7), 1 - 1e-7)
                return $0 - log($1.1 ? p : 1 - p)
            } / Double(count)
        let rate = Double(positiveCount) / Double(count)
        let entropy = rate > 0 && rate < 1 ? -rate * log(rate) - (1 - rate) * log(1 - rate) : 0
        normalisedEntropy = entropy > 0 ? logLoss / entropy : nil
        auc = Self.auc(order, predictions, labels, positiveCount: positiveCount)
        bins = (0..<min(binCount, count)).map { bin in
            let (count, bins) = (predictions.count, min(binCount, predictions.count))
            let rows = order[bin * count / bins..<(bin + 1) * count / bins]
            return Bin(
                count: rows.count,
                meanPrediction: rows.reduce(0.0) { $0 + Double(predictions[$1]) }
                    / Double(rows.count),
                positiveShare: Double(rows.count { labels[$0] }) / Double(rows.count))
        }
    }

    /// By the sum of the positives' ranks (Mann, Whitney 1947), ties sharing the mean of theirs.
    private static func auc(
        _ order: [Int], _ predictions: [Float], _ labels: [Bool], positiveCount: Int
    ) -> Double? {
        let negativeCount = order.count - positiveCount
        if positiveCount == 0 || negativeCount == 0 { return nil }
        var rankSum = 0.0
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, predictions[order[end]] == predictions[order[start]] {
                end += 1
            }
            let positives = order[start..<end].count { labels[$0] }
            rankSum += Double(positives) * Double(start + 1 + end) / 2
            start = end
        }
        let (positives, negatives) = (Double(positiveCount), Double(negativeCount))
        return (rankSum - positives * (positives + 1) / 2) / (positives * negatives)
    }
}
