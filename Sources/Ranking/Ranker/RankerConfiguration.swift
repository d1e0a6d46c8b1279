public import NeuralNetwork

/// Every setting of a ranker and its training: passed whole, recorded whole.
///
/// The defaults were chosen on KuaiRand: 56,602 exposures of six days, and the loss on the last of them.
public struct RankerConfiguration: Codable, Sendable, Equatable {
    // Shape.

    /// Length of the embedding of a category.
    public var categoryDimension = 8
    /// Length to which a candidate's embedding is projected; 0 leaves it out.
    public var contentDimension = 16
    /// Heads by which a candidate attends to the history; 0 leaves histories out.
    public var attentionHeads = 2
    /// Length of a head's queries, keys and values.
    public var attentionWidth = 16
    /// Newest events of a history that count.
    public var historyLength = 50
    /// Cross layers: l of them see products of up to l + 1 features.
    public var crossLayers = 2
    /// Rank of a cross layer's matrix.
    public var crossRank = 32
    /// Experts that the tasks share.
    public var expertCount = 4
    /// Width of an expert's hidden layer.
    public var expertHiddenWidth = 64
    /// Width of an expert's output.
    public var expertWidth = 32
    /// Width of the hidden layer of a task's head.
    public var headWidth = 16

    // Training.

    /// Passes over the examples, at most.
    public var epochs = 4
    /// Candidates in a batch, about: those of one context stay together.
    public var batchSize = 512
    /// Share of the candidates without any positive label that an epoch keeps, drawn anew for each; those
    /// kept weigh 1 / share, so that what is predicted stays calibrated.
    public var negativeShare: Float = 1
    /// Learning rate of the tables of categories.
    public var tableLearningRate: Float = 0.002
    /// L2 penalty of the table rows that a batch touches.
    public var tableDecay: Float = 0.001
    /// Learning rate of the layers.
    public var denseLearningRate: Float = 0.001
    /// Weight decay of the layers, times the learning rate at each step. Far more than towers want: some ten
    /// thousand exposures are soon learned by heart.
    public var denseDecay: Float = 4
    /// Batches over which the learning rates rise from 0.
    public var warmUpBatches = 50
    /// How the learning rates move after that.
    public var learningRateSchedule = LearningRateShape.linear
    /// Share of the learning rates left at the last batch; a constant schedule keeps all of it.
    public var finalLearningRateShare: Float = 0.1
    /// The longest that the gradient of a batch may be; a longer one is scaled down. 0 for no limit.
    public var gradientNormLimit: Float = 0
    /// Share of the experts' hidden values zeroed in training.
    public var hiddenDropout: Float = 0.1
    /// Days, the last, that are held out while training, to stop in time and keep the best
    /// parameters; 0 trains on all days for as long as `epochs` says.
    public var validationDays = 0
    /// Epochs without a better measurement after which training stops.
    public var validationPatience = 2

    /// The defaults.
    public init() {}

    /// Refuses values that make no sense, by name.
    public func validate() throws(ModelError) {
        let positive: [(String, Int)] = [
            ("categoryDimension", categoryDimension), ("attentionWidth", attentionWidth),
            ("historyLength", historyLength), ("crossRank", crossRank),
            ("expertCount", expertCount), ("expertHiddenWidth", expertHiddenWidth),
            ("expertWidth", expertWidth), ("headWidth", headWidth), ("epochs", epochs),
            ("batchSize", batchSize), ("validationPatience", validationPatience),
        ]
        for (name, value) in positive { try check(value > 0, name, "positive") }
        let natural: [(String, Int)] = [
            ("contentDimension", contentDimension), ("attentionHeads", attentionHeads),
            ("crossLayers", crossLayers), ("warmUpBatches", warmUpBatches),
            ("validationDays", validationDays),
        ]
        for (name, value) in natural { try check(value >= 0, name, "0 or more") }
        try check(
            negativeShare > 0 && negativeShare <= 1, "negativeShare", "above 0 and at most 1")
        try check(
            hiddenDropout >= 0 && hiddenDropout < 1, "hiddenDropout", "at least 0 and below 1")
        try check(
            finalLearningRateShare >= 0 && finalLearningRateShare <= 1, "finalLearningRateShare",
            "in 0 to 1")
        for (name, value) in [
            ("tableLearningRate", tableLearningRate), ("denseLearningRate", denseLearningRate),
        ] { try check(value > 0 && value.isFinite, name, "positive and finite") }
        for (name, value) in [
            ("tableDecay", tableDecay), ("denseDecay", denseDecay),
            ("gradientNormLimit", gradientNormLimit),
        ] { try check(value >= 0 && value.isFinite, name, "0 or more, and finite") }
    }

    private func check(_ condition: Bool, _ name: String, _ rule: String) throws(ModelError) {
        if !condition {
            throw ModelError(.invalidConfiguration, "\(name) must be \(rule)")
        }
    }
}

extension RankerConfiguration {
    /// Reads the settings that are there; the others keep their defaults.
    ///
    /// - Throws: `invalidConfiguration` for a name that is no setting, `DecodingError` for a value
    ///   of another type.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        for key in try decoder.container(keyedBy: AnyName.self).allKeys
        where CodingKeys(stringValue: key.stringValue) == nil {
            throw ModelError(
                .invalidConfiguration, "unknown setting \"\(key.stringValue)\" of a ranker")
        }
        func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
            value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
        }
        try read(.categoryDimension, &categoryDimension)
        try read(.contentDimension, &contentDimension)
        try read(.attentionHeads, &attentionHeads)
        try read(.attentionWidth, &attentionWidth)
        try read(.historyLength, &historyLength)
        try read(.crossLayers, &crossLayers)
        try read(.crossRank, &crossRank)
        try read(.expertCount, &expertCount)
        try read(.expertHiddenWidth, &expertHiddenWidth)
        try read(.expertWidth, &expertWidth)
        try read(.headWidth, &headWidth)
        try read(.epochs, &epochs)
        try read(.batchSize, &batchSize)
        try read(.negativeShare, &negativeShare)
        try read(.tableLearningRate, &tableLearningRate)
        try read(.tableDecay, &tableDecay)
        try read(.denseLearningRate, &denseLearningRate)
        try read(.denseDecay, &denseDecay)
        try read(.warmUpBatches, &warmUpBatches)
        try read(.learningRateSchedule, &learningRateSchedule)
        try read(.finalLearningRateShare, &finalLearningRateShare)
        try read(.gradientNormLimit, &gradientNormLimit)
        try read(.hiddenDropout, &hiddenDropout)
        try read(.validationDays, &validationDays)
        try read(.validationPatience, &validationPatience)
    }
}
