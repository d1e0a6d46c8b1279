/// What the world did wrong: data that cannot be trained on, a model that does not decode, a
/// training that diverged.
///
/// Programs match `code`; people read `message`, and `hint` when there is one.
public struct TwoTowerError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The dataset, or an input of the model, contradicts itself or is not finite.
        case invalidData = "invalid_data"
        /// The configuration has a value out of range.
        case invalidConfiguration = "invalid_configuration"
        /// The loss, a weight or an activation is not finite any more, or grew out of bounds.
        case diverged
        /// The artefact is damaged, cut short, or of another version.
        case corruptArtefact = "corrupt_artefact"
    }

    public let code: Code
    public let message: String
    public let hint: String?

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var description: String {
        hint.map { "\(message)\nHINT: \($0)" } ?? message
    }
}
