import NeuralNetwork

extension TwoTowerConfiguration {
    /// The attention that mixes interests before they meet the candidates, or nil.
    var labelAwareAttention: LabelAwareAttention? {
        guard interestCount > 1, interestAttention == .labelAware else { return nil }
        return LabelAwareAttention(
            interestCount: interestCount, sharpness: interestSharpness,
            dimension: embeddingDimension)
    }

    /// The choice among interests that each meet the candidates, or nil.
    var bestInterest: BestInterest? {
        guard interestCount > 1, interestAttention == .maximum else { return nil }
        return BestInterest(interestCount: interestCount)
    }

    /// Refuses settings of interests that are out of range, or make no sense together.
    func validateInterests() throws(ModelError) {
        try check(
            interestCount > 0 && interestCount <= Int(Int16.max), "interestCount", "in 1 to 32767")
        try check(
            interestSharpness > 0 && interestSharpness.isFinite, "interestSharpness",
            "positive and finite")
        try check(
            interestCount == 1 || historyEncoding == .attentionPooling, "historyEncoding",
            "attentionPooling for an interestCount above 1")
        try check(
            interestCount == 1 || interestAttention == .labelAware || hardNegatives == 0,
            "hardNegatives",
            "0 for the maximum over interests, which leaves a row no one vector to be alike")
    }
}
