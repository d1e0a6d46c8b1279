/// What is wrong with the files of the catalogue, or with how they are used.
public struct CatalogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line.
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
