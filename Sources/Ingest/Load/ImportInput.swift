internal import DelimitedText
internal import Postgres

/// The streams of a request, and what is known of their columns beforehand.
struct ImportInput {
    var streams: [ByteStream]
    /// Types of a query's columns.
    var typedColumns: [TypedColumn]?
    /// Stored bytes in all; nil when one of the streams does not know.
    var size: Int?
    /// A query's second connection, which must live as long as its stream.
    private var connection: Connection?

    init(_ source: ImportRequest.Source) throws {
        switch source {
        case .files(let paths):
            guard !paths.isEmpty else { throw ImportError(.badRequest, "no file is given") }
            guard Set(paths).count == paths.count else {
                throw ImportError(.badRequest, "a file is given twice")
            }
            guard paths.count <= Int(Int16.max) else {
                throw ImportError(.badRequest, "more than \(Int16.max) files are given")
            }
            streams = try paths.map { try ByteStream.file($0) }
        case .standardInput:
            streams = [.standardInput]
        case .query(let text, let target):
            let connection = try Connection(target, applicationName: "vitrine import query")
            self.connection = connection
            let query = Query(text: Self.withoutEnd(text))
            let columns = try connection.describe(query).columns
            guard !columns.isEmpty else {
                throw ImportError(.badRequest, "the query returns no columns")
            }
            typedColumns = columns.map { TypedColumn(name: $0.name, type: $0.type) }
            // The line breaks keep a comment at the query's end to itself.
            let copy = Query(text: "copy (\n\(query.text)\n) to stdout (format csv, header true)")
            streams = [
                ByteStream(name: "query") { body in
                    try connection.withTransaction(access: .readOnly) {
                        _ = try connection.copyOutBytes(copy, body)
                    }
                }
            ]
        }
        let sizes = streams.compactMap(\.size)
        size = sizes.count == streams.count ? sizes.reduce(0, +) : nil
    }

    private static func withoutEnd(_ text: String) -> String {
        var rest = text[...]
        while let last = rest.last, last.isWhitespace || last == ";" { rest.removeLast() }
        return String(rest)
    }
}
