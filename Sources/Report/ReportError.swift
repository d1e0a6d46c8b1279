import Postgres

/// Why a report could not be made.
public struct ReportError: Error, CustomStringConvertible, Equatable {
    /// What is wrong.
    public let message: String
    /// What to do.
    public let hint: String

    init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }

    public var description: String { "\(message)\nHINT:  \(hint)" }
}
