import LinearAlgebra
public import NeuralNetwork

/// What each user engaged with, in order of time.
public struct Sequences: Sendable, Equatable {
    /// Where the events of each user start; one value more than users.
    public let offsets: [Int]
    /// The item of each event, user after user, oldest first.
    public let items: [Int32]
    /// The day of each event; never falls within a user.
    public let days: [Int32]
    /// The weight of each event as a training example; 0 makes it history only.
    public let weights: [Float]

    /// The number of users.
    public var userCount: Int { offsets.count - 1 }

    /// Sequences of all users.
    ///
    /// - Throws: `invalidData` when lengths contradict one another, days fall, an item is
    ///   negative, or a weight is negative or not finite.
    public init(
        offsets: [Int], items: [Int32], days: [Int32], weights: [Float]? = nil
    ) throws(ModelError) {
        let weights = weights ?? [Float](repeating: 1, count: items.count)
        guard days.count == items.count, weights.count == items.count else {
            throw ModelError(
                .invalidData,
                "\(items.count) events with \(days.count) days and \(weights.count) weights")
        }
        guard !offsets.isEmpty,
            isOffsets(offsets, rows: offsets.count - 1, total: items.count)
        else {
            throw ModelError(
                .invalidData, "offsets of the sequences do not rise from 0 to the event total")
        }
        guard items.allSatisfy({ $0 >= 0 }) else {
            throw ModelError(.invalidData, "sequences have a negative item index")
        }
        guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw ModelError(.invalidData, "an event weight is negative or not finite")
        }
        for user in 0..<offsets.count - 1 {
            let events = days[offsets[user]..<offsets[user + 1]]
            guard zip(events, events.dropFirst()).allSatisfy({ $0 <= $1 }) else {
                throw ModelError(
                    .invalidData, "events of a user are not in order of time",
                    hint: "Order the sequences by time before training.")
            }
        }
        self.offsets = offsets
        self.items = items
        self.days = days
        self.weights = weights
    }

    /// The events of one user.
    public func events(of user: Int) -> Range<Int> { offsets[user]..<offsets[user + 1] }

    /// The events of some ranges, each the sequence of one user, in the order given.
    ///
    /// - Precondition: Every range lies within the events of one user.
    public func slicing(_ ranges: [Range<Int>]) -> Sequences {
        Sequences(
            unchecked: ranges.reduce(into: [0]) { $0.append($0.last! + $1.count) },
            items: ranges.flatMap { items[$0] }, days: ranges.flatMap { days[$0] },
            weights: ranges.flatMap { weights[$0] })
    }

    init(
        unchecked offsets: [Int], items: [Int32] = [], days: [Int32] = [], weights: [Float] = []
    ) {
        self.offsets = offsets
        self.items = items
        self.days = days
        self.weights = weights
    }
}

extension Sequences {
    /// Asks for the items of some histories, and for the day of the event behind each: histories of
    /// a batch lie far from one another, and waiting for each in turn takes as long as pooling it.
    func prefetch(_ histories: some Sequence<Range<Int>>, _ kernels: Kernels) {
        items.withUnsafeBytes { items in
            days.withUnsafeBytes { days in
                let size = MemoryLayout<Int32>.stride
                for history in histories {
                    kernels.prefetch(
                        items.baseAddress! + history.lowerBound * size,
                        byteCount: history.count * size)
                    kernels.prefetch(days.baseAddress! + history.upperBound * size, byteCount: size)
                }
            }
        }
    }
}
