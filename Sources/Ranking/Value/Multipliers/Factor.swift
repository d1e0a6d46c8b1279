/// What the factor of a rule does to a value.
///
/// A rule says by which factor an item is demoted (below 1) or lifted (above 1). A value can be
/// negative, where it is more likely that an item is hidden than liked; there the factor divides, or
/// a demotion would lift the item. So the multiplier of an item is the factor where its value is not
/// negative and its reciprocal where it is, and
///
///     score = value × Π multipliers
///
/// holds for both. Both numbers are of single precision; SQL gives the same bits:
///
/// ```sql
/// case when value < 0 then 1::real / factor else factor end
/// ```
public enum Factor {
    /// The multiplier that a factor makes for an item of some value.
    @inlinable
    public static func multiplier(_ factor: Float, value: Double) -> Float {
        value < 0 ? 1 / factor : factor
    }
}

/// The factors that a rule may give beside 0, which removes the item: those whose products and
/// reciprocals stay finite.
enum FactorRange {
    static let smallest: Float = 1e-6
    static let largest: Float = 1e6
    static let text = "0.000001 to 1000000"

    static func contains(_ factor: Float) -> Bool { factor >= smallest && factor <= largest }
}
