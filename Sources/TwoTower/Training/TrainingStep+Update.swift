import LinearAlgebra

extension TrainingStep {
    /// Adds up the dense gradients of the lanes, in order, and passes on each part once.
    func reduceDense(_ update: @Sendable (Range<Int>, UnsafePointer<Float>) -> Void) {
        for (part, lanes) in [
            (architecture.userDense, userLanes), (architecture.itemDense, itemLanes),
        ] {
            parallelChunks(
                of: part.count, chunkSize: Self.denseChunkSize, threadCount: threadCount
            ) { _, range in
                let start = part.lowerBound + range.lowerBound
                // The first lane's gradient becomes the sum.
                let sum = lanes[0].dense
                for lane in lanes.dropFirst() {
                    kernels.axpy(1, lane.dense + start, sum + start, range.count)
                }
                update(start..<start + range.count, UnsafePointer(sum))
            }
        }
    }

    /// Adds up the gradients of table rows, and passes each touched row on once.
    func reduceTables(_ update: @Sendable (Int, Int, UnsafePointer<Float>) -> Void) {
        let shards = TableGradients.shardCount
        parallelFor(architecture.tables.count * shards, threadCount: threadCount) { index in
            let (table, shard) = (index / shards, index % shards)
            let sum = reducerSums + index * widestTable
            reducers[index].reduce(
                (userLanes + itemLanes).map { $0.tables[table] }, shard: shard, arena: arena.base,
                width: architecture.tables[table].width, sum: sum, kernels: kernels
            ) { row in update(table, row, UnsafePointer(sum)) }
        }
    }

    /// Moves the parameters by the gradients of the batch that was computed last.
    func update(step: Int, rateShare: Float) {
        let configuration = architecture.configuration
        let denseRate = configuration.denseLearningRate * rateShare
        let tableRate = configuration.tableLearningRate * rateShare
        reduceDense { range, gradient in
            denseOptimiser.update(
                range, parameters.dense, denseState, stride: architecture.denseCount, gradient,
                step: step, rate: denseRate, kernels)
        }
        reduceTables { table, row, gradient in
            let view = parameters.tables[table]
            let stateWidth = tableOptimiser.stateWidth(view.width)
            tableOptimiser.update(
                view.base + row * view.width, tableStates[table] + row * stateWidth, gradient,
                width: view.width, rate: tableRate, kernels)
        }
    }
}
