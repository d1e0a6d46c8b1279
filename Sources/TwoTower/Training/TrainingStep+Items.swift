import LinearAlgebra
import NeuralNetwork

extension TrainingStep {
    /// Embeds some of the candidates.
    func itemForward(_ task: Task, chunk: Int, _ rows: Range<Int>) {
        let configuration = architecture.configuration
        let bags = itemBags[chunk]
        for bag in bags { bag.removeAll() }
        // Constants, because a property of a class is retained at every use.
        let (items, inputs) = (candidates.items, inputs)
        let featureCount = architecture.sizes.numericNames.count
        func append(_ features: UnsafePointer<Float>?) {
            for row in rows {
                let item = Int(items[row])
                var hidesId = false
                if let seed = task.dropoutSeed {
                    var draws = SplitMix64(state: seed ^ 2 << 60 ^ UInt64(row))
                    hidesId = draws.share() < configuration.itemIdDropout
                }
                inputs.appendItem(
                    item, hidingId: hidesId,
                    features: features.map { $0 + item * featureCount }, to: bags,
                    numeric: itemPass.numeric(row))
            }
        }
        if let numericFeatures {
            let start = numericFeatures.offset(day: task.group.day)
            numericFeatures.values.withUnsafeBufferPointer { append($0.baseAddress! + start) }
        } else {
            append(nil)
        }
        itemPass.forward(
            rows, bags, parameters, kernels, dropout: dropout(task, 2), chunk: chunk)
        architecture.interaction.forward(
            itemPass.output(rows).readOnly, embeddings(self.items, rows), .item, kernels)
    }

    /// Adds up the gradients of some candidates' embeddings over the users of a slab.
    func collectItemGradients(_ slab: Range<Int>, _ columns: Range<Int>, isFirst: Bool) {
        let count = candidates.items.count
        let users = embeddings(self.users.base, scoredRows(slab)).readOnly
        let scores = MatrixView(
            base: logits.base, rows: users.rows, columns: count, stride: count)
        BLAS.multiply(
            scores.columns(columns), users, transposing: .first,
            into: embeddings(itemGradients, columns), accumulating: !isFirst)
        if labelAware != nil { addPositiveGradients(slab, to: columns) }
    }

    /// Propagates those gradients to dense parameters and table rows.
    func itemBackward(_ task: Task, chunk: Int, _ columns: Range<Int>, _ lane: Lane) {
        lane.loss += regularise(columns)
        architecture.interaction.backward(
            itemPass.output(columns).readOnly, itemPass.outputGradient(columns),
            embeddings(itemGradients, columns).readOnly, .item, kernels)
        itemPass.backward(
            columns, itemBags[chunk], parameters, kernels, dropout: dropout(task, 2),
            chunk: chunk, denseGradient: lane.gradients.dense, tableGradients: lane.gradients.tables
        )
    }
}
