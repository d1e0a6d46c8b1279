public import LinearAlgebra

/// The value of an item to a user: Σ weight × term, over the terms in their order.
///
/// A term is a number that says something about a user and an item: the probability of an action, or
/// an attribute of the item such as its popularity. Terms are stored in single precision and added up
/// in double precision in the order of their places, so that SQL gives the same bits:
///
/// ```sql
/// sum(t.weight * r.term::double precision order by t.place)
/// ```
///
/// ```swift
/// let model = try ValueModel(terms: [.init("like", weight: 0.5), .init("hide", weight: -43)])
/// model.value(of: [0.08, 0.001])
/// ```
public struct ValueModel: Hashable, Sendable {
    /// A term and what it is multiplied with.
    public struct Term: Hashable, Sendable {
        public let name: String
        public let weight: Double

        public init(_ name: String, weight: Double) {
            self.name = name
            self.weight = weight
        }
    }

    /// The terms, by place.
    public let terms: [Term]

    /// - Throws: `RankingRuleError` where a weight is not finite or a name stands twice.
    public init(terms: [Term]) throws {
        guard terms.allSatisfy({ $0.weight.isFinite }) else {
            throw RankingRuleError.invalidTerms(
                "the weight of a term is not finite", hint: "Give each term a finite weight.")
        }
        guard Set(terms.map(\.name)).count == terms.count else {
            throw RankingRuleError.invalidTerms(
                "a term has two weights", hint: "Name each term once.")
        }
        self.terms = terms
    }

    /// The value of one item.
    ///
    /// - Parameter row: One number per term, by place.
    public func value(of row: some Collection<Float>) -> Double {
        precondition(row.count == terms.count, "\(row.count) numbers for \(terms.count) terms")
        return zip(terms, row).reduce(0) { $0 + $1.0.weight * Double($1.1) }
    }

    /// The values of some items.
    ///
    /// - Parameter matrix: Shape `[items, terms]`.
    /// - Returns: One value for each row.
    public func values(of matrix: Matrix) -> [Double] {
        (0..<matrix.rows).map { value(of: matrix[row: $0]) }
    }

    /// The score of an item: its value times each of its multipliers, from left to right in double
    /// precision.
    public static func score(
        value: Double, multipliers: some Sequence<Float>
    ) -> Double {
        multipliers.reduce(value) { $0 * Double($1) }
    }
}
