public import LinearAlgebra

/// The factors of the rules that do not depend on what else stands in a list.
///
/// A rule says its factor for an item, for pairs of a user and an item, or for pairs of a user and a
/// creator; where it says nothing the factor is 1, or what it gives the others.
public struct CandidateFactors: Sendable {
    /// Factors of one rule.
    public enum Rule: Sendable {
        /// One for each item.
        case items([Float])
        /// For each user some items, ascending, and their factors in the order of all pairs.
        case pairs(IndexLists, [Float])
        /// For each user some creators, ascending, their factors, and that of all other creators. An
        /// item without a creator has 1.
        case creators(IndexLists, [Float], others: Float)
    }

    /// The rules by name, in the order of the columns.
    public let rules: [(name: String, rule: Rule)]
    /// The creator of each item, −1 where nobody knows.
    private let creators: [Int32]

    /// - Parameter creators: By item.
    public init(_ rules: [(name: String, rule: Rule)], creators: [Int32]) {
        for (name, rule) in rules {
            switch rule {
            case .items(let factors):
                precondition(
                    factors.count == creators.count,
                    "\(name): \(factors.count) factors for \(creators.count) items")
            case .pairs(let lists, let factors), .creators(let lists, let factors, _):
                precondition(
                    factors.count == lists.values.count,
                    "\(name): \(factors.count) factors for \(lists.values.count) pairs")
            }
        }
        self.rules = rules
        self.creators = creators
    }

    /// The factors of a user's candidates.
    ///
    /// - Parameter user: The row of the user in the lists of the rules; nil for one of whom the rules
    ///   that know users say nothing.
    /// - Returns: Shape `[items, rules]`.
    public func factors(of items: [UInt32], user: Int?) -> Matrix {
        var result = Matrix(rows: items.count, columns: rules.count, repeating: 1)
        for (column, entry) in rules.enumerated() {
            for (row, item) in items.enumerated() {
                result[row, column] = factor(entry.rule, Int(item), user)
            }
        }
        return result
    }

    private func factor(_ rule: Rule, _ item: Int, _ user: Int?) -> Float {
        switch rule {
        case .items(let factors): return factors[item]
        case .pairs(let lists, let factors):
            guard let user else { return 1 }
            return lists.position(of: UInt32(item), row: user).map { factors[$0] } ?? 1
        case .creators(let lists, let factors, let others):
            guard let user, creators[item] >= 0 else { return 1 }
            return lists.position(of: UInt32(creators[item]), row: user).map { factors[$0] }
                ?? others
        }
    }
}

extension IndexLists {
    /// The position, among all values, of a value in an ascending row; nil where it is not there.
    func position(of value: UInt32, row: Int) -> Int? {
        var (low, high) = (offsets[row], offsets[row + 1])
        let end = high
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low < end && values[low] == value ? low : nil
    }
}
