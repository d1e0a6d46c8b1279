/// Where the negatives of a training come from: any combination.
struct NegativeSources: Sendable {
    /// Every item is a candidate of every batch; nothing else is drawn then.
    var isFullCatalogue = false
    /// What all rows of a batch compete with.
    var shared: [any NegativeSource] = []
    /// Embeddings of earlier batches.
    var queue: NegativeQueue?
    /// Which entries of the queue a row competes with; nil for all.
    var hardNegatives: HardNegatives?
    /// What the user of a row was shown.
    var impressions: ImpressionNegatives?

    /// What reports call the sources, in order of their bits; the last draws for single rows.
    var names: [String] {
        (isFullCatalogue ? ["full_catalogue"] : shared.map(\.name))
            + (queue == nil ? [] : [hardNegatives == nil ? "queue" : "hard"])
            + (impressions == nil ? [] : ["impressions"])
    }

    /// The bit of the queue.
    var queueBit: Int { shared.count }
}

extension NegativeSources {
    /// The sources that a configuration names.
    ///
    /// - Parameters:
    ///   - shares: How all examples spread over items.
    ///   - batchLimit: The most examples in a batch.
    init(
        _ configuration: TwoTowerConfiguration, _ dataset: TwoTowerDataset, shares: ItemShares,
        batchLimit: Int
    ) {
        let itemCount = dataset.catalogue.itemCount
        if configuration.impressionNegatives > 0, let impressions = dataset.impressions {
            self.impressions = ImpressionNegatives(
                count: configuration.impressionNegatives, weight: configuration.impressionWeight,
                impressions, dataset.sequences)
        }
        if configuration.usesFullCatalogue {
            isFullCatalogue = true
            return
        }
        if configuration.usesInBatchNegatives { shared.append(InBatchNegatives()) }
        if configuration.uniformNegatives > 0 {
            shared.append(
                UniformNegatives(count: configuration.uniformNegatives, itemCount: itemCount))
        }
        if configuration.popularNegatives > 0 {
            shared.append(
                PopularNegatives(
                    count: configuration.popularNegatives,
                    exponent: configuration.popularityExponent, shares, itemCount: itemCount))
        }
        if configuration.queueLength > 0 {
            queue = NegativeQueue(
                length: max(configuration.queueLength, batchLimit),
                staleness: configuration.queueStaleness,
                start: configuration.queueStart, dimension: configuration.embeddingDimension,
                width: configuration.storedDimension)
        }
        if configuration.hardNegatives > 0 {
            hardNegatives = HardNegatives(
                limit: configuration.hardNegatives, threshold: configuration.hardNegativeThreshold,
                isRelative: configuration.hardNegativesAreRelative,
                start: configuration.queueStart, ramp: configuration.hardNegativeRamp)
        }
    }
}

extension TwoTowerConfiguration {
    /// The most candidates that a batch of up to `rows` examples can have.
    ///
    /// - Returns: Those that the item tower embeds, and all, with those of the queue.
    func candidateLimits(rows: Int, itemCount: Int) -> (embedded: Int, all: Int) {
        if usesFullCatalogue { return (itemCount, itemCount) }
        let drawn = rows * (1 + impressionNegatives) + uniformNegatives + popularNegatives
        let queued = queueLength > 0 ? max(queueLength, rows) : 0
        return (min(drawn, itemCount), min(drawn + queued, itemCount))
    }
}
