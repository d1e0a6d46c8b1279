internal import DelimitedText

/// Why a record is refused: the `reason` of `source.rejected_rows`.
public enum RejectReason: String, Hashable, Sendable, CaseIterable {
    case wrongType = "wrong_type"
    case numberOutOfRange = "number_out_of_range"
    /// NaN or infinite.
    case notFinite = "not_finite"
    /// A column that every row must fill is empty: an id, a moment, an action.
    case missingValue = "missing_value"
    case unknownAction = "unknown_action"
    case timeOutOfRange = "time_out_of_range"
    case unknownUser = "unknown_user"
    case unknownItem = "unknown_item"
    /// The same id and `known_at` stood in the load before, with other content.
    case conflictingRow = "conflicting_row"
    case recordTooLong = "record_too_long"
    case unterminatedQuote = "unterminated_quote"
    case malformedQuote = "malformed_quote"
    case nulByte = "nul_byte"
    case badEncoding = "bad_encoding"
    case tooFewColumns = "too_few_columns"
    case tooManyColumns = "too_many_columns"
}

/// What is wrong with one row, in words without its values.
struct RowFault: Error, Hashable {
    var reason: RejectReason
    var detail: String

    init(_ reason: RejectReason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    /// The fault of a record that could not be cut into fields.
    init(_ fault: RecordFault, fieldCount: Int, columnCount: Int?, maximumLength: Int) {
        switch fault {
        case .recordTooLong:
            self.init(
                .recordTooLong,
                "The record is longer than \(maximumLength) bytes, or has a quote without an end.")
        case .unterminatedQuote:
            self.init(.unterminatedQuote, "A quoted field has no closing quote.")
        case .malformedQuote:
            self.init(
                .malformedQuote, "A closing quote is followed by something other than a delimiter.")
        case .nulByte:
            self.init(.nulByte, "The record has a NUL byte.")
        case .badEncoding:
            self.init(.badEncoding, "The record is not UTF-8.")
        case .tooFewColumns:
            let expected = columnCount.map { " instead of \($0)" } ?? ""
            self.init(.tooFewColumns, "The record has \(fieldCount) columns\(expected).")
        case .tooManyColumns:
            let expected = columnCount.map { "\($0)" } ?? "expected"
            self.init(.tooManyColumns, "The record has more columns than \(expected).")
        }
    }
}
