/// Why a text cannot be read to its end.
public struct DelimitedTextError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The file does not exist, is a folder, or may not be read.
        case unreadable
        /// Compressed data end before they should.
        case truncated
        /// Compressed data are damaged, or something else follows them.
        case corrupt
        /// The first record, which should name the columns, has a fault or names one twice.
        case badHeader
    }

    public var code: Code
    public var message: String
    public var hint: String?

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var description: String {
        hint.map { "\(message)\nHINT:  \($0)" } ?? message
    }
}
