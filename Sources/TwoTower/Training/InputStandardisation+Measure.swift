import NeuralNetwork

extension InputStandardisation {
    /// Examples whose users are measured, at most: a mean of so many is certain to a hundredth of a
    /// deviation.
    private static let sampleSize = 1 << 16

    /// Measures the numbers of items on the days that have examples, and those of users in an even
    /// sample of the examples.
    init(
        _ dataset: TwoTowerDataset, _ examples: Examples, _ configuration: TwoTowerConfiguration
    ) {
        let features = dataset.numericFeatures
        let firstValue = features?.offset(day: examples.groups[0].day) ?? 0
        items = Standardisation(
            of: features?.values[firstValue...] ?? [], columns: features?.names.count ?? 0)

        let numbers = UserNumbers(
            kinds: configuration.historyNumbers, historyLength: configuration.historyLength,
            catalogue: dataset.catalogue, sequences: dataset.sequences, profiles: dataset.profiles)
        let sequences = dataset.sequences
        let step = (examples.count + Self.sampleSize - 1) / Self.sampleSize
        var values: [Float] = []
        var row = [Float](repeating: 0, count: max(numbers.count, 1))
        for example in examples.groups.lazy.flatMap(\.examples).enumerated()
            .filter({ $0.offset % step == 0 }).map(\.element)
        {
            let (user, event) = (Int(example.user), Int(example.event))
            numbers.write(
                user, events: sequences.offsets[user]..<event, day: sequences.days[event], to: &row)
            values += row.prefix(numbers.count)
        }
        users = Standardisation(of: values[...], columns: numbers.count)
    }
}
