import Foundation
import LinearAlgebra

/// Percentile intervals of means over users, by resampling users.
///
/// A Poisson bootstrap: in each replicate every user gets an independent weight of mean 1, and the
/// replicate's figure is the weighted mean; the interval runs between quantiles of the
/// replicates. A user's figures share the weight, whatever their number, so that intervals of paired
/// differences are intervals of per-user differences.
///
/// The result depends on the values, the number of replicates, the confidence and the seed, not on
/// the number of threads.
///
/// Sources: Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, §13.3; Hanley, MacGibbon,
/// "Creating non-parametric bootstrap samples using Poisson frequencies", 2006.
public struct Bootstrap: Sendable {
    /// The number of resamples.
    public var replicates: Int
    /// The share of replicates inside the interval, in 0 ..< 1.
    public var confidence: Double
    /// The seed of the weights.
    public var seed: UInt64
    /// Threads at work.
    public var threadCount: Int

    public init(
        replicates: Int = 1000, confidence: Double = 0.95, seed: UInt64 = 1,
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        precondition(replicates > 0, "\(replicates) replicates")
        precondition(confidence >= 0 && confidence < 1, "confidence \(confidence)")
        self.replicates = replicates
        self.confidence = confidence
        self.seed = seed
        self.threadCount = threadCount
    }

    /// The interval of the mean of each column.
    ///
    /// - Parameter columns: One array per figure, each with one value per user.
    /// - Returns: One interval per column; none when there are no users.
    /// - Complexity: O(replicates × columns × users); 40 bytes a replicate and column.
    public func intervals(ofMeans columns: [[Float]]) -> [ClosedRange<Double>] {
        let userCount = columns.first?.count ?? 0
        precondition(
            columns.allSatisfy { $0.count == userCount },
            "columns of \(columns.map(\.count)) users")
        guard userCount > 0 else { return [] }
        let means = parallelMap(of: replicates, chunkSize: 1, threadCount: threadCount) {
            replicate, _ in
            resample(columns, replicate: replicate)
        }
        return columns.indices.map { column in
            let sorted = (0..<replicates).map { means[$0][column] }.sorted()
            let tail = (1 - confidence) / 2
            return quantile(tail, of: sorted)...quantile(1 - tail, of: sorted)
        }
    }

    /// Returns the weighted mean of every column in one replicate.
    private func resample(_ columns: [[Float]], replicate: Int) -> [Double] {
        let userCount = columns[0].count
        var generator = SeededGenerator(seed: seed, stream: UInt64(replicate))
        var weights = [Float](repeating: 0, count: min(Self.blockSize, userCount))
        var totalWeight = 0.0
        var means = [Double](repeating: 0, count: columns.count)
        for start in stride(from: 0, to: userCount, by: Self.blockSize) {
            let count = min(Self.blockSize, userCount - start)
            totalWeight += Self.draw(count, into: &weights, using: &generator)
            for column in columns.indices {
                means[column] += Self.product(of: weights, and: columns[column], start, count)
            }
        }
        // All weights are zero once in e^users: the sample itself stands in.
        if totalWeight == 0 {
            return columns.map { $0.reduce(0) { $0 + Double($1) } / Double(userCount) }
        }
        return means.map { $0 / totalWeight }
    }

    private static let blockSize = 4096

    /// The Poisson(1) quantile of (i + ½) / 2¹⁶ for each 16-bit number i.
    private static let poissonQuantiles: [Float] = {
        var quantiles: [Float] = []
        quantiles.reserveCapacity(1 << 16)
        var value = 0
        var probability = exp(-1.0)
        var cumulative = probability
        for i in 0..<1 << 16 {
            while (Double(i) + 0.5) / 0x1p16 > cumulative {
                value += 1
                probability /= Double(value)
                cumulative += probability
            }
            quantiles.append(Float(value))
        }
        return quantiles
    }()

    /// Draws weights, four from each random number, and returns their sum.
    private static func draw(
        _ count: Int, into weights: inout [Float], using generator: inout SeededGenerator
    ) -> Double {
        var sum: Float = 0
        var bits: UInt64 = 0
        poissonQuantiles.withUnsafeBufferPointer { quantiles in
            weights.withUnsafeMutableBufferPointer { weights in
                for position in 0..<count {
                    if position % 4 == 0 { bits = generator.next() }
                    let weight = quantiles[Int(bits & 0xFFFF)]
                    bits >>= 16
                    weights[position] = weight
                    // Exact: a block's weights are small integers.
                    sum += weight
                }
            }
        }
        return Double(sum)
    }

    /// Σ weights[i] · values[start + i], in four running sums.
    private static func product(
        of weights: [Float], and values: [Float], _ start: Int, _ count: Int
    ) -> Double {
        weights.withUnsafeBufferPointer { weights in
            values.withUnsafeBufferPointer { values in
                var sum0 = 0.0
                var sum1 = 0.0
                var sum2 = 0.0
                var sum3 = 0.0
                var position = 0
                while position + 4 <= count {
                    let value = start + position
                    sum0 += Double(weights[position] * values[value])
                    sum1 += Double(weights[position + 1] * values[value + 1])
                    sum2 += Double(weights[position + 2] * values[value + 2])
                    sum3 += Double(weights[position + 3] * values[value + 3])
                    position += 4
                }
                while position < count {
                    sum0 += Double(weights[position] * values[start + position])
                    position += 1
                }
                return (sum0 + sum1) + (sum2 + sum3)
            }
        }
    }

    /// The quantile by linear interpolation between order statistics (Hyndman, Fan 1996, type 7).
    private func quantile(_ probability: Double, of sorted: [Double]) -> Double {
        let position = probability * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }
}
