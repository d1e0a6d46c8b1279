public import NeuralNetwork

/// Every setting of a two-tower training: passed whole, recorded whole.
///
/// The defaults were chosen on KuaiRand (some 240,000 examples, 7,583 items), trained on events
/// before 2022-04-29 and measured on the two days that followed.
public struct TwoTowerConfiguration: Codable, Sendable, Equatable {
    /// How a user's history becomes one vector.
    public enum HistoryEncoding: String, CaseIterable, Codable, Sendable {
        /// The mean of the events.
        case mean
        /// A mean whose weights halve every `historyHalfLife` events, newest first.
        case recencyWeightedMean
        /// A weighted mean by learned queries, one a head.
        case attentionPooling
        /// A causal Transformer (Kang, McAuley 2018).
        case transformer
        /// Dilated causal convolutions with gates (Yuan et al. 2019).
        case convolution
        /// A gated recurrent unit (Cho et al. 2014; Hidasi et al. 2016).
        case recurrentUnit

        /// Whether an encoder reads the events one after the other, so that one pass over a history
        /// serves all examples in it.
        var isSequential: Bool {
            switch self {
            case .mean, .recencyWeightedMean: false
            case .attentionPooling, .transformer, .convolution, .recurrentUnit: true
            }
        }
    }

    /// How the order of events reaches an encoder of sequences.
    public enum EncoderOrder: String, Codable, Sendable {
        /// A vector for each age, counted back from the newest event.
        case age
        /// A bias of attention for each distance between two events.
        case distance
    }

    /// How the interests of a user, of which there are several, meet the candidates in training.
    public enum InterestAttention: String, Codable, Sendable {
        /// The interests are mixed by how well each fits the positive, and the mixture meets all
        /// candidates (Li et al. 2019).
        case labelAware
        /// Every candidate meets the interest that fits it best, as when the model serves.
        case maximum
    }

    /// How a user's vector meets an item's.
    public enum Interaction: String, Codable, Sendable {
        /// The inner product of the two.
        case innerProduct
        /// The inner product of the two after scaling each to length 1.
        case cosine
    }

    /// What a training minimises.
    public enum Loss: String, Codable, Sendable {
        /// Cross-entropy over the candidates; over the whole catalogue, or corrected by log Q.
        case softmax
        /// Bayesian personalised ranking: the positive against each negative.
        case bpr
        /// Generalised binary cross-entropy: yes to the positive, no to each negative.
        case gbce
        /// Cosine contrastive loss: the cosine of negatives need only stay below a margin.
        case cosineContrastive
    }

    /// What moves the rows of the tables; only those that a batch touches cost anything.
    public enum TableAlgorithm: String, Codable, Sendable {
        /// Adagrad with one accumulator a row.
        case rowWiseAdagrad
        /// Adagrad with one accumulator a value.
        case adagrad
        /// Adam with moments, and a count of steps, that move when their row is touched.
        case lazyAdam
    }

    /// How the numbers of the tables lie in memory.
    public typealias TableStorage = NeuralNetwork.TableStorage

    /// What moves the dense layers.
    public enum DenseAlgorithm: String, Codable, Sendable {
        /// Adam with `denseDecay` as an L2 penalty, whose gradient enters the moments.
        case adam
        /// Adam with `denseDecay` decoupled from the moments.
        case adamW
    }

    /// How the learning rates move after the warm-up.
    public typealias Schedule = LearningRateShape

    // Shape of the towers.

    /// Length of the embeddings, without the coordinate of the item bias.
    public var embeddingDimension = 64
    /// Length of a user's id embedding; 0 leaves user ids out. With short histories an id overfits: on
    /// KuaiRand, 16 cost 0.02 of recall@50.
    public var userIdDimension = 0
    /// Length of an item's id embedding, and of a history event's.
    public var itemIdDimension = 64
    /// Length of a creator's embedding; 0 leaves creators out.
    public var creatorDimension = 32
    /// Length of a tag's embedding; 0 leaves tags out.
    public var tagDimension = 32
    /// Length of the profile embedding, to which every column adds one row; 0 leaves categories out.
    public var profileDimension = 32
    /// Rows of the table of pairs of profile columns, whose rows reach the embedding directly; 0 leaves
    /// pairs out. A user has k(k − 1)/2 of them for k columns, each a row of `embeddingDimension`.
    public var crossBuckets = 0
    /// Numbers that the user tower reads of a history. Those that tell time need events with days.
    public var historyNumbers = [HistoryNumber.eventCount]
    /// Rows of the table of words and character trigrams of the items' texts; 0 leaves texts out.
    public var textBuckets = 0
    /// Length of an item's text embedding.
    public var textDimension = 32
    /// Widths of the hidden layers of the user tower.
    public var userHiddenWidths = [128]
    /// Widths of the hidden layers of the item tower.
    public var itemHiddenWidths = [128]
    /// Whether history and item tower read the same tables of items, creators and tags.
    public var sharesTables = true
    /// Whether the id (item side) and the history (user side) also reach the embedding directly;
    /// needs `itemIdDimension` = `embeddingDimension`.
    public var usesResidual = true
    /// Whether the user tower weighs the history that reaches the embedding directly against its
    /// layers, value by value; needs `usesResidual`.
    public var usesGate = false
    /// Whether creators and tags of the history enter beside its items.
    public var usesHistoryContent = true
    /// Whether the embeddings carry an item bias as their last coordinate.
    public var usesItemBias = true

    // History.

    /// How a history becomes one vector.
    public var historyEncoding = HistoryEncoding.recencyWeightedMean
    /// Newest events of a history that count.
    public var historyLength = 50
    /// Events after which the weight of an event halves, for the recency-weighted mean.
    public var historyHalfLife: Float = 20

    // Encoders that read a history as a sequence of items. Its creators and tags are pooled beside
    // it, with the weights of the recency-weighted mean.

    /// Blocks of a Transformer.
    public var encoderBlocks = 2
    /// Heads of a Transformer or of attention pooling; a divisor of `itemIdDimension`.
    public var encoderHeads = 2
    /// Width of a Transformer's hidden layers, as a multiple of `itemIdDimension`.
    public var encoderHiddenMultiple = 1
    /// How the order of events enters a Transformer.
    public var encoderOrder = EncoderOrder.age
    /// Positions that a layer of a convolution looks at, its own among them.
    public var encoderTaps = 3
    /// The distance between those positions, layer by layer.
    public var encoderDilations = [1, 2, 4, 8]
    /// Share of values zeroed inside the encoder in training.
    public var encoderDropout: Float = 0.2
    /// Vectors that a user has, each from queries of its own over the history; an item's score is the
    /// greatest over them. More than 1 needs attention pooling.
    public var interestCount = 1
    /// How several interests meet the candidates in training.
    public var interestAttention = InterestAttention.maximum
    /// Factor of the scores that label-aware attention weighs interests by: the greater, the more the one
    /// that fits best counts alone.
    public var interestSharpness: Float = 4

    // Score and loss.

    /// Inner product or cosine.
    public var interaction = Interaction.innerProduct
    /// Divides the product of the embeddings: 1 for the inner product, 0.05 to 0.1 for the cosine.
    public var temperature: Float = 1
    /// What is minimised.
    public var loss = Loss.softmax
    /// Share of the target that the softmax spreads over all candidates.
    public var labelSmoothing: Float = 0
    /// How far gBCE undoes the overconfidence of sampling: 0 not at all, 1 wholly.
    public var gbceCalibration: Float = 0.75
    /// Cosine above which a negative counts, for the cosine contrastive loss.
    public var contrastiveMargin: Float = 0.4
    /// Weight of the negatives beside the positive, for the cosine contrastive loss.
    public var contrastiveNegativeWeight: Float = 10
    /// Whether the softmax's logits are corrected by the logarithm of the sampling probability.
    public var usesLogQCorrection = true

    // Negatives: what a positive competes with, any combination.

    /// Whether the positives of the other rows of a batch are negatives.
    public var usesInBatchNegatives = true
    /// Items drawn uniformly for a batch.
    public var uniformNegatives = 512
    /// Items drawn for a batch in proportion to (number of examples)^`popularityExponent`.
    public var popularNegatives = 0
    /// Exponent of the popularity by which items are drawn.
    public var popularityExponent: Float = 0.75
    /// Whether the whole catalogue is a negative: exact, for up to some hundred thousand items. It
    /// leaves nothing to draw to the sources above.
    public var usesFullCatalogue = false
    /// Embeddings of earlier batches' positives that are kept as negatives, at most; 0 for none,
    /// otherwise there is room for those of one batch at least.
    public var queueLength = 0
    /// Batches after which an embedding leaves the queue.
    public var queueStaleness = 50
    /// Batches before the first for which the queue counts.
    public var queueStart = 200
    /// Entries of the queue that a row competes with, those hardest to tell from its positive; 0 for all.
    public var hardNegatives = 0
    /// The least cosine with the user's embedding that makes an entry hard; it is below the positive's.
    public var hardNegativeThreshold: Float = 0.7
    /// Whether the threshold is a share of the positive's cosine.
    public var hardNegativesAreRelative = false
    /// Batches from `queueStart` on over which the number of hard negatives rises from 1.
    public var hardNegativeRamp = 1_000
    /// Items that the user of a row was shown without engaging, drawn for the row alone; needs
    /// impressions in the dataset.
    public var impressionNegatives = 0
    /// How many times an impression counts among the items of the catalogue, for the softmax.
    public var impressionWeight: Float = 1
    /// Whether items among the user's own events are never negatives for that user.
    public var masksOwnEvents = true
    /// Whether a repeat of an item that the user had before counts as an example.
    public var trainsOnRepeats = false
    /// Days after which an example's weight halves, back from the newest; 0 weighs all days alike.
    public var exampleHalfLife: Float = 0
    /// Exponent e of the weight n^(−e) for the examples of a user who has n; 1 is one vote a user.
    public var userWeightExponent: Float = 0

    // Diversity and size of the embeddings; weights beside a loss of 1, 0 for none.

    /// Weight of the concentration of creators in the soft top list of a user.
    public var creatorConcentrationWeight: Float = 0
    /// Weight of the concentration of tags there.
    public var tagConcentrationWeight: Float = 0
    /// Temperature of the soft top list: the lower, the fewer items it holds.
    public var concentrationTemperature: Float = 1
    /// Weight of the mean squared cosine between items, which spreads their embeddings.
    public var spreadWeight: Float = 0
    /// L2 penalty of the embeddings, for the inner product; `tableDecay` is that of what they are
    /// made of.
    public var embeddingPenalty: Float = 0

    // Optimisation.

    /// Passes over the examples.
    public var epochs = 4
    /// Examples in a batch, at most.
    public var batchSize = 1_024
    /// Learning rate of the tables: some 0.1 for Adagrad, some 0.03 for Adam.
    public var tableLearningRate: Float = 0.15
    /// What moves the tables.
    public var tableOptimiser = TableAlgorithm.rowWiseAdagrad
    /// How the tables lie in memory, and in the artefact.
    public var tableStorage = TableStorage.float32
    /// Standard deviation of new table rows.
    public var tableDeviation: Float = 0.05
    /// Learning rate of the dense layers.
    public var denseLearningRate: Float = 0.002
    /// What moves the dense layers.
    public var denseOptimiser = DenseAlgorithm.adamW
    /// Batches over which the learning rates rise from 0.
    public var warmUpBatches = 50
    /// How the learning rates move after that.
    public var learningRateSchedule = Schedule.linear
    /// Share of the learning rates left at the last batch; a constant schedule keeps all of it.
    public var finalLearningRateShare: Float = 0.1
    /// The longest that the gradient of a batch may be, over dense layers and table rows together; a longer
    /// one is scaled down. 0 for no limit, which saves adding the rows up twice.
    public var gradientNormLimit: Float = 0
    /// L2 penalty of the table rows that a batch touches; decoupled for Adam.
    public var tableDecay: Float = 0
    /// Weight decay of the dense layers.
    public var denseDecay: Float = 0.01
    /// Share of the inputs of each tower zeroed in training.
    public var inputDropout: Float = 0
    /// Share of each hidden layer zeroed in training.
    public var hiddenDropout: Float = 0.1
    /// Share of items whose id is hidden, so that unseen items work.
    public var itemIdDropout: Float = 0.05
    /// Share of examples whose user id is hidden, so that unseen users work.
    public var userIdDropout: Float = 0.5
    /// Share of examples whose history is hidden, so that users without one work.
    public var historyDropout: Float = 0.05
    /// Share of the examples, the newest, that are held out while training, to stop in time and keep
    /// the best parameters; 0 trains on all of them for as long as `epochs` says.
    public var validationShare: Float = 0
    /// Batches between two measurements on what is held out; 0 measures after each epoch.
    public var validationInterval = 0
    /// Users that are measured, at most: a fixed sample.
    public var validationUsers = 2_000
    /// Length of the lists that are measured.
    public var validationCutoff = 20
    /// Measurements without a better nDCG after which training stops.
    public var validationPatience = 3
    /// A mean loss above this many nats stops the training as diverged.
    public var lossLimit: Double = 100

    /// The defaults.
    public init() {}

    /// Length of the stored embeddings: a plain inner product of two of them is the score.
    public var storedDimension: Int { embeddingDimension + (usesItemBias ? 1 : 0) }

    /// Refuses values that make no sense, by name.
    public func validate() throws(ModelError) {
        let positive: [(String, Int)] = [
            ("embeddingDimension", embeddingDimension), ("itemIdDimension", itemIdDimension),
            ("batchSize", batchSize), ("epochs", epochs), ("historyLength", historyLength),
            ("encoderBlocks", encoderBlocks), ("encoderHeads", encoderHeads),
            ("encoderHiddenMultiple", encoderHiddenMultiple), ("encoderTaps", encoderTaps),
            ("validationUsers", validationUsers), ("validationCutoff", validationCutoff),
            ("validationPatience", validationPatience),
            ("textDimension", textDimension),
        ]
        for (name, value) in positive { try check(value > 0, name, "positive") }
        let natural: [(String, Int)] = [
            ("userIdDimension", userIdDimension), ("creatorDimension", creatorDimension),
            ("tagDimension", tagDimension), ("profileDimension", profileDimension),
            ("warmUpBatches", warmUpBatches), ("validationInterval", validationInterval),
            ("crossBuckets", crossBuckets), ("textBuckets", textBuckets),
        ]
        for (name, value) in natural { try check(value >= 0, name, "0 or more") }
        try check(
            (userHiddenWidths + itemHiddenWidths).allSatisfy { $0 > 0 }, "hidden widths",
            "positive")
        try check(
            !encoderDilations.isEmpty && encoderDilations.allSatisfy { $0 > 0 },
            "encoderDilations", "one or more positive numbers")
        let shares: [(String, Float)] = [
            ("inputDropout", inputDropout), ("hiddenDropout", hiddenDropout),
            ("itemIdDropout", itemIdDropout), ("userIdDropout", userIdDropout),
            ("historyDropout", historyDropout), ("encoderDropout", encoderDropout),
            ("validationShare", validationShare),
        ]
        for (name, value) in shares {
            try check(value >= 0 && value < 1, name, "at least 0 and below 1")
        }
        let rates: [(String, Float)] = [
            ("temperature", temperature), ("tableLearningRate", tableLearningRate),
            ("denseLearningRate", denseLearningRate), ("historyHalfLife", historyHalfLife),
        ]
        for (name, value) in rates {
            try check(value > 0 && value.isFinite, name, "positive and finite")
        }
        let penalties: [(String, Float)] = [
            ("tableDecay", tableDecay), ("denseDecay", denseDecay),
            ("gradientNormLimit", gradientNormLimit),
            ("tableDeviation", tableDeviation), ("exampleHalfLife", exampleHalfLife),
            ("userWeightExponent", userWeightExponent),
        ]
        for (name, value) in penalties {
            try check(value >= 0 && value.isFinite, name, "0 or more, and finite")
        }
        try check(
            finalLearningRateShare >= 0 && finalLearningRateShare <= 1, "finalLearningRateShare",
            "in 0 to 1")
        try check(lossLimit > 0, "lossLimit", "positive")
        try check(
            !usesResidual || itemIdDimension == embeddingDimension, "itemIdDimension",
            "equal to embeddingDimension when usesResidual is set")
        try check(!usesGate || usesResidual, "usesGate", "false without usesResidual")
        // Rows are numbered in 32 bits.
        for (name, value) in [("crossBuckets", crossBuckets), ("textBuckets", textBuckets)] {
            try check(value < 1 << 31, name, "below 2147483648")
        }
        try check(
            Set(historyNumbers).count == historyNumbers.count, "historyNumbers",
            "free of repetition")
        try check(
            ![.transformer, .attentionPooling].contains(historyEncoding)
                || itemIdDimension % encoderHeads == 0,
            "encoderHeads", "a divisor of itemIdDimension")
        try validateInterests()
        try validateLoss()
        try validateNegatives()
    }

    /// Refuses a setting by name unless it keeps to a rule.
    func check(_ condition: Bool, _ name: String, _ rule: String) throws(ModelError) {
        if !condition {
            throw ModelError(.invalidConfiguration, "\(name) must be \(rule)")
        }
    }
}

extension TwoTowerConfiguration {
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
                .invalidConfiguration, "unknown setting \"\(key.stringValue)\" of a two-tower")
        }
        func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
            value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
        }
        try read(.embeddingDimension, &embeddingDimension)
        try read(.userIdDimension, &userIdDimension)
        try read(.itemIdDimension, &itemIdDimension)
        try read(.creatorDimension, &creatorDimension)
        try read(.tagDimension, &tagDimension)
        try read(.profileDimension, &profileDimension)
        try read(.crossBuckets, &crossBuckets)
        try read(.historyNumbers, &historyNumbers)
        try read(.textBuckets, &textBuckets)
        try read(.textDimension, &textDimension)
        try read(.userHiddenWidths, &userHiddenWidths)
        try read(.itemHiddenWidths, &itemHiddenWidths)
        try read(.sharesTables, &sharesTables)
        try read(.usesResidual, &usesResidual)
        try read(.usesGate, &usesGate)
        try read(.usesHistoryContent, &usesHistoryContent)
        try read(.usesItemBias, &usesItemBias)
        try read(.historyEncoding, &historyEncoding)
        try read(.historyLength, &historyLength)
        try read(.historyHalfLife, &historyHalfLife)
        try read(.encoderBlocks, &encoderBlocks)
        try read(.encoderHeads, &encoderHeads)
        try read(.encoderHiddenMultiple, &encoderHiddenMultiple)
        try read(.encoderOrder, &encoderOrder)
        try read(.encoderTaps, &encoderTaps)
        try read(.encoderDilations, &encoderDilations)
        try read(.encoderDropout, &encoderDropout)
        try read(.interestCount, &interestCount)
        try read(.interestAttention, &interestAttention)
        try read(.interestSharpness, &interestSharpness)
        try read(.interaction, &interaction)
        try read(.temperature, &temperature)
        try read(.loss, &loss)
        try read(.labelSmoothing, &labelSmoothing)
        try read(.gbceCalibration, &gbceCalibration)
        try read(.contrastiveMargin, &contrastiveMargin)
        try read(.contrastiveNegativeWeight, &contrastiveNegativeWeight)
        try read(.usesLogQCorrection, &usesLogQCorrection)
        try read(.usesInBatchNegatives, &usesInBatchNegatives)
        try read(.uniformNegatives, &uniformNegatives)
        try read(.popularNegatives, &popularNegatives)
        try read(.popularityExponent, &popularityExponent)
        try read(.usesFullCatalogue, &usesFullCatalogue)
        try read(.queueLength, &queueLength)
        try read(.queueStaleness, &queueStaleness)
        try read(.queueStart, &queueStart)
        try read(.hardNegatives, &hardNegatives)
        try read(.hardNegativeThreshold, &hardNegativeThreshold)
        try read(.hardNegativesAreRelative, &hardNegativesAreRelative)
        try read(.hardNegativeRamp, &hardNegativeRamp)
        try read(.impressionNegatives, &impressionNegatives)
        try read(.impressionWeight, &impressionWeight)
        try read(.masksOwnEvents, &masksOwnEvents)
        try read(.trainsOnRepeats, &trainsOnRepeats)
        try read(.exampleHalfLife, &exampleHalfLife)
        try read(.userWeightExponent, &userWeightExponent)
        try read(.creatorConcentrationWeight, &creatorConcentrationWeight)
        try read(.tagConcentrationWeight, &tagConcentrationWeight)
        try read(.concentrationTemperature, &concentrationTemperature)
        try read(.spreadWeight, &spreadWeight)
        try read(.embeddingPenalty, &embeddingPenalty)
        try read(.epochs, &epochs)
        try read(.batchSize, &batchSize)
        try read(.tableLearningRate, &tableLearningRate)
        try read(.tableOptimiser, &tableOptimiser)
        try read(.tableStorage, &tableStorage)
        try read(.tableDeviation, &tableDeviation)
        try read(.denseLearningRate, &denseLearningRate)
        try read(.denseOptimiser, &denseOptimiser)
        try read(.warmUpBatches, &warmUpBatches)
        try read(.learningRateSchedule, &learningRateSchedule)
        try read(.finalLearningRateShare, &finalLearningRateShare)
        try read(.gradientNormLimit, &gradientNormLimit)
        try read(.tableDecay, &tableDecay)
        try read(.denseDecay, &denseDecay)
        try read(.inputDropout, &inputDropout)
        try read(.hiddenDropout, &hiddenDropout)
        try read(.itemIdDropout, &itemIdDropout)
        try read(.userIdDropout, &userIdDropout)
        try read(.historyDropout, &historyDropout)
        try read(.validationShare, &validationShare)
        try read(.validationInterval, &validationInterval)
        try read(.validationUsers, &validationUsers)
        try read(.validationCutoff, &validationCutoff)
        try read(.validationPatience, &validationPatience)
        try read(.lossLimit, &lossLimit)
    }
}
