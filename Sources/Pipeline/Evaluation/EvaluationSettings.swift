/// How models are measured.
public struct EvaluationSettings: Codable, Sendable, Equatable {
    /// Users with fewer different positives among what is learned are left out.
    public var minimumPositives = 5
    /// Length of the lists for recall and hit rate.
    public var recallCutoff = 50
    /// Length of the lists for all other measures.
    public var rankingCutoff = 20
    /// Whether a user's learned positives are taken out of the lists.
    public var excludesKnown = true
    /// Resamples behind each interval.
    public var bootstrapReplicates = 1000

    public init() {}

    /// Length of the lists that are judged.
    var listLength: Int { max(recallCutoff, rankingCutoff) }
}
