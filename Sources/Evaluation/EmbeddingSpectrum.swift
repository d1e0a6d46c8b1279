import Foundation
public import LinearAlgebra

/// Over how many directions embeddings spread: what tells a space from one that has collapsed.
public struct EmbeddingSpectrum: Sendable, Equatable {
    /// Numbers in an embedding.
    public let dimension: Int
    /// Exponential of the entropy of the variance over the principal directions, from 1 to `dimension`
    /// (Roy, Vetterli, *The effective rank: a measure of effective dimensionality*, EUSIPCO 2007, of the
    /// covariance matrix). 1 where the embeddings do not vary.
    public let effectiveRank: Double
    /// Share of the variance along the direction that has most of it, in 0 ... 1. 1 where the embeddings
    /// do not vary.
    public let firstDirectionShare: Double
    /// Squared length of the mean embedding over the mean squared length, in 0 ... 1: 1 where all
    /// embeddings are the same point, which the variance around it does not tell.
    public let meanShare: Double
    /// Mean length of an embedding.
    public let meanNorm: Double

    /// Measures embeddings.
    ///
    /// - Parameter embeddings: Shape `[N, D]`.
    /// - Returns: nil for fewer than two embeddings, of no numbers, or all of length 0.
    /// - Precondition: The numbers are finite.
    /// - Complexity: O(`N` × `D`² + `D`³).
    public init?(of embeddings: Matrix) {
        let (rows, columns) = (embeddings.rows, embeddings.columns)
        guard rows >= 2, columns >= 1 else { return nil }
        var mean = [Double](repeating: 0, count: columns)
        var (squares, norms) = (0.0, 0.0)
        for row in 0..<rows {
            var square = 0.0
            for (column, value) in embeddings[row: row].enumerated() {
                mean[column] += Double(value) / Double(rows)
                square += Double(value) * Double(value)
            }
            squares += square / Double(rows)
            norms += square.squareRoot() / Double(rows)
        }
        guard squares > 0 else { return nil }
        // Centred first: in single precision a product of what lies far from 0 would lose the variance.
        let centred = Matrix(
            rows: rows, columns: columns,
            elements: embeddings.elements.enumerated().map {
                Float(Double($1) - mean[$0 % columns])
            })
        var covariance = Matrix(rows: columns, columns: columns)
        centred.withView { view in
            covariance.withMutableView {
                BLAS.multiply(
                    view, view, transposing: .first, factor: 1 / Float(rows), into: $0)
            }
        }
        let variances = SymmetricEigenvalues.descending(
            covariance.elements.map(Double.init), size: columns
        ).map { max($0, 0) }
        let total = variances.reduce(0, +)
        dimension = columns
        meanNorm = norms
        meanShare = min(mean.reduce(0) { $0 + $1 * $1 } / squares, 1)
        // What is left of points that are all the same is rounding, which spreads over all directions.
        guard total > 1e-10 * squares else {
            effectiveRank = 1
            firstDirectionShare = 1
            return
        }
        effectiveRank = exp(
            -variances.reduce(0) {
                let share = $1 / total
                return $0 + (share > 0 ? share * log(share) : 0)
            })
        firstDirectionShare = variances[0] / total
    }
}
