import LinearAlgebra

extension TrainingStep {
    /// Adds up the dense gradients of the lanes, in order: that of the first becomes the sum.
    func sumDense() {
        for (part, lanes) in denseParts {
            parallelChunks(
                of: part.count, chunkSize: Self.denseChunkSize, threadCount: threadCount
            ) { _, range in
                let start = part.lowerBound + range.lowerBound
                // A batch always opens the first lane.
                for lane in lanes.dropFirst() where lane.isOpen {
                    kernels.axpy(1, lane.dense + start, lanes[0].dense + start, range.count)
                }
            }
        }
    }

    /// Passes on each part of the dense gradients, once they are added up, times `scale`.
    func forEachDensePart(
        scale: Float = 1, _ body: @Sendable (Range<Int>, UnsafePointer<Float>) -> Void
    ) {
        for (part, lanes) in denseParts {
            parallelChunks(
                of: part.count, chunkSize: Self.denseChunkSize, threadCount: threadCount
            ) { _, range in
                let start = part.lowerBound + range.lowerBound
                let sum = lanes[0].dense
                if scale != 1 { kernels.scale(scale, sum + start, range.count) }
                body(start..<start + range.count, UnsafePointer(sum))
            }
        }
    }

    private var denseParts: [(part: Range<Int>, lanes: [Lane])] {
        [(architecture.userDense, userLanes), (architecture.itemDense, itemLanes)]
    }

    /// Adds up the gradients of table rows, and passes each touched row on once, times `scale`:
    /// table, row, gradient. `approaching` hears of a row some steps before.
    func reduceTables(
        scale: Float = 1, approaching: @Sendable (Int, Int) -> Void = { _, _ in },
        _ update: @Sendable (Int, Int, UnsafePointer<Float>) -> Void
    ) {
        let shards = TableGradients.shardCount
        parallelFor(architecture.tables.count * shards, threadCount: threadCount) { index in
            let (table, shard) = (index / shards, index % shards)
            let sum = reducerSums + index * widestTable
            let width = architecture.tables[table].width
            reducers[index].reduce(
                (userLanes + itemLanes).map { $0.tables[table] }, shard: shard, arena: arena.base,
                width: width, sum: sum, kernels: kernels,
                approaching: { approaching(table, $0) }
            ) { row in
                if scale != 1 { kernels.scale(scale, sum, width) }
                update(table, row, UnsafePointer(sum))
            }
        }
    }

    /// The length of the gradient over all dense parameters, added up before, and touched rows.
    ///
    /// Each shard adds up its own rows, in order, so that the thread count changes no bit.
    func gradientNorm() -> Double {
        let shards = TableGradients.shardCount
        shardSquares.update(repeating: 0, count: architecture.tables.count * shards)
        reduceTables { table, row, gradient in
            shardSquares[table * shards + row % shards] += Double(
                kernels.dot(gradient, gradient, architecture.tables[table].width))
        }
        var squares = (0..<architecture.tables.count * shards).reduce(0.0) {
            $0 + shardSquares[$1]
        }
        for (part, lanes) in denseParts {
            let gradient = lanes[0].dense + part.lowerBound
            squares += Double(kernels.dot(gradient, gradient, part.count))
        }
        return squares.squareRoot()
    }

    /// Moves the parameters by the gradients of the batch that was computed last, scaled down
    /// together where they are longer than the limit (Pascanu, Mikolov, Bengio 2013).
    func update(step: Int, rateShare: Float) {
        // Constants, because a property of a class is retained at every use.
        let (optimiser, kernels) = (tableOptimiser, kernels)
        let configuration = architecture.configuration
        let denseRate = configuration.denseLearningRate * rateShare
        let tableRate = configuration.tableLearningRate * rateShare
        sumDense()
        var scale: Float = 1
        let limit = Double(configuration.gradientNormLimit)
        if limit > 0 {
            let norm = gradientNorm()
            // A norm that is no number scales nothing: what is wrong is to be found, not hidden.
            if norm > limit { scale = Float(limit / norm) }
        }
        var mixer = SplitMix64(state: UInt64(step))
        let roundingSeed = mixer.next()
        forEachDensePart(scale: scale) { range, gradient in
            denseOptimiser.update(
                range, parameters.dense, denseState, stride: architecture.denseCount, gradient,
                step: step, rate: denseRate, kernels)
        }
        let tables = zip(parameters.tables, tableStates).map {
            TrainedTable(weights: $0, states: $1, stateWidth: optimiser.stateWidth($0.width))
        }
        reduceTables(
            scale: scale,
            approaching: { table, row in
                tables[table].weights.prefetch(row, kernels)
                kernels.prefetch(
                    tables[table].state(row),
                    byteCount: tables[table].stateWidth * MemoryLayout<Float>.stride)
            },
            { index, row, gradient in
                let table = tables[index]
                var mixer = SplitMix64(state: roundingSeed ^ UInt64(index) << 40 ^ UInt64(row))
                table.weights.update(row, seed: mixer.next()) { weights in
                    optimiser.update(
                        weights, table.state(row), gradient, width: table.weights.width,
                        rate: tableRate, kernels)
                }
            })
    }

    /// A table beside the state of its optimiser.
    // Sendable because workers change rows of their own shard.
    private struct TrainedTable: @unchecked Sendable {
        let weights: TableView
        let states: UnsafeMutablePointer<Float>
        let stateWidth: Int

        func state(_ row: Int) -> UnsafeMutablePointer<Float> { states + row * stateWidth }
    }
}
