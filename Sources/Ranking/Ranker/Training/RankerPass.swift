import LinearAlgebra
import NeuralNetwork

/// What a model standardises numbers with.
struct RankerStandardisation: Codable, Sendable, Equatable {
    var context: Standardisation
    var candidate: Standardisation
}

/// Some candidates on their way from features to logits, and back.
///
/// Training and scoring share it, so that the two cannot differ.
// Sendable because one worker at a time has it.
final class RankerPass: @unchecked Sendable {
    private let architecture: RankerArchitecture
    private let standardisation: RankerStandardisation
    private let inputs: RankerInputs
    private let kernels = Kernels.best

    private var owners: [Int32] = []
    private var contextCount = 0
    private var runs: [TargetAttention.Run] = []
    private var eventCount = 0
    private var longestRun = 0
    private var probabilityCount = 0
    private let contextBags: [Bag]
    private let candidateBags: [Bag]

    private let u = FloatBuffer()
    private let x = FloatBuffer()
    private let logitValues = FloatBuffer()
    // Embeddings of candidates and of the events of all contexts.
    private let candidateEmbeddings = FloatBuffer()
    private let eventEmbeddings = FloatBuffer()
    private let queries = FloatBuffer()
    private let keysAndValues = FloatBuffer()
    private let probabilities = FloatBuffer()
    private let states = FloatBuffer()
    private let factors = FloatBuffer()
    private let inner = FloatBuffer()
    private let mixtureValues = FloatBuffer()
    private let shared = FloatBuffer()
    // Of the backward pass alone.
    private let stateGradient = FloatBuffer()
    private let crossScratch = FloatBuffer()
    private let mixtureGradients = FloatBuffer()
    private let queryGradient = FloatBuffer()
    private let keyAndValueGradient = FloatBuffer()
    private let attentionScratch = FloatBuffer()

    init(
        _ architecture: RankerArchitecture, _ standardisation: RankerStandardisation,
        _ inputs: RankerInputs
    ) {
        self.architecture = architecture
        self.standardisation = standardisation
        self.inputs = inputs
        contextBags = architecture.context.tables.map { _ in Bag() }
        candidateBags = architecture.candidate.tables.map { _ in Bag() }
    }

    /// Candidates of the chunk.
    var rowCount: Int { owners.count }

    private var uView: MutableMatrixView {
        matrix(u.base, contextCount, architecture.context.width)
    }
    private var xView: MutableMatrixView { matrix(x.base, rowCount, architecture.width) }
    /// Shape `[rowCount, tasks]`, after `forward`.
    var logits: MutableMatrixView {
        matrix(logitValues.base, rowCount, architecture.schema.tasks.count)
    }

    // MARK: - Inputs

    /// Reads some candidates, those of one context after one another.
    ///
    /// - Parameters:
    ///   - rows: Indexes of candidates.
    ///   - contexts: The context of each.
    func load(_ rows: ArraySlice<Int32>, contexts: ArraySlice<Int32>) {
        owners.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
        (contextCount, eventCount, longestRun, probabilityCount) = (0, 0, 0, 0)
        for bag in contextBags + candidateBags { bag.removeAll() }
        let (x, u) = (
            x.reserve(rows.count * architecture.width),
            u.reserve(rows.count * architecture.context.width)
        )
        var start = rows.startIndex
        while start < rows.endIndex {
            let context = contexts[start - rows.startIndex + contexts.startIndex]
            var end = start + 1
            while end < rows.endIndex,
                contexts[end - rows.startIndex + contexts.startIndex] == context
            { end += 1 }
            write(
                Int(context), inputs.contexts, architecture.context, standardisation.context,
                contextBags, to: u + contextCount * architecture.context.width)
            for row in rows[start..<end] {
                write(
                    Int(row), inputs.candidates, architecture.candidate,
                    standardisation.candidate, candidateBags,
                    to: x + owners.count * architecture.width + architecture.context.width)
                owners.append(Int32(contextCount))
            }
            appendRun(rows: end - start, history: inputs.histories[Int(context)])
            contextCount += 1
            start = end
        }
        if architecture.schema.embeddingWidth > 0 { loadEmbeddings(rows) }
        if architecture.attention != nil { loadHistories(rows, contexts) }
    }

    /// Writes the numbers of a row and whether each is missing, and adds its ids to the bags.
    private func write(
        _ row: Int, _ features: RankerFeatures, _ side: RankerSide,
        _ standardisation: Standardisation, _ bags: [Bag], to values: UnsafeMutablePointer<Float>
    ) {
        let count = side.columns.numbers.count
        features.numbers.elements.withUnsafeBufferPointer { numbers in
            for column in 0..<count {
                let number = numbers[row * count + column]
                values[side.numberStart + column] = number
                values[side.indicatorStart + column] = number.isNaN ? 1 : 0
            }
        }
        standardisation.apply(to: values + side.numberStart)
        for (column, category) in side.columns.categories.enumerated() {
            let cell = row * side.columns.categories.count + column
            let ids = features.ids[features.idOffsets[cell]..<features.idOffsets[cell + 1]]
            let bag = bags[column]
            let weight = 1 / Float(max(ids.count, 1))
            if ids.isEmpty { bag.append(UInt32(category.rows), weight: 1) }
            for id in ids { bag.append(category.row(of: id), weight: weight) }
            bag.closeRow()
        }
    }

    private func appendRun(rows: Int, history: ArraySlice<UInt32>) {
        guard let attention = architecture.attention else { return }
        let events = min(history.count, attention.historyLength)
        let size = rows * (events + 1)
        runs.append(
            .init(
                rows: owners.count - rows..<owners.count, events: eventCount..<eventCount + events,
                probabilities: probabilityCount))
        eventCount += events
        probabilityCount += attention.heads * size
        longestRun = max(longestRun, size)
    }

    private func loadEmbeddings(_ rows: ArraySlice<Int32>) {
        let width = architecture.schema.embeddingWidth
        let base = candidateEmbeddings.reserve(rows.count * width)
        let flag = architecture.attentionColumn - 1
        inputs.embeddings.withView { embeddings in
            for (index, row) in rows.enumerated() {
                let source = inputs.candidateRows[Int(row)]
                let target = base + index * width
                if source < 0 {
                    target.update(repeating: 0, count: width)
                } else {
                    target.update(from: embeddings.row(Int(source)), count: width)
                }
                if architecture.content != nil { xView.row(index)[flag] = source < 0 ? 0 : 1 }
            }
        }
    }

    private func loadHistories(_ rows: ArraySlice<Int32>, _ contexts: ArraySlice<Int32>) {
        let width = architecture.schema.embeddingWidth
        let base = eventEmbeddings.reserve(eventCount * width)
        inputs.embeddings.withView { embeddings in
            for run in runs {
                let context = Int(contexts[contexts.startIndex + run.rows.lowerBound])
                let newest = inputs.histories[context].suffix(run.events.count)
                for (event, source) in zip(run.events, newest) {
                    (base + event * width).update(from: embeddings.row(Int(source)), count: width)
                }
            }
        }
    }

    // MARK: - Forward

    /// Computes the logits of all rows.
    ///
    /// - Parameter dropout: What is zeroed in training; nil when scoring.
    func forward(_ parameters: ParameterPointers, dropout: Dropout?, chunk: Int) {
        let (u, x) = (uView, xView)
        let dense = UnsafePointer(parameters.dense)
        fill(u, 0, architecture.context, contextBags, parameters)
        owners.withUnsafeBufferPointer { owners in
            for row in 0..<x.rows {
                x.row(row).update(from: u.row(Int(owners[row])), count: u.columns)
            }
        }
        fill(x, architecture.context.width, architecture.candidate, candidateBags, parameters)
        content?.forward(
            embeddings.readOnly, contentColumns(x), dense, kernels)
        attend(x, dense)
        logitValues.reserve(rowCount * architecture.schema.tasks.count)
        reserveValues()
        withOwners { owners in
            let cross = crossValues
            architecture.cross.forward(u.readOnly, x.readOnly, owners, cross, dense, kernels)
            architecture.wide.forward(
                architecture.cross.output(x.readOnly, cross), logits, dense, kernels)
            architecture.mixture.forward(
                u.readOnly, x.readOnly.columns(architecture.ownColumns), owners, values,
                shared: shared.base, logits: logits, dense, kernels
            ) { dropout?.apply(to: $0, layer: 1, chunk: chunk, kernels) }
        }
    }

    private func fill(
        _ view: MutableMatrixView, _ start: Int, _ side: RankerSide, _ bags: [Bag],
        _ parameters: ParameterPointers
    ) {
        for (index, table) in side.tables.enumerated() {
            bags[index].forward(
                parameters.tables[table], columns(view, start, side, index), kernels)
        }
    }

    private func columns(
        _ view: MutableMatrixView, _ start: Int, _ side: RankerSide, _ category: Int
    ) -> MutableMatrixView {
        let first = start + category * side.categoryDimension
        return view.columns(first..<first + side.categoryDimension)
    }

    private var content: DenseLayer? { architecture.content }
    private var embeddings: MutableMatrixView {
        matrix(candidateEmbeddings.base, rowCount, architecture.schema.embeddingWidth)
    }
    private var events: MatrixView {
        matrix(UnsafePointer(eventEmbeddings.base), eventCount, architecture.schema.embeddingWidth)
    }

    private func contentColumns(_ view: MutableMatrixView) -> MutableMatrixView {
        view.columns(
            architecture.contentColumn..<architecture.contentColumn + (content?.outputs ?? 0))
    }

    private func attentionColumns(_ view: MutableMatrixView) -> MutableMatrixView {
        view.columns(architecture.attentionColumn..<architecture.width)
    }

    private func attend(_ x: MutableMatrixView, _ dense: UnsafePointer<Float>) {
        guard let attention = architecture.attention else { return }
        let queries = matrix(
            self.queries.reserve(rowCount * attention.width), rowCount, attention.width)
        let keysAndValues = matrix(
            self.keysAndValues.reserve(eventCount * 2 * attention.width), eventCount,
            2 * attention.width)
        attention.query.forward(embeddings.readOnly, queries, dense, kernels)
        attention.keysAndValues.forward(events, keysAndValues, dense, kernels)
        attention.forward(
            runs, queries: queries.readOnly, keysAndValues: keysAndValues.readOnly,
            probabilities: probabilities.reserve(probabilityCount), output: attentionColumns(x),
            dense, kernels)
    }

    private func reserveValues() {
        let (cross, mixture) = (architecture.cross, architecture.mixture)
        states.reserve(cross.layerCount * rowCount * cross.width)
        factors.reserve(cross.layerCount * rowCount * cross.width)
        inner.reserve(cross.layerCount * rowCount * cross.rank)
        shared.reserve(contextCount * max(cross.rank, mixture.sharedWidth))
        mixtureValues.reserve(rowCount * mixture.valueWidth)
    }

    private var crossValues: CrossNetwork.Values {
        CrossNetwork.Values(
            states: states.base, factors: factors.base, inner: inner.base,
            shared: matrix(shared.base, contextCount, architecture.cross.rank))
    }

    private var values: ExpertMixture.Values {
        architecture.mixture.values(at: mixtureValues.base, rows: rowCount)
    }

    private func withOwners(_ body: (RowOwners) -> Void) {
        owners.withUnsafeBufferPointer {
            guard let base = $0.baseAddress else { return }
            body(RowOwners(base: base, count: $0.count))
        }
    }

    // MARK: - Backward

    /// Propagates the gradient of the logits, which stands in their place: dense gradients are added,
    /// table rows listed.
    ///
    /// - Parameter arena: Room for `arenaSize` values, in the arena of the lane's tables.
    func backward(
        _ parameters: ParameterPointers, dropout: Dropout?, chunk: Int,
        arena: UnsafeMutablePointer<Float>, _ lane: GradientLane
    ) {
        let (u, x) = (uView, xView)
        let dense = UnsafePointer(parameters.dense)
        let uGradient = matrix(arena, contextCount, u.columns)
        let xGradient = matrix(arena + contextCount * u.columns, rowCount, x.columns)
        arena.update(repeating: 0, count: contextCount * u.columns + rowCount * x.columns)
        withOwners { owners in
            let cross = crossValues
            let last = matrix(
                stateGradient.reserve(rowCount * x.columns), rowCount, x.columns)
            architecture.wide.backward(
                architecture.cross.output(x.readOnly, cross), logits.readOnly, dense, last, logits,
                lane.dense, kernels)
            architecture.cross.backward(
                u.readOnly, x.readOnly, owners, cross, dense, uGradient: uGradient,
                xGradient: xGradient, last,
                scratch: crossScratch.reserve(
                    rowCount * (architecture.cross.width + architecture.cross.rank)),
                lane.dense, kernels)
            architecture.mixture.backward(
                u.readOnly, x.readOnly.columns(architecture.ownColumns), owners, values,
                architecture.mixture.values(
                    at: mixtureGradients.reserve(rowCount * architecture.mixture.valueWidth),
                    rows: rowCount),
                shared: shared.base, logitGradient: logits, uGradient: uGradient,
                xGradient: xGradient.columns(architecture.ownColumns), dense, lane.dense, kernels
            ) { dropout?.apply(to: $0, layer: 1, chunk: chunk, kernels) }
            owners.addSums(
                xGradient.readOnly.columns(0..<u.columns), to: uGradient, kernels)
        }
        content?.backward(
            embeddings.readOnly, contentColumns(x).readOnly, dense, nil, contentColumns(xGradient),
            lane.dense, kernels)
        attendBackward(xGradient, dense, lane)
        list(uGradient, 0, architecture.context, contextBags, lane)
        list(xGradient, u.columns, architecture.candidate, candidateBags, lane)
    }

    /// Values of the arena that a chunk of so many rows needs, at most.
    static func arenaSize(_ architecture: RankerArchitecture, rows: Int) -> Int {
        rows * (architecture.width + architecture.context.width)
    }

    private func attendBackward(
        _ xGradient: MutableMatrixView, _ dense: UnsafePointer<Float>, _ lane: GradientLane
    ) {
        guard let attention = architecture.attention else { return }
        let queries = matrix(UnsafePointer(self.queries.base), rowCount, attention.width)
        let keysAndValues = matrix(
            UnsafePointer(self.keysAndValues.base), eventCount, 2 * attention.width)
        let queryGradient = matrix(
            self.queryGradient.reserve(rowCount * attention.width), rowCount, attention.width)
        let keyAndValueGradient = matrix(
            self.keyAndValueGradient.reserve(eventCount * 2 * attention.width), eventCount,
            2 * attention.width)
        attention.backward(
            runs, queries: queries, keysAndValues: keysAndValues,
            probabilities: probabilities.base, outputGradient: attentionColumns(xGradient).readOnly,
            queryGradient: queryGradient, keyAndValueGradient: keyAndValueGradient,
            scratch: attentionScratch.reserve(longestRun), lane.dense, kernels)
        attention.query.backward(
            embeddings.readOnly, queries, dense, nil, queryGradient, lane.dense, kernels)
        attention.keysAndValues.backward(
            events, keysAndValues, dense, nil, keyAndValueGradient, lane.dense, kernels)
    }

    private func list(
        _ gradient: MutableMatrixView, _ start: Int, _ side: RankerSide, _ bags: [Bag],
        _ lane: GradientLane
    ) {
        for (index, table) in side.tables.enumerated() {
            bags[index].backward(columns(gradient, start, side, index), lane.tables[table])
        }
    }
}

extension RankerCategory {
    /// The row of an id in the table; that of an unknown one is the last.
    func row(of id: Int64) -> UInt32 {
        if isHashed {
            var mixer = SplitMix64(state: UInt64(bitPattern: id))
            return UInt32(mixer.next().multipliedFullWidth(by: UInt64(rows)).high)
        }
        return id >= 0 && id < rows ? UInt32(id) : UInt32(rows)
    }
}
