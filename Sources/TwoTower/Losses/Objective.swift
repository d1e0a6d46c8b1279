/// All that a training minimises: the loss over candidates, and what is weighed beside it.
struct Objective: Sendable {
    let loss: any CandidateLoss
    /// Whether logits get the log-Q correction.
    let isCorrected: Bool
    var concentration: ConcentrationLoss?
    let spread: SpreadLoss?
    let penalty: EmbeddingPenalty?

    init(_ configuration: TwoTowerConfiguration, _ catalogue: Catalogue) {
        loss = configuration.candidateLoss(itemCount: catalogue.itemCount)
        isCorrected = loss.isCorrected && configuration.usesLogQCorrection
        concentration = configuration.concentrationLoss(catalogue)
        let dimension = configuration.embeddingDimension
        spread =
            configuration.spreadWeight > 0
            ? SpreadLoss(weight: configuration.spreadWeight, dimension: dimension) : nil
        penalty =
            configuration.embeddingPenalty > 0
            ? EmbeddingPenalty(weight: configuration.embeddingPenalty, dimension: dimension) : nil
    }
}
