import LinearAlgebra

/// Scores every candidate with the interest of a user that fits it best:
///
///     sᵢ = maxₖ vₖ·xᵢ
///
/// The gradient of a score is that of the interest which gave it, of equal ones the first. So is a
/// model scored that serves (Weston et al., RecSys 2013).
struct BestInterest: Sendable {
    /// K.
    let interestCount: Int

    /// More cannot be told apart by the choices.
    static let largestCount = Int(UInt8.max)

    /// Writes the greatest product of each user and candidate, shape `[n, candidates]`, and which
    /// interest gave it, in the same shape.
    ///
    /// - Parameter products: Of all interests and candidates, shape `[n × K, candidates]`.
    func forward(
        _ products: MatrixView, into scores: MutableMatrixView,
        choices: UnsafeMutablePointer<UInt8>
    ) {
        let columns = scores.columns
        for row in 0..<scores.rows {
            let (best, chosen) = (scores.row(row), choices + row * columns)
            best.update(from: products.row(row * interestCount), count: columns)
            chosen.update(repeating: 0, count: columns)
            for interest in 1..<max(interestCount, 1) {
                let x = products.row(row * interestCount + interest)
                for column in 0..<columns {
                    let isBetter = x[column] > best[column]
                    best[column] = isBetter ? x[column] : best[column]
                    chosen[column] = isBetter ? UInt8(interest) : chosen[column]
                }
            }
        }
    }

    /// Writes the gradients of the products, which are 0 where an interest was not chosen.
    ///
    /// - Parameter gradient: That of the scores.
    func backward(
        _ gradient: MatrixView, choices: UnsafePointer<UInt8>,
        into productGradient: MutableMatrixView
    ) {
        let columns = gradient.columns
        for row in 0..<gradient.rows {
            let (g, chosen) = (gradient.row(row), choices + row * columns)
            for interest in 0..<interestCount {
                let x = productGradient.row(row * interestCount + interest)
                for column in 0..<columns {
                    x[column] = chosen[column] == UInt8(interest) ? g[column] : 0
                }
            }
        }
    }
}
