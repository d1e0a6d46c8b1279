import LinearAlgebra

extension TrainingStep {
    func userForward(_ task: Task, chunk: Int, _ rows: Range<Int>) {
        let configuration = architecture.configuration
        let workspace = userChunks[chunk]
        workspace.removeAll()
        for row in rows {
            let example = task.examples[row]
            var hidden = TowerInputs.Hidden()
            if let seed = task.dropoutSeed {
                var draws = SplitMix64(state: seed ^ 1 << 60 ^ UInt64(row))
                if draws.share() < configuration.userIdDropout { hidden.insert(.id) }
                if draws.share() < configuration.historyDropout { hidden.insert(.history) }
            }
            let user = Int(example.user)
            inputs.appendUser(
                user, events: inputs.sequences.offsets[user]..<Int(example.event),
                hiding: hidden, to: workspace.bags, numeric: userPass.numeric(row))
        }
        userPass.forward(
            rows, workspace.bags, parameters, kernels, dropout: dropout(task, 1), chunk: chunk)
        architecture.interaction.forward(
            userPass.output(rows).readOnly, embeddings(users, rows), .user, kernels)
    }

    func itemForward(_ task: Task, chunk: Int, _ rows: Range<Int>) {
        let configuration = architecture.configuration
        let workspace = itemChunks[chunk]
        workspace.removeAll()
        let items = candidates.items
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
                    features: features.map {
                        $0 + item * architecture.sizes.numericNames.count
                    }, to: workspace.bags, numeric: itemPass.numeric(row))
            }
        }
        if let numericFeatures {
            let start = numericFeatures.offset(day: task.day.day)
            numericFeatures.values.withUnsafeBufferPointer { append($0.baseAddress! + start) }
        } else {
            append(nil)
        }
        itemPass.forward(
            rows, workspace.bags, parameters, kernels, dropout: dropout(task, 2), chunk: chunk)
        architecture.interaction.forward(
            itemPass.output(rows).readOnly, embeddings(self.items, rows), .item, kernels)
    }
}

extension SplitMix64 {
    /// A number in 0 ..< 1.
    mutating func share() -> Float { Float(next() >> 40) * 0x1p-24 }
}
