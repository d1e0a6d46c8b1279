/// Why an import did not happen, or was taken back.
public struct ImportError: Error, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The request makes no sense as it stands.
        case badRequest
        /// The mapping names a column that the input lacks, or an action that is not known.
        case mappingDoesNotFit
        /// More records were refused than allowed; nothing was loaded.
        case tooManyRejects
    }

    public var code: Code
    public var message: String
    public var hint: String?
    /// What had been read, for `tooManyRejects`.
    public var summary: ImportSummary?

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var description: String {
        hint.map { "\(message)\nHINT:  \($0)" } ?? message
    }
}
