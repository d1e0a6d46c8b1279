public import NeuralNetwork

/// All that a two-tower is trained on: plain values, users and items as dense indexes.
public struct TwoTowerDataset: Sendable {
    /// The items.
    public let catalogue: Catalogue
    /// What is known of the items on each day, if anything.
    public let numericFeatures: NumericFeatures?
    /// What is known of the users.
    public let profiles: Profiles
    /// What the users engaged with.
    public let sequences: Sequences
    /// What the users were shown, if it is known.
    public let impressions: Impressions?
    /// Events from this day on are examples; those before are history only.
    public let firstExampleDay: Int32

    /// A dataset whose parts agree.
    ///
    /// - Throws: `invalidData` when they do not: an empty catalogue, another number of users or
    ///   items, an item beyond the catalogue, a day of an example without numeric features.
    public init(
        catalogue: Catalogue, numericFeatures: NumericFeatures? = nil, profiles: Profiles? = nil,
        sequences: Sequences, impressions: Impressions? = nil, firstExampleDay: Int32 = .min
    ) throws(ModelError) {
        let profiles = profiles ?? .none(userCount: sequences.userCount)
        guard catalogue.itemCount > 0 else {
            throw ModelError(
                .invalidData, "catalogue is empty", hint: "Import items before training.")
        }
        guard profiles.userCount == sequences.userCount else {
            throw ModelError(
                .invalidData,
                "profiles of \(profiles.userCount) users beside sequences of"
                    + " \(sequences.userCount)")
        }
        guard sequences.items.allSatisfy({ Int($0) < catalogue.itemCount }) else {
            throw ModelError(.invalidData, "sequences have an item beyond the catalogue")
        }
        if let impressions {
            guard impressions.userCount == sequences.userCount else {
                throw ModelError(
                    .invalidData,
                    "impressions of \(impressions.userCount) users beside sequences of"
                        + " \(sequences.userCount)")
            }
            guard impressions.items.allSatisfy({ Int($0) < catalogue.itemCount }) else {
                throw ModelError(.invalidData, "impressions have an item beyond the catalogue")
            }
        }
        if let features = numericFeatures {
            guard features.itemCount == catalogue.itemCount else {
                throw ModelError(
                    .invalidData,
                    "numeric features of \(features.itemCount) items beside a catalogue of"
                        + " \(catalogue.itemCount)")
            }
            for (day, weight) in zip(sequences.days, sequences.weights)
            where day >= firstExampleDay && weight > 0 && !features.covers(day: day) {
                throw ModelError(
                    .invalidData, "no numeric features as of a day that has examples",
                    hint: "Compute features for every day from firstExampleDay on.")
            }
        }
        self.catalogue = catalogue
        self.numericFeatures = numericFeatures
        self.profiles = profiles
        self.sequences = sequences
        self.impressions = impressions
        self.firstExampleDay = firstExampleDay
    }
}
