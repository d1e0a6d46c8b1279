import LinearAlgebra
public import NeuralNetwork

/// A trained multi-task ranker: predicts what a user would do with a candidate.
public struct Ranker: Sendable, Equatable {
    let architecture: RankerArchitecture
    let parameters: RankerParameters
    let loss: RankerLoss
    let standardisation: RankerStandardisation
    /// The seed that it was trained with.
    public let seed: UInt64

    /// The settings that it was trained with.
    public var configuration: RankerConfiguration { architecture.configuration }
    /// What it reads and predicts.
    public var schema: RankerSchema { architecture.schema }

    static let chunkSize = 512

    /// Predicts all tasks for all candidates of some contexts, before calibration.
    ///
    /// What is computed of a context (its features, the keys and values of its history, its share of the
    /// first layers) is computed once for up to 512 of its candidates; scoring is one matrix product a
    /// layer and chunk. Memory: 4 bytes a candidate and task, and some MB a thread.
    ///
    /// - Returns: Shape `[candidates, tasks]`: probabilities, and expected seconds of durations.
    /// - Throws: `invalidData` when features or embeddings are not those of the schema.
    public func scores(of inputs: RankerInputs, threadCount: Int) throws(ModelError) -> Matrix {
        try inputs.check(schema)
        var candidates = RankerExamples()
        candidates.rows = (0..<Int32(inputs.candidateCount)).map { $0 }
        for context in 0..<inputs.contexts.count {
            let count =
                inputs.candidateOffsets[context + 1] - inputs.candidateOffsets[context]
            candidates.contexts += repeatElement(Int32(context), count: count)
        }
        var scores = logits(inputs, candidates, threadCount: threadCount)
        let tasks = schema.tasks.count
        scores.withMutableView { scores in
            parallelChunks(of: scores.rows, chunkSize: 4096, threadCount: threadCount) { _, rows in
                for row in rows {
                    for task in 0..<tasks {
                        scores.row(row)[task] = loss.prediction(task, scores.row(row)[task])
                    }
                }
            }
        }
        return scores
    }

    /// The logits of some candidates, shape `[candidates, tasks]`.
    func logits(
        _ inputs: RankerInputs, _ candidates: RankerExamples, threadCount: Int
    ) -> Matrix {
        Matrix(rows: candidates.count, columns: schema.tasks.count) { result in
            parameters.dense.withUnsafeBufferPointer { dense in
                // Scoring only reads.
                let pointers = ParameterPointers(
                    dense: UnsafeMutablePointer(mutating: dense.baseAddress!),
                    tables: parameters.tables.map(\.view))
                parallelLanes(threadCount: threadCount, count: candidates.count) { pass, range in
                    pass.load(candidates.rows[range], contexts: candidates.contexts[range])
                    pass.forward(pointers, dropout: nil, chunk: 0)
                    result.row(range.lowerBound).update(
                        from: pass.logits.base, count: range.count * result.columns)
                } makePass: {
                    RankerPass(architecture, standardisation, inputs)
                }
            }
        }
    }

    /// Works chunks of rows, each thread with memory of its own.
    private func parallelLanes(
        threadCount: Int, count: Int, _ body: @Sendable (RankerPass, Range<Int>) -> Void,
        makePass: @Sendable () -> RankerPass
    ) {
        let chunkCount = (count + Self.chunkSize - 1) / Self.chunkSize
        let lanes = min(threadCount, chunkCount)
        parallelFor(lanes, threadCount: threadCount) { lane in
            let pass = makePass()
            for chunk in stride(from: lane, to: chunkCount, by: lanes) {
                let start = chunk * Self.chunkSize
                body(pass, start..<min(start + Self.chunkSize, count))
            }
        }
    }

    public static func == (one: Ranker, other: Ranker) -> Bool {
        one.schema == other.schema && one.configuration == other.configuration
            && one.parameters == other.parameters && one.loss.scales == other.loss.scales
            && one.standardisation == other.standardisation && one.seed == other.seed
    }
}
