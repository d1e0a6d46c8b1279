internal import CLibPQ

/// Owner of a `PGresult`.
// @unchecked: a result is not changed once libpq has handed it over, and is cleared when the last
// row that points into it has gone.
final class ResultHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    let rowCount: Int
    let columnCount: Int
    /// The statement, for the file and line in a decoding error.
    let query: Query?

    init(_ pointer: OpaquePointer, query: Query?) {
        self.pointer = pointer
        self.query = query
        rowCount = Int(PQntuples(pointer))
        columnCount = Int(PQnfields(pointer))
    }

    deinit {
        PQclear(pointer)
    }

    var status: ExecStatusType { PQresultStatus(pointer) }

    /// What the server calls the finished command, such as `INSERT 0 5`.
    var commandTag: String { String(cString: PQcmdStatus(pointer)) }

    /// Rows inserted, updated, deleted, selected or copied; 0 for other commands.
    var affectedRows: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    func name(of column: Int) -> String {
        PQfname(pointer, Int32(column)).map { String(cString: $0) } ?? "\(column)"
    }

    func type(of column: Int) -> PostgresType {
        PostgresType(rawValue: PQftype(pointer, Int32(column)))
    }

    func index(of name: String) -> Int? {
        (0..<columnCount).first { self.name(of: $0) == name }
    }

    /// The bytes of a value, nil for null; valid as long as the handle is.
    func bytes(row: Int, column: Int) -> UnsafeRawBufferPointer? {
        if PQgetisnull(pointer, Int32(row), Int32(column)) == 1 { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(pointer, Int32(row), Int32(column)),
            count: Int(PQgetlength(pointer, Int32(row), Int32(column))))
    }
}
