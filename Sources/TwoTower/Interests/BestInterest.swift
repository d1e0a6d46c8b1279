import LinearAlgebra

/// Scores every candidate with the interest of a user that fits it best (Weston et al., RecSys 2013):
///
///     sᵢ = maxₖ vₖ·xᵢ
///
/// The gradient of a score goes to the interest which gave it, of equal ones to the first. A model that
/// serves is scored in the same way.
struct BestInterest: Sendable {
    /// K.
    let interestCount: Int

    /// Writes the greatest product of each user and candidate, shape `[n, candidates]`.
    ///
    /// - Parameter products: Of all interests and candidates, shape `[n × K, candidates]`, those of a
    ///   user one after the other. They become 1 where an interest gave the score, 0 elsewhere.
    func forward(_ products: MutableMatrixView, into scores: MutableMatrixView) {
        let columns = scores.columns
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(columns, 1)) { left in
            // What of each gradient no interest has taken yet.
            let left = left.baseAddress!
            for row in 0..<scores.rows {
                let best = scores.row(row)
                best.update(from: products.row(row * interestCount), count: columns)
                for interest in 1..<max(interestCount, 1) {
                    let x = products.row(row * interestCount + interest)
                    for column in 0..<columns {
                        best[column] = x[column] > best[column] ? x[column] : best[column]
                    }
                }
                left.update(repeating: 1, count: columns)
                for interest in 0..<interestCount {
                    let x = products.row(row * interestCount + interest)
                    for column in 0..<columns {
                        // Read in any case: a load on one branch alone keeps the loop scalar.
                        let rest = left[column]
                        let share = x[column] == best[column] ? rest : 0
                        x[column] = share
                        left[column] = rest - share
                    }
                }
            }
        }
    }

    /// Gives the products the gradients of the scores that they were chosen for.
    ///
    /// - Parameters:
    ///   - gradient: That of the scores.
    ///   - products: As `forward` left them.
    func backward(_ gradient: MatrixView, into products: MutableMatrixView) {
        for row in 0..<gradient.rows {
            let g = gradient.row(row)
            for interest in 0..<interestCount {
                let x = products.row(row * interestCount + interest)
                for column in 0..<gradient.columns { x[column] *= g[column] }
            }
        }
    }
}
