import LinearAlgebra
import Synchronization

/// One batch, forward and backward and update, over memory that all batches share.
///
/// Candidates are embedded first. Then each chunk of users goes from its histories to the gradients of
/// its parameters in one go, while its values are near: forward, logits, loss, backward. The
/// gradients of the logits stay, and the item tower's backward reads them. Where rows ×
/// candidates would take too much memory, users come slab by slab.
///
/// The cut into chunks does not depend on the thread count, and chunk k adds its gradients to those of
/// lane k mod 16, lane after lane in order. So the weights come out the same, bit for bit, on
/// any number of threads.
// Sendable because workers write disjoint rows, lanes and shards, joined between phases.
final class TrainingStep: @unchecked Sendable {
    static let chunkSize = 128
    static let laneCount = 16
    static let denseChunkSize = 4096
    /// Positions of histories in a chunk, about: what an encoder keeps of them should fit a cache.
    static let positionLimit = 4096

    let architecture: Architecture
    let inputs: TowerInputs
    let numericFeatures: NumericFeatures?
    let parameters: ParameterPointers
    let tableOptimiser: any TableOptimiser
    let denseOptimiser: any DenseOptimiser
    let kernels = Kernels.best
    let threadCount: Int
    let chunkCapacity: Int
    /// Logits kept at a time, about.
    var logitLimit = 1 << 24
    var objective: Objective
    var sources: NegativeSources
    var candidates: CandidateSet
    /// How far apart paired candidates stand, for the spread of embeddings.
    var spreadShift = 0
    /// Counts of all batches so far.
    var tally: SamplerTally

    let tableStates: [UnsafeMutablePointer<Float>]
    let denseState: UnsafeMutablePointer<Float>
    let userLanes: [Lane]
    let itemLanes: [Lane]
    let reducers: [TableGradientReducer]
    let reducerSums: UnsafeMutablePointer<Float>
    let widestTable: Int

    /// What workers take for the time of a chunk: as many as work at the same time.
    let userWorkspaces = Mutex<[UserWorkspace]>([])
    /// The bags of each chunk of candidates.
    var itemBags: [[Bag]] = []
    let itemPass: TowerPass

    // Gradients that tables read: of both towers' inputs and of the positions of histories.
    let arena = FloatBuffer()
    // Embeddings of users and candidates, gradients of the latter, and logits of a slab.
    let users = FloatBuffer()
    let items: UnsafeMutablePointer<Float>
    let itemGradients: UnsafeMutablePointer<Float>
    let logits = FloatBuffer()

    /// What the chunks of one lane add up to.
    // Sendable because one worker at a time has it.
    final class Lane: @unchecked Sendable {
        let dense: UnsafeMutablePointer<Float>
        let tables: [TableGradients]
        var loss = 0.0
        var tally: SamplerTally

        init(_ architecture: Architecture, sourceCount: Int) {
            tally = SamplerTally(sourceCount: sourceCount)
            dense = zeros(architecture.denseCount)
            tables = architecture.tables.map { _ in TableGradients() }
        }

        deinit { dense.deallocate() }

        func clear(_ range: Range<Int>, arena: UnsafeMutablePointer<Float>) {
            (dense + range.lowerBound).update(repeating: 0, count: range.count)
            for table in tables { table.removeAll(arena: arena) }
            loss = 0
            tally = SamplerTally(sourceCount: tally.draws.count)
        }
    }

    /// The values of one chunk of users.
    // Sendable because one worker at a time has it.
    final class UserWorkspace: @unchecked Sendable {
        let chunk: UserChunk
        let gradients: FloatBuffer
        /// Scores before the loss turns them into gradients, where something else reads them.
        let plainScores = FloatBuffer()

        init(_ inputs: TowerInputs, capacity: Int) {
            chunk = UserChunk(inputs, capacity: capacity, hasGradients: true)
            gradients = FloatBuffer(capacity: capacity * inputs.architecture.interaction.width)
        }
    }

    /// - Parameter runLimit: The most examples that share a history.
    init(
        _ inputs: TowerInputs, _ initial: Parameters, numericFeatures: NumericFeatures?,
        _ objective: Objective, _ sources: NegativeSources, runLimit: Int, threadCount: Int
    ) {
        let architecture = inputs.architecture
        let configuration = architecture.configuration
        self.architecture = architecture
        self.inputs = inputs
        self.numericFeatures = numericFeatures
        self.threadCount = threadCount
        chunkCapacity = max(Self.chunkSize, runLimit)
        self.objective = objective
        self.sources = sources
        tally = SamplerTally(sourceCount: sources.names.count)
        tableOptimiser = configuration.tableOptimiserValue
        denseOptimiser = Adam(decay: configuration.denseDecay)
        candidates = CandidateSet(itemCount: architecture.sizes.items)

        func copy(_ values: [Float]) -> UnsafeMutablePointer<Float> {
            let pointer = UnsafeMutablePointer<Float>.allocate(capacity: max(values.count, 1))
            values.withUnsafeBufferPointer {
                if let base = $0.baseAddress { pointer.update(from: base, count: values.count) }
            }
            return pointer
        }
        parameters = ParameterPointers(
            dense: copy(initial.dense),
            tables: zip(architecture.tables, initial.tables).map {
                TableView(base: copy($1), width: $0.width)
            })
        let optimiser = tableOptimiser
        tableStates = architecture.tables.map { zeros($0.rows * optimiser.stateWidth($0.width)) }
        denseState = zeros(architecture.denseCount * denseOptimiser.stateWidth)

        let limits = configuration.candidateLimits(
            rows: configuration.batchSize + runLimit - 1, itemCount: architecture.sizes.items)
        itemPass = TowerPass(architecture.itemTower, capacity: limits.embedded, hasGradients: true)
        items = zeros(limits.all * architecture.interaction.width)
        itemGradients = zeros(limits.embedded * architecture.interaction.width)
        let sourceCount = tally.draws.count
        userLanes = (0..<Self.laneCount).map { _ in Lane(architecture, sourceCount: sourceCount) }
        itemLanes = (0..<Self.laneCount).map { _ in Lane(architecture, sourceCount: sourceCount) }
        let tasks = architecture.tables.count * TableGradients.shardCount
        reducers = (0..<tasks).map { _ in TableGradientReducer() }
        widestTable = architecture.tables.map(\.width).max() ?? 1
        reducerSums = zeros(tasks * widestTable)
    }

    deinit {
        parameters.dense.deallocate()
        for table in parameters.tables { table.base.deallocate() }
        for state in tableStates { state.deallocate() }
        for pointer in [denseState, items, itemGradients, reducerSums] { pointer.deallocate() }
    }

    /// A batch and what is drawn for it.
    struct Task: Sendable {
        let group: ExampleGroup
        let examples: [Example]
        /// Batches trained, this one among them.
        let step: Int
        /// The seed of every mask of this batch, or nil for no dropout at all.
        let dropoutSeed: UInt64?
    }

    /// Draws the candidates of a batch, and computes its mean loss and all gradients.
    func gradients(_ task: Task, using generator: inout SeededGenerator) -> Double {
        drawCandidates(task, using: &generator)
        return gradientsOfDrawnCandidates(task)
    }

    func gradientsOfDrawnCandidates(_ task: Task) -> Double {
        let columns = candidates.items.count
        let embedded = candidates.embeddedCount
        let plan = BatchPlan(
            task.examples, inputs.sequences,
            historyLength: architecture.configuration.historyLength,
            hasSequences: architecture.sequenceEncoder != nil, chunkCapacity: chunkCapacity)
        let layout = ArenaLayout(architecture, rows: task.examples.count, columns: embedded)
        let arena = arena.reserve(layout.eventStart + plan.positionCount * layout.eventWidth)
        users.reserve(task.examples.count * architecture.interaction.width)
        itemPass.inputGradients = arena + layout.itemStart
        for lane in userLanes { lane.clear(architecture.userDense, arena: arena) }
        for lane in itemLanes { lane.clear(architecture.itemDense, arena: arena) }
        let sum = task.examples.reduce(Float(0)) { $0 + $1.weight }
        let weights = task.examples.map { $0.weight / sum }

        let itemChunks = 0..<(embedded + Self.chunkSize - 1) / Self.chunkSize
        while itemBags.count < itemChunks.count {
            itemBags.append(architecture.itemTower.slots.map { _ in Bag() })
        }
        @Sendable func itemRange(_ chunk: Int) -> Range<Int> {
            chunk * Self.chunkSize..<min((chunk + 1) * Self.chunkSize, embedded)
        }
        parallelFor(itemChunks.count, threadCount: threadCount) { chunk in
            itemForward(task, chunk: chunk, itemRange(chunk))
        }
        copyQueue()
        for slab in plan.slabs(columns: columns, logitLimit: logitLimit) {
            let rows =
                plan.chunks[slab.lowerBound].rows
                .lowerBound..<plan.chunks[slab.upperBound - 1].rows.upperBound
            logits.reserve(rows.count * columns)
            forEachLane(slab) { lane, chunk in
                userPass(task, plan.chunks[chunk], chunk, weights, userLanes[lane], rows, layout)
            }
            parallelFor(itemChunks.count, threadCount: threadCount) { chunk in
                collectItemGradients(rows, itemRange(chunk), isFirst: rows.lowerBound == 0)
            }
        }
        forEachLane(itemChunks) { lane, chunk in
            itemBackward(task, chunk: chunk, itemRange(chunk), itemLanes[lane])
        }
        return (userLanes + itemLanes).reduce(0) { $0 + $1.loss }
    }

    /// Works chunks on all threads; those of one lane in order.
    private func forEachLane(_ chunks: Range<Int>, _ body: @Sendable (Int, Int) -> Void) {
        parallelFor(min(Self.laneCount, chunks.count), threadCount: threadCount) { lane in
            for chunk in stride(
                from: chunks.lowerBound + lane, to: chunks.upperBound, by: Self.laneCount)
            { body(lane, chunk) }
        }
    }

    func dropout(_ task: Task, _ side: UInt64) -> Dropout? {
        task.dropoutSeed.map {
            Dropout(
                input: architecture.configuration.inputDropout,
                hidden: architecture.configuration.hiddenDropout,
                sequence: architecture.configuration.encoderDropout, seed: $0 ^ side << 56)
        }
    }

    func embeddings(
        _ base: UnsafeMutablePointer<Float>, _ rows: Range<Int>
    ) -> MutableMatrixView {
        let width = architecture.interaction.width
        return MutableMatrixView(
            base: base + rows.lowerBound * width, rows: rows.count, columns: width, stride: width)
    }

    /// A copy of the parameters as a value.
    func snapshot() -> Parameters {
        Parameters(
            dense: Array(
                UnsafeBufferPointer(start: parameters.dense, count: architecture.denseCount)),
            tables: zip(architecture.tables, parameters.tables).map {
                Array(UnsafeBufferPointer(start: $1.base, count: $0.rows * $0.width))
            })
    }
}

/// Where the gradients that tables read lie in the arena of a batch.
struct ArenaLayout: Sendable {
    let userWidth: Int
    let itemStart: Int
    let eventStart: Int
    let eventWidth: Int

    init(_ architecture: Architecture, rows: Int, columns: Int) {
        userWidth = architecture.userTower.inputWidth
        itemStart = rows * userWidth
        eventStart = itemStart + columns * architecture.itemTower.inputWidth
        eventWidth = architecture.sequenceEncoder?.width ?? 0
    }
}

private func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
    let pointer = UnsafeMutablePointer<Float>.allocate(capacity: max(count, 1))
    pointer.initialize(repeating: 0, count: max(count, 1))
    return pointer
}
