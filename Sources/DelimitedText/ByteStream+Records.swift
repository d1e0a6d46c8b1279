extension ByteStream {
    /// Reads the stream as delimited text.
    ///
    /// - Parameters:
    ///   - columnCount: Fields of every record; nil for as many as the header, or else the first
    ///     record, has.
    ///   - header: Called with the names of the columns before the first record.
    ///   - progress: Called after each chunk with the stored bytes read so far.
    ///   - body: Called with each record, those with a fault included.
    /// - Throws: ``DelimitedTextError``, and what the closures throw.
    public func forEachRecord(
        format: DelimitedFormat, columnCount: Int? = nil,
        header: @escaping ([String]) throws -> Void = { _ in },
        progress: (_ position: Int) throws -> Void = { _ in },
        _ body: (Record) throws -> Void
    ) throws {
        let reader = DelimitedReader(format: format, columnCount: columnCount, onHeader: header)
        try forEachChunk { chunk in
            try reader.feed(chunk.bytes, body)
            try progress(chunk.position)
        }
        try reader.finish(body)
    }
}
