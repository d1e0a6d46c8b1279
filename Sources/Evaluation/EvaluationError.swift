/// Input that cannot be evaluated.
public struct EvaluationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong, for programs.
    public enum Code: String, Sendable {
        case duplicateItem, unknownItem, duplicateTruth, differentUsers, lengthMismatch
    }

    /// What went wrong, for programs.
    public let code: Code
    /// What went wrong, for people.
    public let message: String
    /// What to do about it.
    public let hint: String

    public var description: String { "\(message)\nHINT:  \(hint)" }

    static func duplicateItem(row: Int) -> EvaluationError {
        EvaluationError(
            code: .duplicateItem, message: "ranked list of row \(row) names an item twice",
            hint: "Remove repeated items before evaluating, keeping the best rank.")
    }

    static func unknownItem(row: Int, itemCount: Int) -> EvaluationError {
        EvaluationError(
            code: .unknownItem,
            message: "row \(row) names an item outside the catalogue of \(itemCount) items",
            hint: "Use dense item indexes from 0 to the number of items less one.")
    }

    static func duplicateTruth(row: Int) -> EvaluationError {
        EvaluationError(
            code: .duplicateTruth, message: "truth of row \(row) names an item twice",
            hint: "Pass the distinct items of each user.")
    }

    static let differentUsers = EvaluationError(
        code: .differentUsers, message: "evaluations cover different users or metrics",
        hint: "Evaluate both models on the same rows with the same metrics.")

    static func lengthMismatch(_ what: String, _ count: Int, expected: Int) -> EvaluationError {
        EvaluationError(
            code: .lengthMismatch, message: "\(count) \(what) for \(expected) rows",
            hint: "Pass one for each row.")
    }
}
