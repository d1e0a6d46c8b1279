import LinearAlgebra

/// One batch, forward and backward and update, over memory that all batches share.
///
/// The work is cut into chunks of rows that do not depend on the thread count, each with gradients
/// of its own; they are added up in order of chunks. So the weights come out the same, bit
/// for bit, on any number of threads.
// Sendable because workers write disjoint rows, chunks and shards, joined between phases.
final class TrainingStep: @unchecked Sendable {
    static let chunkSize = 128
    static let denseChunkSize = 4096

    let architecture: Architecture
    let inputs: TowerInputs
    let numericFeatures: NumericFeatures?
    let parameters: ParameterPointers
    let loss: any CandidateLoss
    let tableOptimiser: any TableOptimiser
    let denseOptimiser: any DenseOptimiser
    let kernels = Kernels.best
    let threadCount: Int
    var candidates: CandidateSet

    let userPass: TowerPass
    let itemPass: TowerPass
    let arena: UnsafeMutablePointer<Float>
    let tableStates: [UnsafeMutablePointer<Float>]
    let denseState: UnsafeMutablePointer<Float>
    let denseGradients: [UnsafeMutablePointer<Float>]
    let userChunks: [ChunkWorkspace]
    let itemChunks: [ChunkWorkspace]
    let reducers: [TableGradientReducer]
    let reducerSums: UnsafeMutablePointer<Float>
    let widestTable: Int

    // Embeddings of users and candidates, their gradients, and the logits of one against the other.
    let users: UnsafeMutablePointer<Float>
    let items: UnsafeMutablePointer<Float>
    let userGradients: UnsafeMutablePointer<Float>
    let itemGradients: UnsafeMutablePointer<Float>
    let logits: UnsafeMutablePointer<Float>

    /// The bags of one chunk, what it asks of the tables, and its loss.
    final class ChunkWorkspace {
        let bags: [Bag]
        let tableGradients: [TableGradients]
        var loss = 0.0

        init(_ tower: Tower, tables: Int, arena: UnsafeMutablePointer<Float>) {
            bags = tower.slots.map { _ in Bag() }
            tableGradients = (0..<tables).map { _ in TableGradients(arena: arena) }
        }

        func removeAll() {
            for bag in bags { bag.removeAll() }
            for gradients in tableGradients { gradients.removeAll() }
        }
    }

    init(
        _ inputs: TowerInputs, _ initial: Parameters, numericFeatures: NumericFeatures?,
        threadCount: Int
    ) {
        let architecture = inputs.architecture
        let configuration = architecture.configuration
        self.architecture = architecture
        self.inputs = inputs
        self.numericFeatures = numericFeatures
        self.threadCount = threadCount
        loss = configuration.candidateLoss
        tableOptimiser = configuration.tableOptimiserValue
        denseOptimiser = configuration.denseOptimiserValue
        candidates = CandidateSet(itemCount: architecture.sizes.items)

        func copy(_ values: [Float]) -> UnsafeMutablePointer<Float> {
            let pointer = UnsafeMutablePointer<Float>.allocate(capacity: max(values.count, 1))
            values.withUnsafeBufferPointer {
                if let base = $0.baseAddress { pointer.update(from: base, count: values.count) }
            }
            return pointer
        }
        func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
            let pointer = UnsafeMutablePointer<Float>.allocate(capacity: max(count, 1))
            pointer.initialize(repeating: 0, count: max(count, 1))
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

        let rows = configuration.batchSize
        let limit = configuration.candidateLimit(itemCount: architecture.sizes.items)
        let userArena = rows * TowerPass.rowWidth(architecture.userTower)
        let itemArena = limit * TowerPass.rowWidth(architecture.itemTower)
        arena = zeros(userArena + itemArena)
        userPass = TowerPass(architecture.userTower, capacity: rows, gradients: arena)
        itemPass = TowerPass(
            architecture.itemTower, capacity: limit, gradients: arena + userArena)
        let width = architecture.interaction.width
        users = zeros(rows * width)
        userGradients = zeros(rows * width)
        items = zeros(limit * width)
        itemGradients = zeros(limit * width)
        logits = zeros(rows * limit)

        func chunkCount(_ rows: Int) -> Int { (rows + Self.chunkSize - 1) / Self.chunkSize }
        let (arena, tables) = (arena, architecture.tables.count)
        userChunks = (0..<chunkCount(rows)).map { _ in
            ChunkWorkspace(architecture.userTower, tables: tables, arena: arena)
        }
        itemChunks = (0..<chunkCount(limit)).map { _ in
            ChunkWorkspace(architecture.itemTower, tables: tables, arena: arena)
        }
        denseGradients = (0..<chunkCount(rows) + chunkCount(limit)).map { _ in
            zeros(architecture.denseCount)
        }
        let tasks = tables * TableGradients.shardCount
        reducers = (0..<tasks).map { _ in TableGradientReducer() }
        widestTable = architecture.tables.map(\.width).max() ?? 1
        reducerSums = zeros(tasks * widestTable)
    }

    deinit {
        parameters.dense.deallocate()
        for table in parameters.tables { table.base.deallocate() }
        for state in tableStates { state.deallocate() }
        for gradient in denseGradients { gradient.deallocate() }
        for pointer in [
            denseState, arena, users, items, userGradients, itemGradients, logits, reducerSums,
        ] { pointer.deallocate() }
    }

    /// A batch and what is drawn for it.
    struct Task: Sendable {
        let day: ExampleDay
        let examples: [Example]
        /// The seed of every mask of this batch, or nil for no dropout at all.
        let dropoutSeed: UInt64?
    }

    /// Draws the candidates of a batch, and computes its mean loss and all gradients.
    func gradients(_ task: Task, using generator: inout SeededGenerator) -> Double {
        drawCandidates(task, using: &generator)
        return gradientsOfDrawnCandidates(task)
    }

    func drawCandidates(_ task: Task, using generator: inout SeededGenerator) {
        let configuration = architecture.configuration
        candidates.draw(
            for: BatchPositives(
                items: task.examples.map { inputs.sequences.items[Int($0.event)] },
                day: task.day.day, popularity: task.day.popularity,
                itemCount: architecture.sizes.items),
            from: configuration.negativeSources,
            correctsLogQ: configuration.usesLogQCorrection, using: &generator)
    }

    func gradientsOfDrawnCandidates(_ task: Task) -> Double {
        let rows = task.examples.count
        let columns = candidates.items.count
        let userCount = (rows + Self.chunkSize - 1) / Self.chunkSize
        let itemCount = (columns + Self.chunkSize - 1) / Self.chunkSize
        let sum = task.examples.reduce(Float(0)) { $0 + $1.weight }
        let weights = task.examples.map { $0.weight / sum }

        parallelFor(userCount + itemCount, threadCount: threadCount) { index in
            if index < userCount {
                userForward(task, chunk: index, range(index, rows))
            } else {
                itemForward(task, chunk: index - userCount, range(index - userCount, columns))
            }
        }
        parallelFor(userCount, threadCount: threadCount) { index in
            userBackward(task, chunk: index, range(index, rows), weights)
        }
        parallelFor(itemCount, threadCount: threadCount) { index in
            itemBackward(task, rows: rows, chunk: index, range(index, columns))
        }
        return userChunks[..<userCount].reduce(0) { $0 + $1.loss }
    }

    private func range(_ chunk: Int, _ count: Int) -> Range<Int> {
        let start = chunk * Self.chunkSize
        return start..<min(start + Self.chunkSize, count)
    }

    func dropout(_ task: Task, _ side: UInt64) -> Dropout? {
        task.dropoutSeed.map {
            Dropout(
                input: architecture.configuration.inputDropout,
                hidden: architecture.configuration.hiddenDropout, seed: $0 ^ side << 56)
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
