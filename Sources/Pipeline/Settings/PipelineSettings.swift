import Foundation
import Postgres

/// What all steps of a job agree on: which events count, and over which time.
public struct PipelineSettings: Codable, Sendable, Equatable {
    /// Actions that count as positive; names of `source.actions` with a label weight above 0.
    public var positiveActions = [
        "like", "comment", "follow", "forward", "save", "long_view", "purchase",
    ]
    /// Attributes of users that make up their profile, as categories.
    public var profileAttributes: [String] = []
    /// Attributes of users that the towers read as numbers.
    public var profileNumbers: [String] = []
    /// Vectors of `source.item_contents` that the towers read, each as `modality/encoder`.
    public var contentEncoders: [String] = []
    /// Days back from the date that a history reaches.
    public var historyDays = 365
    /// Positives kept in a history; the towers read the newest of them, exclusion does not stop there.
    public var historyLength = 500
    /// Of the places of a longer history, the share that goes to the strongest of the older positives:
    /// what was liked often, by weighty actions, or of creators whom the user comes back to.
    public var historyStrongestShare = 0.2
    /// Newest items read for training of those that a user was shown without engaging; 0 for none.
    /// Reading them takes a scan of the interactions; `impression_negatives` of the towers draws from them.
    public var impressionLength = 0
    /// Days before the date for which item snapshots are kept: with daily item numbers, older events
    /// are no training examples.
    public var snapshotDays = 28
    /// Impressions at the overall rate that are added to those of each item and user when smoothing.
    public var priorStrength = 20
    /// Days before the date that count for popularity.
    public var popularityDays = 7
    /// How what is measured is kept apart from what is learned.
    public var `protocol` = EvaluationProtocol.timeSplit
    /// Which part is held out: the test, or a validation before it to choose settings by.
    public var heldOut = HeldOutPart.test
    /// Last days that are held out to measure the model, where the protocol is a time split.
    public var holdoutDays = 7
    /// Whether the towers read the numeric features of items.
    public var itemNumbers = ItemNumbers.daily
    /// Which models the train step trains.
    public var models = [ModelPurpose.evaluation, .serving]
    /// Whether models start from those of the champion instead of random parameters.
    public var warmStart = false
    /// Minutes between two checkpoints of a training; 0 for none.
    public var checkpointMinutes = 10.0
    /// Newest items of a history that say which items are liked together.
    public var neighbourHistory = 50
    /// Items kept as liked together with each item.
    public var neighbourCount = 50
    /// Days of exposures, the last before the split, that the ranker which is evaluated learns from; the one
    /// that serves learns from the days held out. 0 for no ranker.
    public var rankerDays = 7
    /// What the ranker predicts: names of actions, and `watch_time`.
    public var rankerTasks = [
        "click", "like", "comment", "forward", "follow", "long_view", "hide", "watch_time",
    ]
    /// Candidates of a user that are valued, at most: the best of those that sources propose.
    public var secondStageCandidates = 300
    /// Length of the published lists.
    public var listLength = 100
    /// Popular items kept for those without a list.
    public var fallbackLength = 200
    /// Seed of everything random.
    public var seed = 1
    /// Threads at work; 0 for one per processor. Results do not depend on it.
    public var threads = 0

    public init() {}

    /// The binds of parameters that scripts share, as of a date.
    func arguments(asOf date: PostgresDate) -> [String: Bind] {
        [
            "as_of_date": Bind(date),
            "positive_actions": Bind(positiveActions),
            "profile_attributes": Bind(profileAttributes),
            "profile_numbers": Bind(profileNumbers),
            "content_encoders": Bind(contentEncoders),
            "history_days": Bind(Int32(historyDays)),
            "history_length": Bind(Int32(historyLength)),
            "strongest_length": Bind(Int32(Double(historyLength) * historyStrongestShare)),
            "impression_length": Bind(Int32(impressionLength)),
            "prior_strength": Bind(Int32(priorStrength)),
            "popularity_days": Bind(Int32(popularityDays)),
            "fallback_length": Bind(Int32(fallbackLength)),
            "neighbour_history": Bind(Int32(neighbourHistory)),
            "neighbour_count": Bind(Int32(neighbourCount)),
        ]
    }

    /// Threads at work, at least one.
    var threadCount: Int {
        threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount
    }

    /// The same settings under a protocol, with what it cannot be without.
    func under(_ protocol: EvaluationProtocol) -> PipelineSettings {
        var settings = self
        settings.protocol = `protocol`
        guard `protocol` == .leaveOneOut else { return settings }
        // Counts as of a day hold the event that is left out on that day.
        settings.itemNumbers = .none
        // What is left out was shown too, and would be the one item shown that is no negative.
        settings.impressionLength = 0
        return settings
    }

    /// The dates as of which towers read users, ascending: that of the evaluation model and the run's.
    func userSnapshotDates(for date: PostgresDate) -> [PostgresDate] {
        Set([split(for: date).asOfDate, date]).sorted()
    }

    /// The days whose exposures rankers learn from or are measured on, in a run for a date: those
    /// before the split and those held out, each as a user was at its start. None without a ranker.
    func rankerDates(
        for date: PostgresDate
    ) -> (learnedBefore: Range<PostgresDate>, heldOut: Range<PostgresDate>)? {
        let split = split(for: date)
        guard rankerDays > 0, !rankerTasks.isEmpty, split.isByTime, models.contains(.evaluation)
        else { return nil }
        let start = split.asOfDate
        return (start.advanced(by: -rankerDays)..<start, start..<date)
    }
}

/// The numeric features of items that the towers read.
public enum ItemNumbers: String, CaseIterable, Codable, Sendable {
    /// Those of `sql/features/item_numbers.sql` as of the day of each example.
    case daily
    /// None. Examples are then not bound to the days that have snapshots.
    case none
}

/// What a model is trained for.
public enum ModelPurpose: String, Codable, Sendable {
    /// To be read by the ranker that is measured: without the days that this learns from.
    case base
    /// To be measured: without what is held out.
    case evaluation
    /// To recommend: on everything known.
    case serving
}
