import BenchmarkSupport
import TwoTower

/// What is trained: the settings of one encoder, the same here and in the peer.
struct Workload {
    let encoder: TwoTowerConfiguration.HistoryEncoding
    let configuration: TwoTowerConfiguration
    let world: PlantedClusters
    let examplesPerUser: Int

    /// Tables for users and items, no dropout, constant learning rates, negatives in the batch.
    init(
        _ encoder: TwoTowerConfiguration.HistoryEncoding, _ size: WorldSize, dimension: Int,
        batch: Int, seed: UInt64
    ) throws {
        var settings = TwoTowerConfiguration()
        settings.embeddingDimension = dimension
        settings.itemIdDimension = dimension
        settings.userIdDimension = dimension
        settings.historyEncoding = encoder
        settings.historyLength = size.history
        settings.uniformNegatives = 0
        settings.masksOwnEvents = false
        settings.trainsOnRepeats = true
        settings.batchSize = batch
        settings.epochs = 1
        settings.warmUpBatches = 0
        settings.finalLearningRateShare = 1
        settings.hiddenDropout = 0
        settings.itemIdDropout = 0
        settings.userIdDropout = 0
        settings.encoderDropout = 0
        settings.historyDropout = 0
        self.encoder = encoder
        configuration = settings
        world = try PlantedClusters(size, seed: seed)
        examplesPerUser = size.examplesPerUser
    }

    /// The matrix products of one batch, forward and backward, with `candidates` different items.
    ///
    /// What a causal mask hides is not counted, nor is what only other positions than the newest
    /// would need of the last block.
    func products(candidates: Int) -> [MatrixProduct] {
        let (batch, d) = (configuration.batchSize, configuration.embeddingDimension)
        var products: [MatrixProduct] = []
        func layers(_ rows: Int, _ widths: [Int]) {
            for (inputs, outputs) in zip(widths, widths.dropFirst()) {
                products += MatrixProduct.layer(rows: rows, inputs: inputs, outputs: outputs)
            }
        }
        layers(
            batch, [d + configuration.userIdDimension + 1] + configuration.userHiddenWidths + [d])
        layers(candidates, [d] + configuration.itemHiddenWidths + [configuration.storedDimension])
        products += MatrixProduct.logits(
            rows: batch, columns: candidates, width: configuration.storedDimension)
        guard encoder == .transformer else { return products }
        let length = configuration.historyLength + 1
        let hidden = configuration.encoderHiddenMultiple * d
        for block in 1...configuration.encoderBlocks {
            let queries = block == configuration.encoderBlocks ? 1 : length
            layers(batch * length, [d, 2 * d])
            layers(batch * queries, [d, d])
            layers(batch * queries, [d, d])
            layers(batch * queries, [d, hidden, d])
            // Scores and weighted values: pairs × d multiplications each, as one layer has them.
            let pairs = queries * length - queries * (queries - 1) / 2
            layers(2 * batch * pairs / d, [d, d])
        }
        return products
    }
}

/// The size of planted data.
struct WorldSize {
    var users: Int
    var items: Int
    var clusters: Int
    var history: Int
    var examplesPerUser: Int
}
