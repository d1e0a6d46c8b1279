/// What the world did wrong: data that cannot be learned from or scored, a model that does not decode, a
/// training that diverged.
///
/// Programs match `code`; people read `message`, and `hint` when there is one.
public struct ModelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of thing went wrong.
    public enum Code: String, Sendable {
        /// The dataset, or an input of the model, contradicts itself or the model, or is not finite.
        case invalidData = "invalid_data"
        /// The configuration has a value out of range.
        case invalidConfiguration = "invalid_configuration"
        /// The loss, a parameter or an activation is not finite any more, or grew out of bounds.
        case diverged
        /// The artefact, or checkpoint, is damaged, cut short, or of another version.
        case corruptArtefact = "corrupt_artefact"
        /// The model to start from is built otherwise than the configuration asks for.
        case incompatibleModel = "incompatible_model"
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
