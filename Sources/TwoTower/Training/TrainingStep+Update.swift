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
                // The first lane's gradient becomes the sum; a batch always opens it.
                let sum = lanes[0].dense
                for lane in lanes.dropFirst() where lane.isOpen {
                    kernels.axpy(1, lane.dense + start, sum + start, range.count)
                }
                update(start..<start + range.count, UnsafePointer(sum))
            }
        }
    }

    /// Adds up the gradients of table rows, and passes each touched row on once: table, row,
    /// gradient. `approaching` hears of a row some steps before.
    func reduceTables(
        approaching: @Sendable (Int, Int) -> Void = { _, _ in },
        _ update: @Sendable (Int, Int, UnsafePointer<Float>) -> Void
    ) {
        let shards = TableGradients.shardCount
        parallelFor(architecture.tables.count * shards, threadCount: threadCount) { index in
            let (table, shard) = (index / shards, index % shards)
            let sum = reducerSums + index * widestTable
            reducers[index].reduce(
                (userLanes + itemLanes).map { $0.tables[table] }, shard: shard, arena: arena.base,
                width: architecture.tables[table].width, sum: sum, kernels: kernels,
                approaching: { approaching(table, $0) }
            ) { row in update(table, row, UnsafePointer(sum)) }
        }
    }

    /// Moves the parameters by the gradients of the batch that was computed last.
    func update(step: Int, rateShare: Float) {
        let configuration = architecture.configuration
        let denseRate = configuration.denseLearningRate * rateShare
        let tableRate = configuration.tableLearningRate * rateShare
        // A constant, because a property of a class is retained at every use.
        let (optimiser, kernels) = (tableOptimiser, kernels)
        reduceDense { range, gradient in
            denseOptimiser.update(
                range, parameters.dense, denseState, stride: architecture.denseCount, gradient,
                step: step, rate: denseRate, kernels)
        }
        let tables = zip(parameters.tables, tableStates).map {
            TrainedTable(weights: $0, states: $1, stateWidth: optimiser.stateWidth($0.width))
        }
        reduceTables(
            approaching: { table, row in
                let table = tables[table]
                kernels.prefetch(table.row(row), table.weights.width)
                kernels.prefetch(table.state(row), table.stateWidth)
            },
            { table, row, gradient in
                let table = tables[table]
                optimiser.update(
                    table.row(row), table.state(row), gradient, width: table.weights.width,
                    rate: tableRate, kernels)
            })
    }

    /// A table beside the state of its optimiser.
    // Sendable because workers change rows of their own shard.
    private struct TrainedTable: @unchecked Sendable {
        let weights: TableView
        let states: UnsafeMutablePointer<Float>
        let stateWidth: Int

        func row(_ row: Int) -> UnsafeMutablePointer<Float> {
            weights.base + row * weights.width
        }

        func state(_ row: Int) -> UnsafeMutablePointer<Float> { states + row * stateWidth }
    }
}
