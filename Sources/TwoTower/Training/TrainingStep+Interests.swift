import LinearAlgebra
import NeuralNetwork

/// Users with several interests on their way to the candidates and back. With one interest, each of
/// these hands on what it is given.
extension TrainingStep {
    /// The rows of `users` and of logits that some examples have.
    func scoredRows(_ rows: Range<Int>) -> Range<Int> {
        guard let count = bestInterest?.interestCount else { return rows }
        return rows.lowerBound * count..<rows.upperBound * count
    }

    /// Where the user tower writes the vectors of some examples: all that meet the candidates, or those
    /// which are mixed first.
    func vectors(
        of count: Int, _ users: MutableMatrixView, _ workspace: UserWorkspace
    ) -> MutableMatrixView {
        guard let labelAware else { return users }
        let rows = count * labelAware.interestCount
        return embeddings(
            workspace.interests.vectors.reserve(rows * architecture.interaction.width), 0..<rows)
    }

    /// Mixes the interests of some examples by label-aware attention.
    func mixInterests(
        _ rows: Range<Int>, _ vectors: MatrixView, _ items: MatrixView,
        into users: MutableMatrixView, _ workspace: UserWorkspace
    ) {
        guard let labelAware else { return }
        workspace.interests.shares.reserve(vectors.rows)
        withContext(rows, vectors, items, workspace) {
            labelAware.forward($0, into: users, kernels)
        }
    }

    /// The gradients of the vectors by those of the mixtures; what the positives get is left for
    /// `addPositiveGradients`.
    func mixInterestsBackward(
        _ rows: Range<Int>, _ vectors: MatrixView, _ items: MatrixView,
        _ userGradients: MutableMatrixView, _ workspace: UserWorkspace
    ) -> MutableMatrixView {
        guard let labelAware else { return userGradients }
        let width = architecture.interaction.width
        let gradients = embeddings(
            workspace.interests.gradients.reserve(vectors.rows * width), 0..<vectors.rows)
        let dimension = labelAware.dimension
        let positives = MutableMatrixView(
            base: positiveGradients.base + rows.lowerBound * dimension, rows: rows.count,
            columns: dimension, stride: dimension)
        withContext(rows, vectors, items, workspace) {
            labelAware.backward(
                $0, userGradient: userGradients.readOnly, interestGradient: gradients,
                positiveGradient: positives, kernels)
        }
        return gradients
    }

    private func withContext(
        _ rows: Range<Int>, _ vectors: MatrixView, _ items: MatrixView,
        _ workspace: UserWorkspace, _ body: (LabelAwareAttention.Context) -> Void
    ) {
        candidates.positives.withUnsafeBufferPointer {
            body(
                LabelAwareAttention.Context(
                    interests: vectors, items: items,
                    positives: $0.baseAddress! + rows.lowerBound,
                    shares: workspace.interests.shares.base))
        }
    }

    /// Adds what label-aware attention gives the positives of a slab that are among some candidates.
    func addPositiveGradients(_ slab: Range<Int>, to columns: Range<Int>) {
        let dimension = architecture.configuration.embeddingDimension
        let gradients = embeddings(itemGradients, 0..<candidates.embeddedCount)
        candidates.positives.withUnsafeBufferPointer { positives in
            for row in slab where columns.contains(Int(positives[row])) {
                kernels.axpy(
                    1, positiveGradients.base + row * dimension,
                    gradients.row(Int(positives[row])), dimension)
            }
        }
    }

    /// The scores of some examples: of the interest that fits each candidate best.
    func chooseInterests(
        _ products: MutableMatrixView, _ workspace: UserWorkspace
    ) -> MutableMatrixView {
        guard let bestInterest else { return products }
        let rows = products.rows / bestInterest.interestCount
        let scores = MutableMatrixView(
            base: workspace.interests.scores.reserve(rows * products.columns), rows: rows,
            columns: products.columns, stride: products.columns)
        bestInterest.forward(products, into: scores)
        return scores
    }

    /// Turns the gradients of scores into those of the products that they were chosen from.
    func chooseInterestsBackward(_ scores: MatrixView, into products: MutableMatrixView) {
        bestInterest?.backward(scores, into: products)
    }

    /// Memory of one chunk of users with several interests.
    // Sendable because one worker at a time has it.
    final class InterestBuffers: @unchecked Sendable {
        /// Vectors before they are mixed, their gradients, and the shares in the mixtures.
        let vectors = FloatBuffer()
        let gradients = FloatBuffer()
        let shares = FloatBuffer()
        /// The best scores.
        let scores = FloatBuffer()
    }
}
