import LinearAlgebra
import NeuralNetwork

/// Columns that one side fills: embeddings of categories, then numbers, then for each number whether it
/// is missing.
struct RankerSide: Sendable {
    let columns: RankerColumns
    /// The table of each category; row `rows` of a table stands for "none".
    let tables: Range<Int>
    let categoryDimension: Int

    var numberStart: Int { columns.categories.count * categoryDimension }
    var indicatorStart: Int { numberStart + columns.numbers.count }
    var width: Int { indicatorStart + columns.numbers.count }
}

/// Which tables and layers a configuration asks for.
///
/// A row of the input x₀ is the context's side, then the candidate's: its features, its projected
/// embedding with a flag for whether there is one, and what of the history attends to it. A logit is
///
///     w · xₗ + head(Σ gate × expert(x₀))
///
/// with xₗ the output of the cross network: wide and deep (Cheng et al. 2016), the wide part with
/// explicit crosses.
struct RankerArchitecture: Sendable {
    let configuration: RankerConfiguration
    let schema: RankerSchema
    let context: RankerSide
    let candidate: RankerSide
    /// Projects a candidate's embedding; nil where it is left out.
    let content: DenseLayer?
    let attention: TargetAttention?
    let cross: CrossNetwork
    let wide: DenseLayer
    let mixture: ExpertMixture

    /// Where the columns of the projected embedding start, and those of attention.
    let contentColumn: Int
    let attentionColumn: Int
    /// Columns of x₀.
    let width: Int
    let denseCount: Int

    init(_ configuration: RankerConfiguration, _ schema: RankerSchema) {
        self.configuration = configuration
        self.schema = schema
        let contextCategories = schema.context.categories.count
        context = RankerSide(
            columns: schema.context, tables: 0..<contextCategories,
            categoryDimension: configuration.categoryDimension)
        candidate = RankerSide(
            columns: schema.candidate,
            tables: contextCategories..<contextCategories + schema.candidate.categories.count,
            categoryDimension: configuration.categoryDimension)
        let hasEmbeddings = schema.embeddingWidth > 0
        var offset = 0
        if hasEmbeddings && configuration.contentDimension > 0 {
            content = DenseLayer(
                name: "content projection", inputs: schema.embeddingWidth,
                outputs: configuration.contentDimension, offset: 0, activation: .identity)
            offset += content!.parameterCount
        } else {
            content = nil
        }
        contentColumn = context.width + candidate.width
        attentionColumn = contentColumn + (content.map { $0.outputs + 1 } ?? 0)
        if hasEmbeddings && configuration.attentionHeads > 0 {
            attention = TargetAttention(
                embeddingWidth: schema.embeddingWidth, heads: configuration.attentionHeads,
                headWidth: configuration.attentionWidth,
                historyLength: configuration.historyLength, offset: offset)
            offset += attention!.parameterCount
        } else {
            attention = nil
        }
        width = attentionColumn + (attention?.width ?? 0)
        cross = CrossNetwork(
            contextWidth: context.width, width: width, rank: configuration.crossRank,
            layerCount: configuration.crossLayers, offset: offset)
        offset += cross.parameterCount
        wide = DenseLayer(
            name: "wide layer", inputs: width, outputs: schema.tasks.count, offset: offset,
            activation: .identity)
        offset += wide.parameterCount
        mixture = ExpertMixture(
            configuration, contextWidth: context.width, ownWidth: width - context.width,
            tasks: schema.tasks, offset: offset)
        denseCount = offset + mixture.parameterCount
    }

    /// Columns of x₀ that are the candidate's.
    var ownColumns: Range<Int> { context.width..<width }

    /// Rows and width of every table: those of the context's categories, then the candidate's.
    var tables: [(rows: Int, width: Int)] {
        (schema.context.categories + schema.candidate.categories).map {
            ($0.rows + 1, configuration.categoryDimension)
        }
    }

    /// The name of every table.
    var tableNames: [String] {
        (schema.context.categories + schema.candidate.categories).map(\.name)
    }

    /// Names and places of the dense parameters.
    var parts: [(name: String, range: Range<Int>)] {
        (content.map { [($0.name, $0.range)] } ?? []) + (attention?.parts ?? []) + cross.parts
            + [(wide.name, wide.range)] + mixture.parts
    }
}

/// All that training learns.
struct RankerParameters: Sendable, Equatable {
    var dense: [Float]
    var tables: [Table]

    init(dense: [Float], tables: [Table]) {
        self.dense = dense
        self.tables = tables
    }

    /// Random parameters: layers after Glorot and Bengio (2010), tables Gaussian; each from a stream of
    /// its own.
    ///
    /// The wide layer starts at 0, with the biases that predict the base rates: training need not spend
    /// its first batches to learn how rare a task's positives are.
    init(_ architecture: RankerArchitecture, baseLogits: [Float], seed: UInt64) {
        dense = [Float](repeating: 0, count: architecture.denseCount)
        dense.withUnsafeMutableBufferPointer {
            var generator = SeededGenerator(seed: seed, stream: 1)
            let base = $0.baseAddress!
            if let content = architecture.content {
                (base + content.offset).fillGlorot(
                    inputs: content.inputs, outputs: content.outputs, using: &generator)
            }
            architecture.attention?.initialize(base, using: &generator)
            architecture.cross.initialize(base, using: &generator)
            architecture.mixture.initialize(base, using: &generator)
            let wide = architecture.wide
            (base + wide.offset + wide.inputs * wide.outputs).update(
                from: baseLogits, count: wide.outputs)
        }
        tables = architecture.tables.enumerated().map { index, shape in
            var generator = SeededGenerator(seed: seed, stream: 16 + UInt64(index))
            let table = Table(rows: shape.rows, width: shape.width, storage: .float32)
            table.fill(deviation: 0.05, using: &generator)
            return table
        }
    }
}
