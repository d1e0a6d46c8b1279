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
    /// the table, and the gradients of some of its rows. `approaching` hears of the rows before.
    func reduceTables(
        scale: Float = 1,
        approaching: @Sendable (Int, UnsafeBufferPointer<UInt32>) -> Void = { _, _ in },
        _ update: @Sendable (Int, TableRowGradients) -> Void
    ) {
        let shards = TableShards.count
        parallelFor(architecture.tables.count * shards, threadCount: threadCount) { index in
            let (table, shard) = (index / shards, index % shards)
            let width = architecture.tables[table].width
            reducers[index].reduce(
                tableLanes[table], shard: shard, arena: arena.base, width: width,
                kernels: kernels, approaching: { approaching(table, $0) }
            ) { block in
                if scale != 1 {
                    kernels.scale(scale, block.gradients.base, block.rows.count * width)
                }
                update(table, block)
            }
        }
    }

    /// The length of the gradient over all dense parameters, added up before, and touched rows.
    ///
    /// Each shard adds up its own rows, in order, so that the thread count changes no bit.
    func gradientNorm() -> Double {
        let shards = TableShards.count
        shardSquares.update(repeating: 0, count: architecture.tables.count * shards)
        reduceTables { table, block in
            let shard = table * shards + tableShards[table].shard(of: block.rows[0])
            for index in block.rows.indices {
                let gradient = block.gradients.row(index)
                shardSquares[shard] += Double(
                    kernels.dot(gradient, gradient, block.gradients.columns))
            }
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
            scale: scale, approaching: { tables[$0].prefetch($1, kernels) },
            { index, block in
                optimiser.update(
                    block, of: tables[index], rate: tableRate,
                    roundingSeed: roundingSeed ^ UInt64(index) << 40, kernels)
            })
    }
}
