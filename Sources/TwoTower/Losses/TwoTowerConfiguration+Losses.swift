import NeuralNetwork

extension TwoTowerConfiguration {
    /// The loss of a training on a catalogue of some size.
    func candidateLoss(itemCount: Int) -> any CandidateLoss {
        switch loss {
        case .softmax: SoftmaxLoss(labelSmoothing: labelSmoothing)
        case .bpr: PairwiseRankingLoss()
        case .gbce: GeneralisedCrossEntropy(calibration: gbceCalibration, itemCount: itemCount)
        case .cosineContrastive:
            CosineContrastiveLoss(
                margin: contrastiveMargin, negativeWeight: contrastiveNegativeWeight,
                temperature: temperature)
        }
    }

    /// Refuses settings of the loss that are out of range, or make no sense together.
    func validateLoss() throws(ModelError) {
        try check(labelSmoothing >= 0 && labelSmoothing < 1, "labelSmoothing", "in 0 ..< 1")
        try check(
            labelSmoothing == 0 || loss == .softmax, "labelSmoothing",
            "0 for another loss than softmax")
        try check(
            gbceCalibration >= 0 && gbceCalibration <= 1, "gbceCalibration", "in 0 to 1")
        try check(
            contrastiveMargin >= -1 && contrastiveMargin < 1, "contrastiveMargin", "in −1 ..< 1")
        try check(
            contrastiveNegativeWeight > 0 && contrastiveNegativeWeight.isFinite,
            "contrastiveNegativeWeight", "positive and finite")
        if loss == .cosineContrastive {
            try check(
                interaction == .cosine, "interaction", "cosine for the cosine contrastive loss")
            try check(
                !usesItemBias, "usesItemBias", "false for the cosine contrastive loss")
        }
        let weights: [(String, Float)] = [
            ("creatorConcentrationWeight", creatorConcentrationWeight),
            ("tagConcentrationWeight", tagConcentrationWeight), ("spreadWeight", spreadWeight),
            ("embeddingPenalty", embeddingPenalty),
        ]
        for (name, value) in weights {
            try check(value >= 0 && value.isFinite, name, "0 or more, and finite")
        }
        try check(
            concentrationTemperature > 0 && concentrationTemperature.isFinite,
            "concentrationTemperature", "positive and finite")
        try check(
            embeddingPenalty == 0 || interaction == .innerProduct, "embeddingPenalty",
            "0 for the cosine, which length does not change")
    }
}
