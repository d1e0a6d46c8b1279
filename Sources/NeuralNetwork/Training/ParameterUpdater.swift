import LinearAlgebra
import Synchronization

/// The parameters of a training and what moves them: adds up the gradients of a batch's lanes, and
/// steps along them.
// Sendable because workers write disjoint parts and shards, joined between phases.
package final class ParameterUpdater: @unchecked Sendable {
    /// Some of the dense parameters, and the lanes that have gradients of them.
    package struct DensePart: Sendable {
        let range: Range<Int>
        let lanes: [GradientLane]

        package init(_ range: Range<Int>, _ lanes: [GradientLane]) {
            self.range = range
            self.lanes = lanes
        }
    }

    /// How far a step goes.
    package struct Rates: Sendable {
        let dense: Float
        let tables: Float
        /// The longest that the gradient may be; a longer one is scaled down. 0 for no limit.
        let normLimit: Float

        package init(dense: Float, tables: Float, normLimit: Float) {
            self.dense = dense
            self.tables = tables
            self.normLimit = normLimit
        }
    }

    private static let denseChunkSize = 4096

    package let parameters: ParameterPointers
    /// The tables that `parameters` points to.
    package let tables: [Table]
    /// The gradients that table rows are sums of, of the batch at work.
    package let arena = FloatBuffer()
    private let denseCount: Int
    private let tableOptimiser: any TableOptimiser
    private let denseOptimiser: any DenseOptimiser
    private let tableStates: [UnsafeMutablePointer<Float>]
    private let denseState: UnsafeMutablePointer<Float>
    /// The dense parameters in chunks, each within a part.
    private let denseChunks: [DensePart]
    private let tableShards: [TableShards]
    /// What all lanes ask of each table, in the order of lanes.
    private let tableLanes: [[TableGradients]]
    /// Squared lengths of the gradients of each table's shards.
    private let shardSquares: UnsafeMutablePointer<Double>
    /// What workers take for the time of a shard: as many as work at the same time.
    private let reducers = Mutex<[TableGradientReducer]>([])
    private let kernels = Kernels.best
    private let threadCount: Int

    /// - Parameters:
    ///   - dense: The dense parameters at the start.
    ///   - tables: The tables, which training changes in place.
    ///   - parts: All dense parameters. The first lane of each part is open in every batch.
    package init(
        dense: [Float], tables: [Table], parts: [DensePart],
        denseOptimiser: any DenseOptimiser, tableOptimiser: any TableOptimiser, threadCount: Int
    ) {
        let pointer = UnsafeMutablePointer<Float>.allocate(capacity: max(dense.count, 1))
        dense.withUnsafeBufferPointer {
            if let base = $0.baseAddress { pointer.update(from: base, count: dense.count) }
        }
        parameters = ParameterPointers(dense: pointer, tables: tables.map(\.view))
        self.tables = tables
        self.denseOptimiser = denseOptimiser
        self.tableOptimiser = tableOptimiser
        self.threadCount = threadCount
        denseCount = dense.count
        tableStates = tables.map { .zeros($0.rows * tableOptimiser.stateWidth($0.view.width)) }
        denseState = .zeros(dense.count * denseOptimiser.stateWidth)
        denseChunks = parts.flatMap { part in
            stride(from: part.range.lowerBound, to: part.range.upperBound, by: Self.denseChunkSize)
                .map {
                    DensePart(
                        $0..<min($0 + Self.denseChunkSize, part.range.upperBound), part.lanes)
                }
        }
        tableShards = tables.map { TableShards(rows: $0.rows) }
        tableLanes = tables.indices.map { table in
            parts.flatMap(\.lanes).map { $0.tables[table] }
        }
        shardSquares = .allocate(capacity: max(tables.count * TableShards.count, 1))
    }

    deinit {
        shardSquares.deallocate()
        parameters.dense.deallocate()
        denseState.deallocate()
        for state in tableStates { state.deallocate() }
    }

    /// The dense parameters as a value.
    package var dense: [Float] {
        Array(UnsafeBufferPointer(start: parameters.dense, count: denseCount))
    }

    /// The memory that a training goes on from, in a fixed order: parameters, then what the
    /// optimisers keep.
    package var state: [UnsafeMutableRawBufferPointer] {
        func block(_ base: UnsafeMutablePointer<Float>, _ count: Int)
            -> UnsafeMutableRawBufferPointer
        {
            UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(start: base, count: count))
        }
        return [
            block(parameters.dense, denseCount),
            block(denseState, denseCount * denseOptimiser.stateWidth),
        ]
            + zip(tables, tableStates).flatMap { table, state in
                [
                    table.bytes,
                    block(state, table.rows * tableOptimiser.stateWidth(table.view.width)),
                ]
            }
    }

    // MARK: - Sums

    /// Adds up the dense gradients of the lanes, in order: that of the first becomes the sum.
    package func sumDense() {
        parallelFor(denseChunks.count, threadCount: threadCount) { index in
            let (range, lanes) = (denseChunks[index].range, denseChunks[index].lanes)
            for lane in lanes.dropFirst() where lane.isOpen {
                kernels.axpy(
                    1, lane.dense + range.lowerBound, lanes[0].dense + range.lowerBound,
                    range.count)
            }
        }
    }

    /// Passes on each part of the dense gradients, once they are added up, times `scale`.
    package func forEachDensePart(
        scale: Float = 1, _ body: @Sendable (Range<Int>, UnsafePointer<Float>) -> Void
    ) {
        parallelFor(denseChunks.count, threadCount: threadCount) {
            passOnDense($0, scale: scale, body)
        }
    }

    private func passOnDense(
        _ index: Int, scale: Float, _ body: (Range<Int>, UnsafePointer<Float>) -> Void
    ) {
        let range = denseChunks[index].range
        let sum = denseChunks[index].lanes[0].dense
        if scale != 1 { kernels.scale(scale, sum + range.lowerBound, range.count) }
        body(range, UnsafePointer(sum))
    }

    /// Adds up the gradients of table rows, and passes each touched row on once, times `scale`:
    /// the table, and the gradients of some of its rows.
    package func reduceTables(
        scale: Float = 1,
        _ update: @Sendable (Int, TableRowGradients) -> Void
    ) {
        parallelFor(shardCount, threadCount: threadCount) {
            reduceShard($0, scale: scale, approaching: { _, _ in }, update)
        }
    }

    /// The number of shards of all tables.
    private var shardCount: Int { tables.count * TableShards.count }

    /// `approaching` hears of rows before they are added up.
    private func reduceShard(
        _ index: Int, scale: Float, approaching: (Int, UnsafeBufferPointer<UInt32>) -> Void,
        _ update: (Int, TableRowGradients) -> Void
    ) {
        let (table, shard) = (index / TableShards.count, index % TableShards.count)
        let width = parameters.tables[table].width
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
    package func gradientNorm() -> Double {
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
        for chunk in denseChunks {
            let gradient = chunk.lanes[0].dense + chunk.range.lowerBound
            squares += Double(kernels.dot(gradient, gradient, chunk.range.count))
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

    // MARK: - Step

    /// Moves the parameters by the gradients of the batch that was computed last, scaled down
    /// together where they are longer than the limit (Pascanu, Mikolov, Bengio 2013).
    ///
    /// - Parameter step: Batches trained, this one among them.
    package func update(step: Int, _ rates: Rates) {
        // Constants, because a property of a class is retained at every use.
        let (optimiser, kernels) = (tableOptimiser, kernels)
        sumDense()
        let scale = clippingScale(limit: Double(rates.normLimit))
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
                        range, parameters.dense, denseState, stride: denseCount, gradient,
                        step: step, rate: rates.dense, kernels)
                }
            }
            reduceShard(
                index, scale: scale, approaching: { tables[$0].prefetch($1, kernels) },
                { table, block in
                    optimiser.update(
                        block, of: tables[table], rate: rates.tables,
                        roundingSeed: roundingSeed ^ UInt64(table) << 40, kernels)
                })
        }
    }
}
