public import NeuralNetwork

/// Categorical and numeric columns of the users.
public struct Profiles: Sendable, Equatable {
    /// The number of users.
    public let userCount: Int
    /// The number of categories of each column.
    public let cardinalities: [Int]
    /// The category of each user in each column, or −1: shape `[userCount, cardinalities.count]`.
    public let codes: [Int32]
    /// What each numeric column is, for messages and for the model's record.
    public let numberNames: [String]
    /// The numbers of each user, NaN where not known: shape `[userCount, numberNames.count]`.
    public let numbers: [Float]

    /// Profiles of all users.
    ///
    /// - Throws: `invalidData` when the number of codes or numbers does not match, a code is out of
    ///   range, or a number infinite.
    public init(
        userCount: Int, cardinalities: [Int], codes: [Int32], numberNames: [String] = [],
        numbers: [Float] = []
    ) throws(ModelError) {
        guard codes.count == userCount * cardinalities.count else {
            throw ModelError(
                .invalidData,
                "\(codes.count) profile codes for \(userCount) users × \(cardinalities.count)")
        }
        for (index, code) in codes.enumerated()
        where code < -1 || Int(code) >= cardinalities[index % cardinalities.count] {
            throw ModelError(
                .invalidData,
                "profile column \(index % cardinalities.count) has a code out of range")
        }
        guard numbers.count == userCount * numberNames.count else {
            throw ModelError(
                .invalidData,
                "\(numbers.count) profile numbers for \(userCount) users × \(numberNames.count)")
        }
        if let index = numbers.firstIndex(where: \.isInfinite) {
            throw ModelError(
                .invalidData, "profile number \(numberNames[index % numberNames.count]) is infinite"
            )
        }
        self.userCount = userCount
        self.cardinalities = cardinalities
        self.codes = codes
        self.numberNames = numberNames
        self.numbers = numbers
    }

    /// The users of some rows, in the order given.
    public func selecting(_ rows: [Int]) -> Profiles {
        let (columns, numberColumns) = (cardinalities.count, numberNames.count)
        return Profiles(
            unchecked: rows.count, cardinalities: cardinalities,
            codes: rows.flatMap { codes[$0 * columns..<($0 + 1) * columns] },
            numberNames: numberNames,
            numbers: rows.flatMap { numbers[$0 * numberColumns..<($0 + 1) * numberColumns] })
    }

    /// The same users with some of the numeric columns, in the order asked for.
    ///
    /// - Throws: `invalidData` when one is missing.
    func selectingNumbers(_ names: [String]) throws(ModelError) -> Profiles {
        if names == numberNames { return self }
        var columns: [Int] = []
        for name in names {
            guard let column = numberNames.firstIndex(of: name) else {
                throw ModelError(
                    .invalidData, "model needs the profile number \(name)",
                    hint: "Give it the numbers that it was trained with, or train again.")
            }
            columns.append(column)
        }
        return try Profiles(
            userCount: userCount, cardinalities: cardinalities, codes: codes, numberNames: names,
            numbers: (0..<userCount).flatMap { user in
                columns.map { numbers[user * numberNames.count + $0] }
            })
    }

    /// Profiles without columns.
    public static func none(userCount: Int) -> Profiles {
        Profiles(unchecked: userCount)
    }

    private init(
        unchecked userCount: Int, cardinalities: [Int] = [], codes: [Int32] = [],
        numberNames: [String] = [], numbers: [Float] = []
    ) {
        self.userCount = userCount
        self.cardinalities = cardinalities
        self.codes = codes
        self.numberNames = numberNames
        self.numbers = numbers
    }
}
