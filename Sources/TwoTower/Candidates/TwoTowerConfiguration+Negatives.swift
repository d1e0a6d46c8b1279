import NeuralNetwork

extension TwoTowerConfiguration {
    /// Refuses sources of negatives that are out of range, or make no sense together.
    func validateNegatives() throws(ModelError) {
        let counts: [(String, Int)] = [
            ("uniformNegatives", uniformNegatives), ("popularNegatives", popularNegatives),
            ("queueLength", queueLength), ("queueStart", queueStart),
            ("hardNegatives", hardNegatives), ("hardNegativeRamp", hardNegativeRamp),
            ("impressionNegatives", impressionNegatives),
        ]
        for (name, value) in counts { try check(value >= 0, name, "0 or more") }
        try check(
            usesFullCatalogue || usesInBatchNegatives || uniformNegatives + popularNegatives > 0,
            "usesInBatchNegatives, uniformNegatives, popularNegatives or usesFullCatalogue",
            "set, since a loss needs negatives that all rows share")
        try check(
            popularityExponent >= 0 && popularityExponent.isFinite, "popularityExponent",
            "0 or more, and finite")
        try check(
            impressionWeight > 0 && impressionWeight.isFinite, "impressionWeight",
            "positive and finite")
        try check(
            impressionWeight == 1 || loss == .softmax, "impressionWeight",
            "1 for another loss than softmax")
        try check(
            impressionNegatives == 0 || !usesFullCatalogue || impressionWeight != 1,
            "impressionWeight",
            "other than 1 with the full catalogue, which has every impression once")
        try check(queueStaleness > 0, "queueStaleness", "positive")
        try check(
            queueLength == 0 || !usesFullCatalogue, "queueLength",
            "0 with the full catalogue, which leaves nothing to add")
        try check(
            hardNegatives == 0 || queueLength > 0, "queueLength",
            "positive for hard negatives, which come from the queue")
        try check(
            hardNegativeThreshold >= -1 && hardNegativeThreshold < 1, "hardNegativeThreshold",
            "in −1 ..< 1")
    }

    /// Refuses sources for which a dataset lacks what they draw from, and weights of what it lacks.
    func validate(for dataset: TwoTowerDataset) throws(ModelError) {
        func need(
            _ condition: Bool, _ name: String, _ lacking: String, _ hint: String
        ) throws(ModelError) {
            if !condition {
                throw ModelError(
                    .invalidConfiguration, "\(name) is set, but the dataset has no \(lacking)",
                    hint: hint)
            }
        }
        try need(
            impressionNegatives == 0 || dataset.impressions != nil, "impressionNegatives",
            "impressions", "Give the dataset impressions, or set impressionNegatives to 0.")
        try need(
            creatorConcentrationWeight == 0 || dataset.catalogue.creatorCount > 0,
            "creatorConcentrationWeight", "creators",
            "Give the items creators, or set creatorConcentrationWeight to 0.")
        try need(
            tagConcentrationWeight == 0 || dataset.catalogue.tagCount > 0,
            "tagConcentrationWeight", "tags",
            "Give the items tags, or set tagConcentrationWeight to 0.")
    }
}
