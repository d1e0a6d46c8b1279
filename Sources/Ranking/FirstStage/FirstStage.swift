import LinearAlgebra
public import NeuralNetwork

/// The light model that chooses which candidates the second stage sees.
///
/// It learns one thing: whether a candidate is among the best of its context by the second stage, from the
/// features that are cheap, the score of the two-tower among them. That is a ranker without attention
/// and with one small expert, so that training, scoring and bytes are those of `Ranker`.
public enum FirstStage {
    /// What it predicts: the probability of being kept.
    public static let task = RankerTask(name: "kept")

    /// A light ranker: no histories, one cross layer of low rank, one small expert.
    public static var configuration: RankerConfiguration {
        var configuration = RankerConfiguration()
        configuration.categoryDimension = 4
        configuration.contentDimension = 0
        configuration.attentionHeads = 0
        configuration.crossLayers = 1
        configuration.crossRank = 8
        configuration.expertCount = 1
        configuration.expertHiddenWidth = 32
        configuration.expertWidth = 16
        configuration.headWidth = 8
        configuration.epochs = 3
        configuration.hiddenDropout = 0
        return configuration
    }

    /// What it learns from: candidates of contexts that the second stage scored, all of them, kept and
    /// not.
    ///
    /// - Parameters:
    ///   - context: The columns of contexts.
    ///   - candidate: The columns of candidates.
    ///   - inputs: Contexts and candidates with these columns.
    ///   - values: What the second stage ranks by, a value for each candidate.
    ///   - keeping: Candidates that the second stage keeps of a context; equal values keep those that
    ///     come first.
    ///   - days: The day of each context.
    /// - Throws: `invalidData` when the parts do not agree or a value is not a number.
    public static func dataset(
        context: RankerColumns, candidate: RankerColumns, inputs: RankerInputs, values: [Float],
        keeping count: Int, days: [Int32]
    ) throws(ModelError) -> RankerDataset {
        precondition(count > 0, "\(count) candidates to keep")
        guard values.count == inputs.candidateCount else {
            throw ModelError(
                .invalidData, "\(values.count) values for \(inputs.candidateCount) candidates")
        }
        guard !values.contains(where: \.isNaN) else {
            throw ModelError(.invalidData, "a value of the second stage is not a number")
        }
        var labels = Matrix(rows: values.count, columns: 1)
        for index in 0..<inputs.contexts.count {
            let candidates = inputs.candidateOffsets[index]..<inputs.candidateOffsets[index + 1]
            for row in best(Array(values[candidates]), count) {
                labels[candidates.lowerBound + row, 0] = 1
            }
        }
        return try RankerDataset(
            schema: RankerSchema(
                context: context, candidate: candidate, embeddingWidth: 0, tasks: [task]),
            inputs: inputs, labels: labels, days: days)
    }

    /// How much of what the second stage would keep a first stage lets through: the mean over contexts of
    /// the share.
    ///
    /// - Parameters:
    ///   - scores: What the first stage ranks by, context by context.
    ///   - values: What the second stage ranks by.
    ///   - keeping: Candidates that the second stage keeps of a context, at most.
    ///   - passing: Candidates that the first stage lets through; of equal scores those that come first.
    /// - Returns: 1 without a context that has candidates.
    public static func keptShare(
        scores: [[Float]], values: [[Float]], keeping count: Int, passing length: Int
    ) -> Double {
        precondition(
            scores.map(\.count) == values.map(\.count), "scores of other candidates than values")
        let shares = zip(scores, values).compactMap { scores, values -> Double? in
            guard !values.isEmpty else { return nil }
            let passed = Set(best(scores, length))
            let kept = best(values, count)
            return Double(kept.count { passed.contains($0) }) / Double(kept.count)
        }
        return shares.isEmpty ? 1 : shares.reduce(0, +) / Double(shares.count)
    }

    /// The positions of the largest numbers, the first of equal ones first.
    private static func best(_ numbers: [Float], _ count: Int) -> ArraySlice<Int> {
        numbers.indices.sorted {
            numbers[$0] == numbers[$1] ? $0 < $1 : numbers[$0] > numbers[$1]
        }.prefix(count)
    }
}
