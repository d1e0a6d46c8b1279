/// Embeddings that cannot be indexed or searched with.
public struct VectorIndexError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong, for programs.
    public enum Code: String, Sendable {
        case notFinite, tooLarge, wrongDimension, invalidParameters, malformed
    }

    /// What went wrong, for programs.
    public let code: Code
    /// What went wrong, for people.
    public let message: String
    /// What to do about it.
    public let hint: String

    public var description: String { "\(message)\nHINT:  \(hint)" }

    static func notFinite(_ kind: String, row: Int) -> VectorIndexError {
        VectorIndexError(
            code: .notFinite, message: "\(kind) embedding \(row) is not finite",
            hint: "Check the model that produced it for divergence, then embed again.")
    }

    static func wrongDimension(_ kind: String, _ found: Int, expected: Int) -> VectorIndexError {
        VectorIndexError(
            code: .wrongDimension,
            message: "\(kind) embeddings have \(found) values, the index has \(expected)",
            hint: "Search with embeddings of the model that the items were embedded by.")
    }

    static func invalidParameters(_ message: String, hint: String) -> VectorIndexError {
        VectorIndexError(code: .invalidParameters, message: message, hint: hint)
    }

    static func malformed(_ message: String) -> VectorIndexError {
        VectorIndexError(
            code: .malformed, message: "inverted file is damaged: \(message)",
            hint: "Build the index again.")
    }

    static func tooLarge(_ kind: String, row: Int) -> VectorIndexError {
        VectorIndexError(
            code: .tooLarge,
            message: "\(kind) embedding \(row) is too large for single-precision scores",
            hint: "Scale embeddings so that the product of two norms stays below 1e37.")
    }
}
