/// How a delimited text is written: RFC 4180 with a choice of delimiter and quote.
public struct DelimitedFormat: Hashable, Sendable {
    /// The byte between two fields.
    public var delimiter: UInt8
    /// The byte around fields that hold delimiters, line ends or quotes; doubled inside.
    public var quote: UInt8
    /// Whether the first record names the columns.
    public var hasHeader: Bool
    /// Bytes of the longest record that is read; a longer one is a fault of its own.
    public var maximumRecordLength: Int

    /// - Precondition: Delimiter and quote are two different ASCII bytes and no line end, and the
    ///   maximum is positive.
    public init(
        delimiter: UInt8 = UInt8(ascii: ","), quote: UInt8 = UInt8(ascii: "\""),
        hasHeader: Bool = true, maximumRecordLength: Int = 1 << 20
    ) {
        precondition(
            delimiter != quote && delimiter < 0x80 && quote < 0x80 && delimiter != 0 && quote != 0
                && ![delimiter, quote].contains(UInt8(ascii: "\n"))
                && ![delimiter, quote].contains(UInt8(ascii: "\r")),
            "delimiter \(delimiter) and quote \(quote) must be two ASCII bytes, no line end")
        precondition(maximumRecordLength > 0, "maximumRecordLength must be positive")
        self.delimiter = delimiter
        self.quote = quote
        self.hasHeader = hasHeader
        self.maximumRecordLength = maximumRecordLength
    }
}
