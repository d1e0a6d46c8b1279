public import LinearAlgebra

/// The candidates of one user, each item once.
public struct CandidateList: Sendable {
    /// Item indexes.
    public var items: [UInt32]
    /// The source that each is attributed to.
    public var sources: [Int16]
    /// The terms of their values, shape `[candidates, terms]`.
    public var terms: Matrix
    /// The factors of the rules that do not depend on the order, shape `[candidates, rules]`; an item
    /// with a factor of 0 is not shown.
    public var factors: Matrix
    /// The random draws of exploration, shape `[candidates, slots]`: ``Reranker/draws(for:of:)``.
    public var draws: Matrix

    /// - Parameters:
    ///   - factors: None when nil.
    ///   - draws: None when nil.
    /// - Precondition: Everything has one row per candidate.
    public init(
        items: [UInt32], sources: [Int16], terms: Matrix, factors: Matrix? = nil,
        draws: Matrix? = nil
    ) {
        let none = Matrix(rows: items.count, columns: 0)
        self.items = items
        self.sources = sources
        self.terms = terms
        self.factors = factors ?? none
        self.draws = draws ?? none
        checkShapes()
    }

    /// The number of candidates.
    public var count: Int { items.count }

    func checkShapes() {
        precondition(
            [sources.count, terms.rows, factors.rows, draws.rows].allSatisfy { $0 == items.count },
            "\(items.count) items, \(sources.count) sources, terms \(terms.shape), "
                + "factors \(factors.shape), draws \(draws.shape)")
    }
}
