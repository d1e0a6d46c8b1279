internal import DelimitedText
internal import StrictYAML

/// A list of pairs of user and item, as benchmarks hold out: `user item` on each line, or a table
/// with a header that has the columns `user_id` and `item_id`.
///
/// Ids are whole numbers, those that were imported. Without a header, or with one of two other
/// names, the first column is the user and the second the item; further columns are not read.
/// Fields are separated by tabs, commas, semicolons, vertical bars or single blanks, whichever the
/// first line has. A file may be compressed with gzip.
public struct PairFile: Sendable {
    /// What the list is called: the last part of its path.
    public var name: String
    /// The different pairs, in the order of the file.
    public var pairs: [Pair] = []
    /// Pairs that had stood before.
    public var repeatCount = 0

    public struct Pair: Hashable, Sendable {
        public var userID: Int64
        public var itemID: Int64

        public init(userID: Int64, itemID: Int64) {
            self.userID = userID
            self.itemID = itemID
        }
    }

    /// Reads a file.
    ///
    /// - Throws: ``ImportError`` with the line of the first record that is no pair, and for a file
    ///   without any; `DelimitedTextError` when it cannot be read.
    public init(path: String) throws {
        try self.init(
            .file(path), name: String(path.split(separator: "/").last ?? Substring(path)))
    }

    init(_ stream: ByteStream, name: String) throws {
        self.name = name
        var (reader, columns): (DelimitedReader?, PairColumns?) = (nil, nil)
        var seen: Set<Pair> = []
        func take(_ record: Record) throws {
            if columns == nil {
                columns = try PairColumns(record, name: name)
                if columns?.isHeader == true { return }
            }
            guard record.fault == nil, let pair = columns?.pair(record) else {
                throw ImportError(
                    .badRequest, "line \(record.line) of \"\(name)\" is no pair of user and item",
                    hint: "Each line has the whole numbers of a user and of an item.")
            }
            if seen.insert(pair).inserted { pairs.append(pair) } else { repeatCount += 1 }
        }
        try stream.forEachChunk { chunk in
            if reader == nil {
                reader = DelimitedReader(
                    format: DelimitedFormat(
                        delimiter: Self.delimiter(of: chunk.bytes), hasHeader: false))
            }
            try reader?.feed(chunk.bytes, take)
        }
        try reader?.finish(take)
        guard !pairs.isEmpty else {
            throw ImportError(
                .badRequest, "\"\(name)\" holds no pair of user and item",
                hint: "Each line has the whole numbers of a user and of an item.")
        }
    }

    /// The first of the usual delimiters that the first line has.
    private static func delimiter(of bytes: UnsafeRawBufferPointer) -> UInt8 {
        let lineEnds = "\r\n".utf8
        let line = bytes.drop { lineEnds.contains($0) }.prefix { !lineEnds.contains($0) }
        let usual = ["\t", ",", ";", "|", " "].compactMap { $0.utf8.first }
        return usual.first { line.contains($0) } ?? UInt8(ascii: ",")
    }
}

/// Where the user and the item stand in the records of a list.
private struct PairColumns {
    var user = 0
    var item = 1
    var isHeader = false

    /// Judges by the first record of a file.
    init(_ record: Record, name: String) throws {
        guard record.fault == nil, record.fieldCount >= 2 else {
            throw ImportError(
                .badRequest, "\"\(name)\" has no two columns",
                hint: "Separate user and item by a tab, a comma or a blank.")
        }
        if pair(record) != nil { return }
        isHeader = true
        let names = (0..<record.fieldCount).map { record.text($0) }
        switch (names.firstIndex(of: "user_id"), names.firstIndex(of: "item_id")) {
        case (let user?, let item?): (self.user, self.item) = (user, item)
        case _ where names.count == 2 && names.allSatisfy { Int64($0) == nil }: break
        case (let user, _):
            let missing = user == nil ? "user_id" : "item_id"
            throw ImportError(
                .badRequest, "\"\(name)\" has no column \"\(missing)\"",
                hint: NearMiss.hint(for: missing, among: names))
        }
    }

    func pair(_ record: Record) -> PairFile.Pair? {
        guard record.fieldCount > max(user, item),
            let userID = try? FieldParser.integer(record[user]),
            let itemID = try? FieldParser.integer(record[item])
        else { return nil }
        return PairFile.Pair(userID: userID, itemID: itemID)
    }
}
