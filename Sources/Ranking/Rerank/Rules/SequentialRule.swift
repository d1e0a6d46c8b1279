/// A rule at work on the candidates of a user, whose factors depend on what was chosen before.
protocol SequentialRule {
    /// The factor of each candidate, were it chosen next. In (0, 1], so that a rule only demotes.
    var factors: [Float] { get }

    /// Learns that a candidate has been given the next place.
    ///
    /// - Parameter remaining: The candidates that may still be chosen; the factors of others are not
    ///   read any more.
    mutating func choose(_ row: Int, remaining: [Int])
}
