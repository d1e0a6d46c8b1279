import LinearAlgebra
public import NeuralNetwork

/// Numeric features of the items as they were known on each day.
///
/// An example of day d sees the features as of day d: what happened before it, not on it.
public struct NumericFeatures: Sendable, Equatable {
    /// What each column is, for messages and for the model's record.
    public let names: [String]
    /// The first day, in any count of days that `Sequences` shares.
    public let firstDay: Int32
    /// The number of days that follow one another.
    public let dayCount: Int
    /// The number of items.
    public let itemCount: Int
    /// The values, day by day, item by item: shape `[dayCount, itemCount, names.count]`.
    public let values: [Float]

    /// Features of every item on every day.
    ///
    /// - Throws: `invalidData` when the number of values does not match, or one is not finite.
    public init(
        names: [String], firstDay: Int32, dayCount: Int, itemCount: Int, values: [Float]
    ) throws(ModelError) {
        guard values.count == dayCount * itemCount * names.count else {
            throw ModelError(
                .invalidData,
                "\(values.count) numeric features for \(dayCount) days × \(itemCount) items"
                    + " × \(names.count)")
        }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw ModelError(
                .invalidData, "numeric feature \(names[index % names.count]) is not finite",
                hint: "Replace missing values before training, for example by the mean.")
        }
        self.names = names
        self.firstDay = firstDay
        self.dayCount = dayCount
        self.itemCount = itemCount
        self.values = values
    }

    /// The features as of one day, shape `[itemCount, names.count]`.
    public func matrix(day: Int32) -> Matrix {
        let range = offset(day: day)..<offset(day: day) + itemCount * names.count
        return Matrix(rows: itemCount, columns: names.count, elements: Array(values[range]))
    }

    /// Whether there are features as of a day.
    func covers(day: Int32) -> Bool { day >= firstDay && Int(day - firstDay) < dayCount }

    /// Where a day's values start.
    func offset(day: Int32) -> Int {
        precondition(covers(day: day), "day \(day) of features from day \(firstDay)")
        return Int(day - firstDay) * itemCount * names.count
    }
}

/// What the numbers that each tower reads are standardised with, stored with the model.
struct InputStandardisation: Codable, Sendable, Equatable {
    var users: Standardisation
    var items: Standardisation
}
