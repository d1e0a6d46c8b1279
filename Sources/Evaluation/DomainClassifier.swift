import Foundation
import LinearAlgebra

/// How well a classifier tells two samples of vectors apart: at an AUC of one half it cannot.
///
/// A logistic regression on the components and their squares learns from half of the entities and is
/// measured on the other half; an entity that stands in both samples is on one side with both of its
/// vectors, so that nothing of what is measured was learned. The squares see what moves no mean:
/// embeddings that shrink or spread.
///
/// Sources: Ben-David et al., "Analysis of representations for domain adaptation", NIPS 2006; Lopez-Paz,
/// Oquab, "Revisiting classifier two-sample tests", ICLR 2017.
public struct DomainClassifier: Sendable, Equatable {
    /// Chance that a vector of the second sample is taken for one sooner than a vector of the first.
    public let auc: Double
    /// Chance of at least this AUC where both samples are of one distribution (Mann, Whitney 1947);
    /// too large rather than too small where entities stand in both.
    public let pValue: Double

    /// A sample: vectors, and whose they are.
    public struct Sample: Sendable {
        public var ids: [Int64]
        /// `[ids.count, dimension]`.
        public var vectors: Matrix

        /// - Precondition: There is a row for each id.
        public init(ids: [Int64], vectors: Matrix) {
            precondition(
                ids.count == vectors.rows, "\(ids.count) ids for vectors \(vectors.shape)")
            self.ids = ids
            self.vectors = vectors
        }
    }

    /// Learns and measures.
    ///
    /// - Returns: nil where a half has no vector of one of the samples.
    /// - Precondition: Both samples have vectors of one length.
    /// - Complexity: O(vectors × dimension²), about ten times.
    public init?(_ first: Sample, _ second: Sample) {
        precondition(
            first.vectors.columns == second.vectors.columns,
            "vectors \(first.vectors.shape) beside \(second.vectors.shape)")
        var halves = [Half(), Half()]
        for (sample, label) in [(first, false), (second, true)] {
            for (row, id) in sample.ids.enumerated() {
                halves[Self.half(of: id)].add(sample.vectors[row: row], label)
            }
        }
        guard halves.allSatisfy(\.hasBoth) else { return nil }
        let weights = halves[0].regression()
        let predictions = halves[0].predictions(weights, for: halves[1])
        let positives = Double(halves[1].labels.count { $0 })
        let negatives = Double(halves[1].labels.count) - positives
        guard
            let auc = ProbabilityEvaluation(predictions: predictions, labels: halves[1].labels)?.auc
        else { return nil }
        self.auc = auc
        let deviation = ((positives + negatives + 1) / (12 * positives * negatives)).squareRoot()
        pValue = erfc((auc - 0.5) / deviation / 2.0.squareRoot()) / 2
    }

    /// 0 or 1, by bits that neighbouring ids do not share (the finaliser of SplitMix64).
    private static func half(of id: Int64) -> Int {
        var bits = UInt64(bitPattern: id) &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((bits ^ (bits >> 31)) & 1)
    }
}

/// Vectors of both samples with their labels.
private struct Half {
    var rows: [[Double]] = []
    var labels: [Bool] = []

    var hasBoth: Bool { labels.contains(true) && labels.contains(false) }

    mutating func add(_ vector: ArraySlice<Float>, _ label: Bool) {
        rows.append(vector.map(Double.init) + vector.map { Double($0) * Double($0) })
        labels.append(label)
    }

    /// Mean and inverse deviation of each column; 0 for a constant one.
    private func scales() -> (means: [Double], inverses: [Double]) {
        let count = Double(rows.count)
        let means = rows[0].indices.map { column in
            rows.reduce(0) { $0 + $1[column] } / count
        }
        let inverses = means.indices.map { column in
            let variance =
                rows.reduce(0) { $0 + ($1[column] - means[column]) * ($1[column] - means[column]) }
                / count
            return variance > 1e-24 ? 1 / variance.squareRoot() : 0
        }
        return (means, inverses)
    }

    /// Standardised columns with a 1 before them.
    private func design(of half: Half) -> [[Double]] {
        let (means, inverses) = scales()
        return half.rows.map { row in
            [1] + row.indices.map { (row[$0] - means[$0]) * inverses[$0] }
        }
    }

    /// Newton's steps on the penalised log-likelihood.
    func regression() -> [Double] {
        let design = design(of: self)
        let width = design[0].count
        // One unit of penalty for each standardised column: near to nothing beside hundreds of rows, and
        // enough where the samples are apart and the likelihood has no maximum.
        let penalty = 1.0
        var weights = [Double](repeating: 0, count: width)
        for _ in 0..<12 {
            var gradient = weights.enumerated().map { $0 == 0 ? 0 : -penalty * $1 }
            var curvature = [Double](repeating: 0, count: width * width)
            for (row, label) in zip(design, labels) {
                let p = Self.probability(row, weights)
                let error = (label ? 1 : 0) - p
                let weight = max(p * (1 - p), 1e-9)
                for i in 0..<width {
                    gradient[i] += error * row[i]
                    let scaled = weight * row[i]
                    for j in 0...i { curvature[i * width + j] += scaled * row[j] }
                }
            }
            for i in 0..<width { curvature[i * width + i] += i == 0 ? 1e-9 : penalty }
            let step = Self.solve(&curvature, gradient)
            for i in 0..<width { weights[i] += step[i] }
            if step.allSatisfy({ abs($0) < 1e-8 }) { break }
        }
        return weights
    }

    func predictions(_ weights: [Double], for half: Half) -> [Float] {
        design(of: half).map { Float(Self.probability($0, weights)) }
    }

    private static func probability(_ row: [Double], _ weights: [Double]) -> Double {
        1 / (1 + exp(-zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }))
    }

    /// Solves a symmetric positive definite system, given by its lower triangle, by Cholesky's factors.
    private static func solve(_ matrix: inout [Double], _ right: [Double]) -> [Double] {
        let n = right.count
        for i in 0..<n {
            for j in 0...i {
                var sum = matrix[i * n + j]
                for k in 0..<j { sum -= matrix[i * n + k] * matrix[j * n + k] }
                matrix[i * n + j] = i == j ? max(sum, 1e-12).squareRoot() : sum / matrix[j * n + j]
            }
        }
        var solution = right
        for i in 0..<n {
            for k in 0..<i { solution[i] -= matrix[i * n + k] * solution[k] }
            solution[i] /= matrix[i * n + i]
        }
        for i in (0..<n).reversed() {
            for k in i + 1..<n { solution[i] -= matrix[k * n + i] * solution[k] }
            solution[i] /= matrix[i * n + i]
        }
        return solution
    }
}
