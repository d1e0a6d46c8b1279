import LinearAlgebra

extension TrainingStep {
    /// The gradient chunks of the batch that was computed last.
    private func usedChunks(_ task: Task) -> (user: Int, item: Int) {
        (
            (task.examples.count + Self.chunkSize - 1) / Self.chunkSize,
            (candidates.items.count + Self.chunkSize - 1) / Self.chunkSize
        )
    }

    /// Adds up the dense gradients of the chunks, in order, and passes on each part once.
    func reduceDense(
        _ task: Task, _ update: @Sendable (Range<Int>, UnsafePointer<Float>) -> Void
    ) {
        let used = usedChunks(task)
        let userChunkCount = userChunks.count
        for (part, chunks) in [
            (architecture.userDense, 0..<used.user),
            (architecture.itemDense, userChunkCount..<userChunkCount + used.item),
        ] {
            parallelChunks(
                of: part.count, chunkSize: Self.denseChunkSize, threadCount: threadCount
            ) { _, range in
                let start = part.lowerBound + range.lowerBound
                // The first chunk's gradient becomes the sum.
                let sum = denseGradients[chunks.lowerBound]
                for chunk in chunks.dropFirst() {
                    kernels.axpy(1, denseGradients[chunk] + start, sum + start, range.count)
                }
                update(start..<start + range.count, UnsafePointer(sum))
            }
        }
    }

    /// Adds up the gradients of table rows, and passes each touched row on once.
    func reduceTables(
        _ task: Task, _ update: @Sendable (Int, Int, UnsafePointer<Float>) -> Void
    ) {
        let used = usedChunks(task)
        let shards = TableGradients.shardCount
        parallelFor(architecture.tables.count * shards, threadCount: threadCount) { index in
            let (table, shard) = (index / shards, index % shards)
            let chunks =
                userChunks[..<used.user].map { $0.tableGradients[table] }
                + itemChunks[..<used.item].map { $0.tableGradients[table] }
            let sum = reducerSums + index * widestTable
            reducers[index].reduce(
                chunks, shard: shard, arena: arena, width: architecture.tables[table].width,
                sum: sum, kernels: kernels
            ) { row in update(table, row, UnsafePointer(sum)) }
        }
    }

    /// Moves the parameters by the gradients of the batch that was computed last.
    func update(_ task: Task, step: Int, rateShare: Float) {
        let configuration = architecture.configuration
        let denseRate = configuration.denseLearningRate * rateShare
        let tableRate = configuration.tableLearningRate * rateShare
        reduceDense(task) { range, gradient in
            denseOptimiser.update(
                range, parameters.dense, denseState, stride: architecture.denseCount, gradient,
                step: step, rate: denseRate, kernels)
        }
        reduceTables(task) { table, row, gradient in
            let view = parameters.tables[table]
            let stateWidth = tableOptimiser.stateWidth(view.width)
            tableOptimiser.update(
                view.base + row * view.width, tableStates[table] + row * stateWidth, gradient,
                width: view.width, rate: tableRate, kernels)
        }
    }
}
