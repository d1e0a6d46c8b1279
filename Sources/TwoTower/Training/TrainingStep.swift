import LinearAlgebra
import NeuralNetwork
import Synchronization

/// One batch, forward and backward and update, over memory that all batches share.
///
/// Candidates are embedded first. Then each chunk of users goes from its histories to the gradients of
/// its parameters in one go, while its values are near: forward, logits, loss, backward. The
/// gradients of the logits stay, and the item tower's backward reads them. Where rows ×
/// candidates would take too much memory, users come slab by slab.
///
/// Chunks add their gradients to lanes (`GradientLane`), so that the weights come out the same, bit for
/// bit, on any number of threads.
// Sendable because workers write disjoint rows, lanes and shards, joined between phases.
final class TrainingStep: @unchecked Sendable {
    static let chunkSize = 128
    /// Positions of histories in a chunk, about: what an encoder keeps of them should fit a cache.
    static let positionLimit = 1024

    let architecture: Architecture
    let inputs: TowerInputs
    let numericFeatures: NumericFeatures?
    // One of them where users have several interests.
    let labelAware: LabelAwareAttention?
    let bestInterest: BestInterest?
    let updater: ParameterUpdater
    let parameters: ParameterPointers
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

    let userLanes: [Lane]
    let itemLanes: [Lane]

    /// What workers take for the time of a chunk: as many as work at the same time.
    let userWorkspaces = Mutex<[UserWorkspace]>([])
    /// The bags of each chunk of candidates.
    var itemBags: [[Bag]] = []
    let itemPass: TowerPass

    // Embeddings of users, as they meet the candidates, and of these, their gradients, and logits of
    // a slab.
    let users = FloatBuffer()
    let items: UnsafeMutablePointer<Float>
    let itemGradients: UnsafeMutablePointer<Float>
    let logits = FloatBuffer()
    /// What attention to the positive adds to the gradient of each row's.
    let positiveGradients = FloatBuffer()

    /// What the chunks of one lane add up to.
    // Sendable because one worker at a time has it.
    final class Lane: @unchecked Sendable {
        let gradients: GradientLane
        var loss = 0.0
        var tally: SamplerTally

        init(_ architecture: Architecture, sourceCount: Int) {
            tally = SamplerTally(sourceCount: sourceCount)
            gradients = GradientLane(
                denseCount: architecture.denseCount, tableRows: architecture.tables.map(\.rows))
        }

        /// Forgets the last batch.
        func clear(arena: UnsafeMutablePointer<Float>) {
            gradients.clear(arena: arena)
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
        /// What users with several interests need.
        let interests = InterestBuffers()

        init(_ inputs: TowerInputs, capacity: Int) {
            let architecture = inputs.architecture
            chunk = UserChunk(inputs, capacity: capacity, hasGradients: true)
            gradients = FloatBuffer(
                capacity: capacity * architecture.configuration.interestCount
                    * architecture.interaction.width)
        }
    }

    /// - Parameters:
    ///   - initial: Whose tables become those of the step.
    ///   - runLimit: The most examples that share a history.
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
        labelAware = configuration.labelAwareAttention
        bestInterest = configuration.bestInterest
        chunkCapacity = max(Self.chunkSize, runLimit)
        self.objective = objective
        self.sources = sources
        tally = SamplerTally(sourceCount: sources.names.count)
        candidates = CandidateSet(itemCount: architecture.sizes.items)

        let limits = configuration.candidateLimits(
            rows: configuration.batchSize + runLimit - 1, itemCount: architecture.sizes.items)
        itemPass = TowerPass(architecture.itemTower, capacity: limits.embedded, hasGradients: true)
        items = .zeros(limits.all * architecture.interaction.width)
        itemGradients = .zeros(limits.embedded * architecture.interaction.width)
        let sourceCount = tally.draws.count
        let userLanes = (0..<GradientLane.count).map { _ in
            Lane(architecture, sourceCount: sourceCount)
        }
        let itemLanes = (0..<GradientLane.count).map { _ in
            Lane(architecture, sourceCount: sourceCount)
        }
        self.userLanes = userLanes
        self.itemLanes = itemLanes
        updater = ParameterUpdater(
            dense: initial.dense, tables: initial.tables,
            parts: [
                .init(architecture.userDense, userLanes.map(\.gradients)),
                .init(architecture.itemDense, itemLanes.map(\.gradients)),
            ],
            denseOptimiser: configuration.denseOptimiserValue,
            tableOptimiser: configuration.tableOptimiserValue, threadCount: threadCount)
        parameters = updater.parameters
    }

    deinit {
        items.deallocate()
        itemGradients.deallocate()
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
        let layout = ArenaLayout(
            architecture,
            rows: task.examples.count * architecture.configuration.interestCount, columns: embedded)
        let arena = updater.arena.reserve(
            layout.eventStart + plan.positionCount * layout.eventWidth)
        users.reserve(scoredRows(0..<task.examples.count).count * architecture.interaction.width)
        if let labelAware { positiveGradients.reserve(task.examples.count * labelAware.dimension) }
        itemPass.inputGradients = arena + layout.itemStart
        for lane in userLanes + itemLanes { lane.clear(arena: arena) }
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
        let logitsOfRow = columns * (bestInterest?.interestCount ?? 1)
        for slab in plan.slabs(columns: logitsOfRow, logitLimit: logitLimit) {
            let rows =
                plan.chunks[slab.lowerBound].rows
                .lowerBound..<plan.chunks[slab.upperBound - 1].rows.upperBound
            logits.reserve(rows.count * logitsOfRow)
            forEachChunk(slab, userLanes, architecture.userDense) { lane, chunk in
                userPass(task, plan.chunks[chunk], chunk, weights, lane, rows, layout)
            }
            parallelFor(itemChunks.count, threadCount: threadCount) { chunk in
                collectItemGradients(rows, itemRange(chunk), isFirst: rows.lowerBound == 0)
            }
        }
        forEachChunk(itemChunks, itemLanes, architecture.itemDense) { lane, chunk in
            itemBackward(task, chunk: chunk, itemRange(chunk), lane)
        }
        return (userLanes + itemLanes).reduce(0) { $0 + $1.loss }
    }

    /// Works chunks on all threads; those of one lane in order.
    private func forEachChunk(
        _ chunks: Range<Int>, _ lanes: [Lane], _ dense: Range<Int>,
        _ body: @Sendable (Lane, Int) -> Void
    ) {
        parallelFor(min(GradientLane.count, chunks.count), threadCount: threadCount) { index in
            let lane = lanes[index]
            lane.gradients.open(dense)
            for chunk in stride(
                from: chunks.lowerBound + index, to: chunks.upperBound, by: GradientLane.count)
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

    /// Moves the parameters by the gradients of the batch that was computed last.
    ///
    /// - Parameters:
    ///   - step: Batches trained, this one among them.
    ///   - rateShare: The share of the learning rates that the schedule allows.
    func update(step: Int, rateShare: Float) {
        let configuration = architecture.configuration
        updater.update(
            step: step,
            .init(
                dense: configuration.denseLearningRate * rateShare,
                tables: configuration.tableLearningRate * rateShare,
                normLimit: configuration.gradientNormLimit))
    }

    /// The parameters as a value. Without copying, the tables are those of this step, which must not
    /// go on then.
    func snapshot(copying: Bool = true) -> Parameters {
        Parameters(
            dense: updater.dense,
            tables: copying ? updater.tables.map { $0.copy() } : updater.tables)
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
