/// One row that arrives in the binary format of COPY; its values are read in order.
///
///     let user = try row.next(Int64.self)
///     let name = try row.next(String?.self)
///
/// Valid for the call that hands it over.
@frozen
public struct CopyRow: ~Copyable {
    @usableFromInline var cursor: UnsafeRawPointer
    @usableFromInline let end: UnsafeRawPointer
    @usableFromInline let types: UnsafePointer<PostgresType>
    @usableFromInline let columns: CopyColumns
    @usableFromInline let columnCount: Int
    @usableFromInline var field: Int

    @usableFromInline
    init(cursor: UnsafeRawPointer, end: UnsafeRawPointer, columns: CopyColumns) {
        self.cursor = cursor
        self.end = end
        self.columns = columns
        types = UnsafePointer(columns.types)
        columnCount = columns.descriptions.count
        field = 0
    }

    /// Reads the next value.
    ///
    /// - Throws: `decoding`, naming the column and both types.
    /// - Precondition: There is a next column.
    @inlinable
    public mutating func next<Value: PostgresDecodable>(
        _ type: Value.Type = Value.self
    ) throws -> Value {
        let column = field
        let bytes = try nextBytes()
        do {
            guard let bytes else { return try Value.decodeNull() }
            return try Value.decode(bytes, type: types[column])
        } catch {
            throw columns.failure(error, column: column, as: "\(Value.self)")
        }
    }

    /// Passes over the next value.
    @inlinable
    public mutating func skip() throws {
        _ = try nextBytes()
    }

    @inlinable
    public mutating func next(_ type: Int16.Type = Int16.self) throws -> Int16 {
        try fixed(.int2, as: "Int16")
    }

    @inlinable
    public mutating func next(_ type: Int32.Type = Int32.self) throws -> Int32 {
        try fixed(.int4, as: "Int32")
    }

    /// Reads `bigint` without widening: the fast way.
    @inlinable
    public mutating func next(_ type: Int64.Type = Int64.self) throws -> Int64 {
        if _fastPath(isNext(.int8, size: 8)) { return take(as: Int64.self) }
        return try general()
    }

    @inlinable
    public mutating func next(_ type: Int.Type = Int.self) throws -> Int {
        Int(try next(Int64.self))
    }

    @inlinable
    public mutating func next(_ type: Float.Type = Float.self) throws -> Float {
        Float(bitPattern: try fixed(.float4, as: "Float"))
    }

    @inlinable
    public mutating func next(_ type: Double.Type = Double.self) throws -> Double {
        if _fastPath(isNext(.float8, size: 8)) {
            return Double(bitPattern: take(as: UInt64.self))
        }
        return try general()
    }

    @inlinable
    public mutating func next(_ type: Timestamp.Type = Timestamp.self) throws -> Timestamp {
        if _fastPath(isNext(.timestamptz, size: 8)) {
            let column = field
            let wire: Int64 = take()
            do {
                return try Timestamp.fromWire(wire)
            } catch {
                throw columns.failure(error, column: column, as: "Timestamp")
            }
        }
        return try general()
    }

    /// Reads a `real[]` into the caller's memory.
    ///
    /// - Returns: The number of elements.
    /// - Throws: Also when there are more elements than room, or a null.
    @inlinable
    public mutating func next(into buffer: UnsafeMutableBufferPointer<Float>) throws -> Int {
        try array(.float4, elementSize: 4, room: buffer.count, as: "[Float]") { source, index in
            buffer[index] = Float(
                bitPattern: UInt32(bigEndian: source.loadUnaligned(as: UInt32.self)))
        }
    }

    /// Reads a `bigint[]` into the caller's memory.
    @inlinable
    public mutating func next(into buffer: UnsafeMutableBufferPointer<Int64>) throws -> Int {
        try array(.int8, elementSize: 8, room: buffer.count, as: "[Int64]") { source, index in
            buffer[index] = Int64(bigEndian: source.loadUnaligned(as: Int64.self))
        }
    }

    /// Lends the bytes of the next value as they are (a `bytea`, or the UTF-8 of a text), nil for
    /// null; valid until `body` returns.
    @inlinable
    public mutating func withNextBytes<Result>(
        _ body: (UnsafeRawBufferPointer?) throws -> Result
    ) throws -> Result {
        try body(try nextBytes())
    }
}

extension CopyRow {
    /// The bytes of the next value, nil for null.
    @inlinable
    mutating func nextBytes() throws -> UnsafeRawBufferPointer? {
        precondition(field < columnCount, "the row has \(columnCount) columns, one more was read")
        guard end - cursor >= 4 else { throw columns.cutShort() }
        let length = Int(Int32(bigEndian: cursor.loadUnaligned(as: Int32.self)))
        cursor += 4
        field &+= 1
        if length == -1 { return nil }
        guard length >= 0, length <= end - cursor else { throw columns.cutShort() }
        defer { cursor += length }
        return UnsafeRawBufferPointer(start: cursor, count: length)
    }

    /// Whether the next value is of this type and size, and all there.
    @inlinable @inline(__always)
    func isNext(_ type: PostgresType, size: Int) -> Bool {
        precondition(field < columnCount, "the row has \(columnCount) columns, one more was read")
        return types[field] == type && end - cursor >= 4 &+ size
            && cursor.loadUnaligned(as: Int32.self)
                == Int32(truncatingIfNeeded: size).bigEndian
    }

    /// Takes a value that ``isNext(_:size:)`` has found.
    @inlinable @inline(__always)
    mutating func take<Value: FixedWidthInteger>(as type: Value.Type = Value.self) -> Value {
        let value = Value(
            bigEndian: cursor.loadUnaligned(fromByteOffset: 4, as: Value.self))
        cursor += 4 &+ MemoryLayout<Value>.size
        field &+= 1
        return value
    }

    @inlinable @inline(__always)
    mutating func fixed<Value: FixedWidthInteger>(
        _ type: PostgresType, as name: StaticString
    ) throws -> Value {
        if _fastPath(isNext(type, size: MemoryLayout<Value>.size)) { return take() }
        throw try refused(as: name)
    }

    /// The other ways: widening, null, and errors.
    @inlinable
    mutating func general<Value: PostgresDecodable>() throws -> Value {
        let column = field
        let bytes = try nextBytes()
        do {
            guard let bytes else { return try Value.decodeNull() }
            return try Value.decode(bytes, type: types[column])
        } catch {
            throw columns.failure(error, column: column, as: "\(Value.self)")
        }
    }

    @usableFromInline
    mutating func refused(as name: StaticString) throws -> PostgresError {
        let column = field
        let bytes = try nextBytes()
        return columns.failure(
            bytes == nil ? .null : .typeMismatch, column: column, as: "\(name)")
    }

    @inlinable
    mutating func array(
        _ elementType: PostgresType, elementSize: Int, room: Int, as name: StaticString,
        _ store: (UnsafeRawPointer, Int) -> Void
    ) throws -> Int {
        let column = field
        let bytes = try nextBytes()
        do {
            guard let bytes else { throw DecodingFailure.null }
            let (count, found) = try ArrayHeader.decode(bytes)
            guard found == elementType else { throw DecodingFailure.typeMismatch }
            guard count <= room else {
                throw DecodingFailure.malformed("\(count) elements, room for \(room)")
            }
            guard count > 0 else { return 0 }
            let stride = 4 + elementSize
            guard bytes.count == ArrayHeader.size + count * stride else {
                throw ArrayHeader.nullElement
            }
            var source = bytes.baseAddress! + ArrayHeader.size
            for index in 0..<count {
                store(source + 4, index)
                source += stride
            }
            return count
        } catch let failure as DecodingFailure {
            throw columns.failure(failure, column: column, as: "\(name)")
        }
    }
}

/// What is known of the columns that a COPY reads: the errors' words, and the types.
@usableFromInline
final class CopyColumns {
    let descriptions: [StatementDescription.Column]
    let types: UnsafeMutablePointer<PostgresType>
    private let query: Query

    init(_ descriptions: [StatementDescription.Column], query: Query) {
        self.descriptions = descriptions
        self.query = query
        types = .allocate(capacity: descriptions.count)
        for (index, column) in descriptions.enumerated() {
            (types + index).initialize(to: column.type)
        }
    }

    deinit {
        types.deallocate()
    }

    @usableFromInline
    func failure(_ failure: DecodingFailure, column: Int, as wanted: String) -> PostgresError {
        let description = descriptions[column]
        var error = PostgresError(
            decoding: failure, of: description.name, type: description.type, as: wanted)
        error.attach(query, position: nil)
        return error
    }

    @usableFromInline
    func cutShort() -> PostgresError {
        var error = PostgresError(.decoding, "the row from COPY is cut short")
        error.attach(query, position: nil)
        return error
    }
}
