import LinearAlgebra
public import NeuralNetwork

/// Contexts and their candidates: all that a ranker reads to score.
///
/// A context is a user on a day, or in a session; what is computed of it is shared by its candidates.
/// Embeddings are rows of a matrix that is not learned here, such as the items of a two-tower.
public struct RankerInputs: Sendable {
    /// The features of each context.
    public let contexts: RankerFeatures
    /// The row of `embeddings` of each event of a context's history, oldest first.
    public let histories: IndexLists
    /// Where the candidates of each context start; one value more than contexts.
    public let candidateOffsets: [Int]
    /// The features of each candidate, context after context.
    public let candidates: RankerFeatures
    /// The row of `embeddings` of each candidate, or −1 for none.
    public let candidateRows: [Int32]
    /// Embeddings, shape `[any, embeddingWidth]`.
    public let embeddings: Matrix

    /// The number of candidates of all contexts.
    public var candidateCount: Int { candidates.count }

    /// Inputs whose parts agree.
    ///
    /// - Throws: `invalidData` when they do not: other numbers of rows, offsets that fall, a row beyond
    ///   the embeddings, an embedding that is not finite.
    public init(
        contexts: RankerFeatures, histories: IndexLists, candidateOffsets: [Int],
        candidates: RankerFeatures, candidateRows: [Int32], embeddings: Matrix
    ) throws(ModelError) {
        guard histories.count == contexts.count else {
            throw ModelError(
                .invalidData, "\(histories.count) histories for \(contexts.count) contexts")
        }
        guard candidateOffsets.count == contexts.count + 1, candidateOffsets.first == 0,
            candidateOffsets.last == candidates.count,
            zip(candidateOffsets, candidateOffsets.dropFirst()).allSatisfy({ $0 <= $1 })
        else {
            throw ModelError(
                .invalidData, "offsets of candidates do not rise from 0 to their total")
        }
        guard candidateRows.count == candidates.count else {
            throw ModelError(
                .invalidData,
                "\(candidateRows.count) embedding rows for \(candidates.count) candidates")
        }
        guard candidateRows.allSatisfy({ $0 >= -1 && Int($0) < embeddings.rows }),
            histories.values.allSatisfy({ Int($0) < embeddings.rows })
        else {
            throw ModelError(
                .invalidData, "a candidate or history names a row beyond the embeddings")
        }
        guard embeddings.elements.allSatisfy(\.isFinite) else {
            throw ModelError(.invalidData, "an embedding is not finite")
        }
        self.contexts = contexts
        self.histories = histories
        self.candidateOffsets = candidateOffsets
        self.candidates = candidates
        self.candidateRows = candidateRows
        self.embeddings = embeddings
    }

    /// Refuses inputs of other columns than a schema has.
    func check(_ schema: RankerSchema) throws(ModelError) {
        guard contexts.matches(schema.context), candidates.matches(schema.candidate) else {
            throw ModelError(
                .invalidData, "features have other columns than the ranker",
                hint: "Pass the columns of the ranker's schema, in its order.")
        }
        guard schema.embeddingWidth == 0 || embeddings.columns == schema.embeddingWidth else {
            throw ModelError(
                .invalidData,
                "embeddings are \(embeddings.columns) wide, the ranker's \(schema.embeddingWidth)",
                hint: "Pass the embeddings of the space that it was trained on, or train again.")
        }
    }
}
