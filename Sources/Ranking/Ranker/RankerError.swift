/// What the world did wrong: data that cannot be ranked or trained on, a model that does not decode,
/// a training that diverged.
///
/// Programs match `code`; people read `message`, and `hint` when there is one.
public struct RankerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of thing went wrong.
    public enum Code: String, Sendable {
        /// The data contradicts itself or the model, or is not finite.
        case invalidData = "invalid_data"
        /// The configuration has a value out of range.
        case invalidConfiguration = "invalid_configuration"
        /// The loss or a parameter is not finite any more.
        case diverged
        /// The artefact is damaged, cut short, or of another version.
        case corruptArtefact = "corrupt_artefact"
    }

    /// For programs.
    public let code: Code
    /// One factual line, without values of the data.
    public let message: String
    /// What to do about it, as a sentence.
    public let hint: String?

    /// An error; the hint is optional.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The message, and the hint on a line of its own.
    public var description: String {
        hint.map { "\(message)\nHINT: \($0)" } ?? message
    }
}
