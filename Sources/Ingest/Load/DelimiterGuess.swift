internal import DelimitedText

/// The delimiter that a header seems to have been written with, where it came out as one field.
struct DelimiterGuess {
    /// As a mapping spells it.
    let name: String

    /// Nil where the header has several fields, or holds none of the usual delimiters.
    init?(header: [String], format: DelimitedFormat) {
        guard header.count == 1, let field = header.first else { return nil }
        let usual: [(byte: UInt8, name: String)] = [
            (UInt8(ascii: "\t"), "tab"), (UInt8(ascii: ";"), "\";\""), (UInt8(ascii: ","), "\",\""),
            (UInt8(ascii: "|"), "\"|\""),
        ]
        let found = usual.first { $0.byte != format.delimiter && field.utf8.contains($0.byte) }
        guard let found else { return nil }
        name = found.name
    }
}

extension ImportError {
    /// The error with a hint that says how to set the delimiter, in place of its own hint: a column
    /// that is missing because the header was not cut is not misspelt.
    func naming(_ guess: DelimiterGuess?) -> ImportError {
        guard code == .mappingDoesNotFit, let guess else { return self }
        var error = self
        error.hint =
            "The header is a single field; use a mapping file that says delimiter: \(guess.name)."
        return error
    }
}
