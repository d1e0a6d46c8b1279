/// Categorical columns of the users.
public struct Profiles: Sendable, Equatable {
    /// The number of users.
    public let userCount: Int
    /// The number of categories of each column.
    public let cardinalities: [Int]
    /// The category of each user in each column, or −1: shape `[userCount, cardinalities.count]`.
    public let codes: [Int32]

    /// Profiles of all users.
    ///
    /// - Throws: `invalidData` when the number of codes does not match, or one is out of range.
    public init(userCount: Int, cardinalities: [Int], codes: [Int32]) throws(TwoTowerError) {
        guard codes.count == userCount * cardinalities.count else {
            throw TwoTowerError(
                .invalidData,
                "\(codes.count) profile codes for \(userCount) users × \(cardinalities.count)")
        }
        for (index, code) in codes.enumerated()
        where code < -1 || Int(code) >= cardinalities[index % cardinalities.count] {
            throw TwoTowerError(
                .invalidData,
                "profile column \(index % cardinalities.count) has a code out of range")
        }
        self.userCount = userCount
        self.cardinalities = cardinalities
        self.codes = codes
    }

    /// Profiles without columns.
    public static func none(userCount: Int) -> Profiles {
        Profiles(unchecked: userCount)
    }

    private init(unchecked userCount: Int) {
        self.userCount = userCount
        cardinalities = []
        codes = []
    }
}
