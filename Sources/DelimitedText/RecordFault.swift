/// What is wrong with a record; the records after it are read all the same.
public enum RecordFault: String, Hashable, Sendable, CaseIterable {
    /// Longer than ``DelimitedFormat/maximumRecordLength``.
    case recordTooLong = "record_too_long"
    /// A quoted field does not end before the text does, or before the longest record would.
    case unterminatedQuote = "unterminated_quote"
    /// Something other than a delimiter or a line end follows a closing quote.
    case malformedQuote = "malformed_quote"
    /// Has a NUL byte, which PostgreSQL cannot keep in text.
    case nulByte = "nul_byte"
    /// Not UTF-8.
    case badEncoding = "bad_encoding"
    case tooFewColumns = "too_few_columns"
    case tooManyColumns = "too_many_columns"
}
