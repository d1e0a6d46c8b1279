import LinearAlgebra

/// One batch, forward and backward and update, over memory that all batches share.
///
/// The work is cut into chunks of rows that do not depend on the thread count, each with gradients
/// of its own; they are added up in order of chunks. So the weights come out the same, bit
/// for bit, on any number of threads.
// Sendable because workers write disjoint rows, chunks and shards, joined between phases.
final class TrainingStep: @unchecked Sendable {
    static let chunkSize = 128
    private static let denseChunkSize = 4096

    let architecture: Architecture
    let inputs: TowerInputs
    let numericFeatures: NumericFeatures?
    let parameters: ParameterPointers
    let loss: any CandidateLoss = SoftmaxLoss()
    let tableOptimiser: any TableOptimiser
    let denseOptimiser: any DenseOptimiser
    let kernels = Kernels.best
    let threadCount: Int
    var candidates: CandidateSet

    let userPass: TowerPass
    let itemPass: TowerPass
    private let arena: UnsafeMutablePointer<Float>
    private let tableStates: [UnsafeMutablePointer<Float>]
    private let denseState: UnsafeMutablePointer<Float>
    private let denseGradients: [UnsafeMutablePointer<Float>]
    private let userChunks: [ChunkWorkspace]
    private let itemChunks: [ChunkWorkspace]
    private let reducers: [TableGradientReducer]
    private let reducerSums: UnsafeMutablePointer<Float>
    private let widestTable: Int

    // Embeddings of users and candidates, their gradients, and the logits of one against the other.
    private let users: UnsafeMutablePointer<Float>
    private let items: UnsafeMutablePointer<Float>
    private let userGradients: UnsafeMutablePointer<Float>
    private let itemGradients: UnsafeMutablePointer<Float>
    private let logits: UnsafeMutablePointer<Float>

    /// The bags of one chunk, what it asks of the tables, and its loss.
    private final class ChunkWorkspace {
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

    private func dropout(_ task: Task, _ side: UInt64) -> Dropout? {
        task.dropoutSeed.map {
            Dropout(
                input: architecture.configuration.inputDropout,
                hidden: architecture.configuration.hiddenDropout, seed: $0 ^ side << 56)
        }
    }

    private func embeddings(
        _ base: UnsafeMutablePointer<Float>, _ rows: Range<Int>
    ) -> MutableMatrixView {
        let width = architecture.interaction.width
        return MutableMatrixView(
            base: base + rows.lowerBound * width, rows: rows.count, columns: width, stride: width)
    }

    private func userForward(_ task: Task, chunk: Int, _ rows: Range<Int>) {
        let configuration = architecture.configuration
        let workspace = userChunks[chunk]
        workspace.removeAll()
        for row in rows {
            let example = task.examples[row]
            var hidden = TowerInputs.Hidden()
            if let seed = task.dropoutSeed {
                var draws = SplitMix64(state: seed ^ 1 << 60 ^ UInt64(row))
                if draws.share() < configuration.userIdDropout { hidden.insert(.id) }
                if draws.share() < configuration.historyDropout { hidden.insert(.history) }
            }
            let user = Int(example.user)
            inputs.appendUser(
                user, events: inputs.sequences.offsets[user]..<Int(example.event),
                hiding: hidden, to: workspace.bags, numeric: userPass.numeric(row))
        }
        userPass.forward(
            rows, workspace.bags, parameters, kernels, dropout: dropout(task, 1), chunk: chunk)
        architecture.interaction.forward(
            userPass.output(rows).readOnly, embeddings(users, rows), .user, kernels)
    }

    private func itemForward(_ task: Task, chunk: Int, _ rows: Range<Int>) {
        let configuration = architecture.configuration
        let workspace = itemChunks[chunk]
        workspace.removeAll()
        func append(_ features: UnsafePointer<Float>?) {
            for row in rows {
                let item = Int(candidates.items[row])
                var hidesId = false
                if let seed = task.dropoutSeed {
                    var draws = SplitMix64(state: seed ^ 2 << 60 ^ UInt64(row))
                    hidesId = draws.share() < configuration.itemIdDropout
                }
                inputs.appendItem(
                    item, hidingId: hidesId,
                    features: features.map {
                        $0 + item * architecture.sizes.numericNames.count
                    }, to: workspace.bags, numeric: itemPass.numeric(row))
            }
        }
        if let numericFeatures {
            let start = numericFeatures.offset(day: task.day.day)
            numericFeatures.values.withUnsafeBufferPointer { append($0.baseAddress! + start) }
        } else {
            append(nil)
        }
        itemPass.forward(
            rows, workspace.bags, parameters, kernels, dropout: dropout(task, 2), chunk: chunk)
        architecture.interaction.forward(
            itemPass.output(rows).readOnly, embeddings(items, rows), .item, kernels)
    }

    private func userBackward(
        _ task: Task, chunk: Int, _ rows: Range<Int>, _ weights: [Float]
    ) {
        let workspace = userChunks[chunk]
        let columns = candidates.items.count
        let scores = MutableMatrixView(
            base: logits + rows.lowerBound * columns, rows: rows.count, columns: columns,
            stride: columns)
        let (userRows, itemRows) = (embeddings(users, rows), embeddings(items, 0..<columns))
        BLAS.multiply(
            userRows.readOnly, itemRows.readOnly, transposing: .second, into: scores)
        correct(scores, task, rows)
        workspace.loss = candidates.positives.withUnsafeBufferPointer { positives in
            weights.withUnsafeBufferPointer { weights in
                loss.evaluate(
                    scores, positives: positives.baseAddress! + rows.lowerBound,
                    weights: weights.baseAddress! + rows.lowerBound, kernels)
            }
        }
        let gradients = embeddings(userGradients, rows)
        BLAS.multiply(scores.readOnly, itemRows.readOnly, into: gradients)
        architecture.interaction.backward(
            userPass.output(rows).readOnly, userPass.outputGradient(rows), gradients.readOnly,
            .user, kernels)
        let dense = denseGradients[chunk]
        (dense + architecture.userDense.lowerBound).update(
            repeating: 0, count: architecture.userDense.count)
        userPass.backward(
            rows, workspace.bags, parameters, kernels, dropout: dropout(task, 1), chunk: chunk,
            denseGradient: dense, tableGradients: workspace.tableGradients)
    }

    /// Adds the log-Q corrections and masks what is not a negative for the row.
    private func correct(_ scores: MutableMatrixView, _ task: Task, _ rows: Range<Int>) {
        candidates.corrections.withUnsafeBufferPointer { corrections in
            candidates.candidateOfItem.withUnsafeBufferPointer { candidateOfItem in
                inputs.sequences.items.withUnsafeBufferPointer { events in
                    for row in 0..<rows.count {
                        let x = scores.row(row)
                        let positive = Int(candidates.positives[rows.lowerBound + row])
                        let score =
                            x[positive]
                            + candidates.positiveCorrections[rows.lowerBound + row]
                        kernels.axpy(1, corrections.baseAddress!, x, scores.columns)
                        if architecture.configuration.masksOwnEvents {
                            let user = Int(task.examples[rows.lowerBound + row].user)
                            let offsets = inputs.sequences.offsets
                            for event in offsets[user]..<offsets[user + 1] {
                                let candidate = candidateOfItem[Int(events[event])]
                                if candidate >= 0 { x[Int(candidate)] = -.infinity }
                            }
                        }
                        x[positive] = score
                    }
                }
            }
        }
    }

    private func itemBackward(_ task: Task, rows: Int, chunk: Int, _ columns: Range<Int>) {
        let workspace = itemChunks[chunk]
        let count = candidates.items.count
        let scores = MatrixView(base: logits, rows: rows, columns: count, stride: count)
        let gradients = embeddings(itemGradients, columns)
        BLAS.multiply(
            scores.columns(columns), embeddings(users, 0..<rows).readOnly, transposing: .first,
            into: gradients)
        architecture.interaction.backward(
            itemPass.output(columns).readOnly, itemPass.outputGradient(columns),
            gradients.readOnly, .item, kernels)
        let dense = denseGradients[userChunks.count + chunk]
        (dense + architecture.itemDense.lowerBound).update(
            repeating: 0, count: architecture.itemDense.count)
        itemPass.backward(
            columns, workspace.bags, parameters, kernels, dropout: dropout(task, 2),
            chunk: chunk, denseGradient: dense, tableGradients: workspace.tableGradients)
    }

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

extension SplitMix64 {
    /// A number in 0 ..< 1.
    mutating func share() -> Float { Float(next() >> 40) * 0x1p-24 }
}
