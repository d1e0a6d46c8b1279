import Ranking

/// What the second stage predicts, and the terms that come of it.
struct FunnelTasks: Sendable {
    /// The tasks of the ranker; none without one.
    let names: [String]
    /// The positions of those that are positive actions of the job.
    private let positives: [Int]

    init(_ names: [String], _ settings: PipelineSettings) {
        self.names = names
        positives = names.indices.filter { settings.positiveActions.contains(names[$0]) }
    }

    /// The tasks, then ``Engagement/name`` where one of them is a positive action.
    var termNames: [String] { names + (positives.isEmpty ? [] : [Engagement.name]) }

    /// The terms of a candidate, in that order.
    func terms(affinity: Float, predictions: ArraySlice<Float>) -> [Float] {
        guard !positives.isEmpty else { return Array(predictions) }
        let probabilities = positives.lazy.map { predictions[predictions.startIndex + $0] }
        return predictions + [Engagement.term(affinity: affinity, probabilities: probabilities)]
    }
}
