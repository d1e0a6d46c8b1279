import LinearAlgebra

/// Mixes the interests of a user into the one vector that meets the candidates, by how well each
/// fits the positive (MIND: Li et al., CIKM 2019). With the interests v₁ … v_K, the positive's
/// embedding p and the sharpness β,
///
///     u = Σₖ aₖ vₖ   with  a = softmax over k of (β vₖ·p)
///
///     ∂/∂vₖ = aₖ g + cₖ p,   ∂/∂p = Σₖ cₖ vₖ   with  cₖ = β aₖ (g·vₖ − g·u)
///
/// for a gradient g of u. The greater β, the nearer this comes to training the interest that fits best
/// alone (ComiRec: Cen et al., KDD 2020). Only training can do so: the positive has to be known.
///
/// Biases, which add the same to the score of every interest, are left out.
struct LabelAwareAttention: Sendable {
    /// K.
    let interestCount: Int
    /// β.
    let sharpness: Float
    /// Length of an embedding without its bias.
    let dimension: Int

    /// What belongs to some users besides their own vectors.
    struct Context {
        /// The vectors of all interests, shape `[n × K, width]`, those of a user one after the other.
        let interests: MatrixView
        /// The embeddings of all candidates, shape `[candidates, width]`.
        let items: MatrixView
        /// The candidate that is the positive of each user.
        let positives: UnsafePointer<Int32>
        /// a, shape `[n, K]`: written by `forward`, read by `backward`.
        let shares: UnsafeMutablePointer<Float>
    }

    /// Writes u of each user, shape `[n, width]`.
    func forward(_ context: Context, into users: MutableMatrixView, _ kernels: Kernels) {
        for row in 0..<users.rows {
            let positive = context.items.row(Int(context.positives[row]))
            let shares = context.shares + row * interestCount
            for interest in 0..<interestCount {
                shares[interest] =
                    sharpness * kernels.dot(vector(context, row, interest), positive, dimension)
            }
            _ = kernels.softmax(shares, interestCount)
            let user = users.row(row)
            user.update(repeating: 0, count: users.columns)
            for interest in 0..<interestCount {
                kernels.axpy(
                    shares[interest], vector(context, row, interest), user, users.columns)
            }
        }
    }

    /// Writes the gradients of the interests, shape `[n × K, width]`, and of the positives, shape
    /// `[n, dimension]`.
    ///
    /// - Parameter userGradient: g, shape `[n, width]`.
    func backward(
        _ context: Context, userGradient: MatrixView, interestGradient: MutableMatrixView,
        positiveGradient: MutableMatrixView, _ kernels: Kernels
    ) {
        for row in 0..<userGradient.rows {
            let g = userGradient.row(row)
            let positive = context.items.row(Int(context.positives[row]))
            let shares = context.shares + row * interestCount
            let ofPositive = positiveGradient.row(row)
            ofPositive.update(repeating: 0, count: dimension)
            var mean: Float = 0
            for interest in 0..<interestCount {
                mean +=
                    shares[interest] * kernels.dot(g, vector(context, row, interest), dimension)
            }
            for interest in 0..<interestCount {
                let v = vector(context, row, interest)
                let factor =
                    sharpness * shares[interest] * (kernels.dot(g, v, dimension) - mean)
                let dv = interestGradient.row(row * interestCount + interest)
                dv.update(repeating: 0, count: interestGradient.columns)
                kernels.axpy(shares[interest], g, dv, interestGradient.columns)
                kernels.axpy(factor, positive, dv, dimension)
                kernels.axpy(factor, v, ofPositive, dimension)
            }
        }
    }

    private func vector(_ context: Context, _ row: Int, _ interest: Int) -> UnsafePointer<Float> {
        context.interests.row(row * interestCount + interest)
    }
}
