/// A value model, a rule or candidates that cannot be ranked with.
public struct RankingRuleError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong, for programs.
    public enum Code: String, Sendable {
        case invalidTerms, invalidParameter, unreadableParameters, unknownRule, conflictingRules
        case missingAttribute, notFinite, invalidMultiplier, duplicateItem
    }

    /// What went wrong, for programs.
    public let code: Code
    /// What went wrong, for people.
    public let message: String
    /// What to do about it.
    public let hint: String

    public var description: String { "\(message)\nHINT:  \(hint)" }

    static func invalidTerms(_ message: String, hint: String) -> RankingRuleError {
        RankingRuleError(code: .invalidTerms, message: message, hint: hint)
    }

    static func invalidParameter(
        _ parameter: String, of rule: String, allowed: String
    ) -> RankingRuleError {
        RankingRuleError(
            code: .invalidParameter, message: "\(parameter) of \(rule) is out of range",
            hint: "It must be \(allowed).")
    }

    static func unreadableParameters(of rule: String, keys: [String]) -> RankingRuleError {
        RankingRuleError(
            code: .unreadableParameters, message: "the parameters of \(rule) cannot be read",
            hint: keys.isEmpty
                ? "Give a JSON object with every parameter of the rule and nothing else."
                : "Check \(keys.joined(separator: ", ")): every parameter is needed, and no other.")
    }

    static let unknownRule = RankingRuleError(
        code: .unknownRule, message: "a re-rank rule has a name that is not known",
        hint: "The rules are \(RerankRules.names.joined(separator: ", ")).")

    static func conflictingRules(_ kind: String) -> RankingRuleError {
        RankingRuleError(
            code: .conflictingRules, message: "more than one \(kind) rule is given",
            hint: "Enable one of them.")
    }

    static func missingAttribute(_ attribute: String, for rule: String) -> RankingRuleError {
        RankingRuleError(
            code: .missingAttribute, message: "\(rule) needs the \(attribute) of items",
            hint: "Load them, or disable the rule.")
    }

    static func notFinite(row: Int) -> RankingRuleError {
        RankingRuleError(
            code: .notFinite, message: "the value of candidate \(row) is not finite",
            hint: "Check the model behind its terms for divergence.")
    }

    static func invalidMultiplier(row: Int) -> RankingRuleError {
        RankingRuleError(
            code: .invalidMultiplier, message: "a factor of candidate \(row) is out of range",
            hint: "A factor is 0, or in \(FactorRange.text).")
    }

    static func duplicateItem(row: Int) -> RankingRuleError {
        RankingRuleError(
            code: .duplicateItem, message: "candidate \(row) repeats an item",
            hint: "Merge the sources of a user before ranking.")
    }
}
