/// What stops a step, in words.
public struct PipelineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line, without values of the data.
    public var message: String
    /// What to do, as a sentence.
    public var hint: String?

    public init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }

    public var description: String {
        hint.map { "\(message)\nHINT:  \($0)" } ?? message
    }
}
