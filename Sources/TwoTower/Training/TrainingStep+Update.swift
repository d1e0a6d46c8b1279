import LinearAlgebra

extension TrainingStep {
    /// Adds up the dense gradients of the lanes, in order: that of the first becomes the sum.
    func sumDense() {
        parallelFor(denseChunks.count, threadCount: threadCount) { index in
            let range = denseChunks[index]
            let lanes = denseLanes(range)
            // A batch always opens the first lane.
            for lane in lanes.dropFirst() where lane.isOpen {
                kernels.axpy(
                    1, lane.dense + range.lowerBound, lanes[0].dense + range.lowerBound,
                    range.count)
            }
        }
    }

    /// Passes on each part of the dense gradients, once they are added up, times `scale`.
    func forEachDensePart(
        scale: Float = 1, _ body: @Sendable (Range<Int>, UnsafePointer<Float>) -> Void
    ) {
        parallelFor(denseChunks.count, threadCount: threadCount) {
            passOnDense($0, scale: scale, body)
        }
    }

    private func passOnDense(
        _ index: Int, scale: Float, _ body: (Range<Int>, UnsafePointer<Float>) -> Void
    ) {
        let range = denseChunks[index]
        let sum = denseLanes(range)[0].dense
        if scale != 1 { kernels.scale(scale, sum + range.lowerBound, range.count) }
        body(range, UnsafePointer(sum))
    }

    /// The lanes whose gradients of a part of the dense parameters are added up.
    private func denseLanes(_ range: Range<Int>) -> [Lane] {
        range.lowerBound < architecture.userDense.upperBound ? userLanes : itemLanes
    }

    /// Adds up the gradients of table rows, and passes each touched row on once, times `scale`:
    /// the table, and the gradients of some of its rows.
    func reduceTables(
        scale: Float = 1,
        _ update: @Sendable (Int, TableRowGradients) -> Void
    ) {
        parallelFor(shardCount, threadCount: threadCount) {
            reduceShard($0, scale: scale, approaching: { _, _ in }, update)
        }
    }

    /// The number of shards of all tables.
    private var shardCount: Int { architecture.tables.count * TableShards.count }

    /// `approaching` hears of rows before they are added up.
    private func reduceShard(
        _ index: Int, scale: Float, approaching: (Int, UnsafeBufferPointer<UInt32>) -> Void,
        _ update: (Int, TableRowGradients) -> Void
    ) {
        let (table, shard) = (index / TableShards.count, index % TableShards.count)
        let width = architecture.tables[table].width
        let reducer = reducers.withLock { $0.popLast() } ?? TableGradientReducer()
        defer { reducers.withLock { $0.append(reducer) } }
        reducer.reduce(
            tableLanes[table], tableShards[table], shard: shard, arena: arena.base, width: width,
            kernels: kernels, approaching: { approaching(table, $0) },
            { block in
                if scale != 1 {
                    kernels.scale(scale, block.gradients.base, block.rows.count * width)
                }
                update(table, block)
            })
    }

    /// The length of the gradient over all dense parameters, added up before, and touched rows.
    ///
    /// Each shard adds up its own rows, in order, so that the thread count changes no bit.
    func gradientNorm() -> Double {
        shardSquares.update(repeating: 0, count: shardCount)
        reduceTables { table, block in
            let shard =
                table * TableShards.count + tableShards[table].shard(of: block.rows[0])
            for index in block.rows.indices {
                let gradient = block.gradients.row(index)
                shardSquares[shard] += Double(
                    kernels.dot(gradient, gradient, block.gradients.columns))
            }
        }
        var squares = (0..<shardCount).reduce(0.0) { $0 + shardSquares[$1] }
        for range in denseChunks {
            let gradient = denseLanes(range)[0].dense + range.lowerBound
            squares += Double(kernels.dot(gradient, gradient, range.count))
        }
        return squares.squareRoot()
    }

    /// What the gradients are multiplied by so that they are no longer than a limit; 0 is none.
    private func clippingScale(limit: Double) -> Float {
        guard limit > 0 else { return 1 }
        let norm = gradientNorm()
        // A norm that is no number scales nothing: what is wrong is to be found, not hidden.
        return norm > limit ? Float(limit / norm) : 1
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
        let scale = clippingScale(limit: Double(configuration.gradientNormLimit))
        var mixer = SplitMix64(state: UInt64(step))
        let roundingSeed = mixer.next()
        let tables = zip(parameters.tables, tableStates).map {
            TrainedTable(weights: $0, states: $1, stateWidth: optimiser.stateWidth($0.width))
        }
        // Tables and layers at once: threads wait for one another at every end of a phase.
        let shardCount = shardCount
        parallelFor(shardCount + denseChunks.count, threadCount: threadCount) { index in
            guard index < shardCount else {
                return passOnDense(index - shardCount, scale: scale) { range, gradient in
                    denseOptimiser.update(
                        range, parameters.dense, denseState, stride: architecture.denseCount,
                        gradient, step: step, rate: denseRate, kernels)
                }
            }
            reduceShard(
                index, scale: scale, approaching: { tables[$0].prefetch($1, kernels) },
                { table, block in
                    optimiser.update(
                        block, of: tables[table], rate: tableRate,
                        roundingSeed: roundingSeed ^ UInt64(table) << 40, kernels)
                })
        }
    }
}
