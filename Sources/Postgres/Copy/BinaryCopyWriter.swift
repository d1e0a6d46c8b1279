/// Rows on their way into a table, in the binary format of COPY.
///
///     try connection.copyIn(into: "source.interactions", columns: ["user_id", "item_id"]) {
///         writer in
///         for event in events {
///             try writer.row { row in
///                 row.append(event.user)
///                 row.append(event.item)
///             }
///         }
///     }
///
/// Every row must append one value for each column, in order. Bytes collect in one buffer that is
/// sent and reused when full, so that memory is that of the buffer and of the largest row.
@frozen
public struct BinaryCopyWriter: ~Copyable {
    @usableFromInline var buffer: WireBuffer
    @usableFromInline let sink: CopySink
    @usableFromInline let columns: [StatementDescription.Column]
    /// Types of the columns, so that the check of a value is a load and a compare.
    @usableFromInline let types: UnsafeMutablePointer<PostgresType>
    @usableFromInline let columnCount: Int
    @usableFromInline var field: Int
    @usableFromInline var rows: Int
    /// The first value of a wrong type, thrown when its row ends.
    @usableFromInline var mismatch: PostgresError?

    /// Bytes that are collected before they are sent.
    @inlinable static var batchSize: Int { 64 << 10 }

    init(sink: CopySink, columns: [StatementDescription.Column]) {
        self.sink = sink
        self.columns = columns
        columnCount = columns.count
        types = .allocate(capacity: columns.count)
        for (index, column) in columns.enumerated() {
            (types + index).initialize(to: column.type)
        }
        field = 0
        rows = 0
        mismatch = nil
        buffer = WireBuffer(capacity: Self.batchSize + (16 << 10))
        CopyFormat.header.withUnsafeBytes { buffer.append(bytes: $0) }
    }

    deinit {
        types.deallocate()
    }

    /// Rows written so far.
    @inlinable public var rowCount: Int { rows }

    /// Writes one row; `body` appends its values.
    ///
    /// A row whose body throws is taken back, so that the copy may go on without it.
    ///
    /// - Throws: `encoding` when a value is not of its column's type; `connectionLost`.
    /// - Precondition: `body` appends as many values as there are columns.
    @inlinable
    public mutating func row(_ body: (inout BinaryCopyWriter) throws -> Void) throws {
        let start = buffer.count
        field = 0
        buffer.append(bigEndian: Int16(truncatingIfNeeded: columnCount))
        do {
            try body(&self)
        } catch {
            buffer.truncate(to: start)
            mismatch = nil
            throw error
        }
        precondition(
            field == columnCount, "the row has \(field) values, the table \(columnCount) columns")
        if let error = mismatch {
            buffer.truncate(to: start)
            mismatch = nil
            throw error
        }
        rows &+= 1
        if buffer.count >= Self.batchSize { try flush() }
    }

    @usableFromInline
    mutating func flush() throws {
        try sink.send(buffer.bytes)
        buffer.truncate(to: 0)
    }

    mutating func finish() throws {
        buffer.append(bigEndian: CopyFormat.trailer)
        try flush()
    }

    /// Counts a value and compares its type with the column's.
    @inlinable @inline(__always)
    mutating func begin(_ type: PostgresType) {
        precondition(field < columnCount, "the row has more values than columns")
        if _slowPath(types[field] != type) { compare(type) }
        field &+= 1
    }

    @usableFromInline
    mutating func compare(_ type: PostgresType) {
        let expected = types[field]
        guard expected != .unknown, !expected.sharesWireFormat(with: type) else {
            // The next row then takes the fast way.
            types[field] = type
            return
        }
        guard mismatch == nil else { return }
        mismatch = PostgresError(
            .encoding, "column \"\(columns[field].name)\" of type \(expected) cannot take \(type)",
            hint: "Convert the value before it is written.")
        mismatch?.columnName = columns[field].name
    }
}

extension BinaryCopyWriter {
    @inlinable
    public mutating func append<Value: PostgresEncodable>(_ value: Value) {
        begin(Value.postgresType)
        let start = buffer.count
        buffer.append(bigEndian: Int32(0))
        value.encode(into: &buffer)
        buffer.patch(Int32(buffer.count &- start &- 4), at: start)
    }

    /// Null when the value is nil.
    @inlinable
    public mutating func append<Value: PostgresEncodable>(_ value: Value?) {
        if let value { append(value) } else { appendNull() }
    }

    @inlinable
    public mutating func appendNull() {
        precondition(field < columnCount, "the row has more values than columns")
        field &+= 1
        buffer.append(bigEndian: Int32(-1))
    }

    @inlinable @inline(__always)
    public mutating func append(_ value: Bool) {
        begin(.bool)
        fixed(UInt8(value ? 1 : 0))
    }

    @inlinable @inline(__always)
    public mutating func append(_ value: Int16) {
        begin(.int2)
        fixed(value)
    }

    @inlinable @inline(__always)
    public mutating func append(_ value: Int32) {
        begin(.int4)
        fixed(value)
    }

    @inlinable @inline(__always)
    public mutating func append(_ value: Int64) {
        begin(.int8)
        fixed(value)
    }

    @inlinable @inline(__always)
    public mutating func append(_ value: Int) {
        begin(.int8)
        fixed(Int64(value))
    }

    @inlinable @inline(__always)
    public mutating func append(_ value: Float) {
        begin(.float4)
        fixed(value.bitPattern)
    }

    @inlinable @inline(__always)
    public mutating func append(_ value: Double) {
        begin(.float8)
        fixed(value.bitPattern)
    }

    @inlinable @inline(__always)
    public mutating func append(_ value: Timestamp) {
        begin(.timestamptz)
        fixed(value.wireValue)
    }

    @inlinable @inline(__always)
    public mutating func append(_ value: PostgresDate) {
        begin(.date)
        fixed(value.wireValue)
    }

    /// Text that is at hand as UTF-8 bytes.
    @inlinable
    public mutating func append(utf8 bytes: UnsafeRawBufferPointer) {
        begin(.text)
        variable(bytes)
    }

    /// `bytea`.
    @inlinable
    public mutating func append(bytes: UnsafeRawBufferPointer) {
        begin(.bytea)
        variable(bytes)
    }

    /// `real[]`, straight from memory.
    @inlinable
    public mutating func append(_ values: UnsafeBufferPointer<Float>) {
        begin(.float4Array)
        array(values.count, elementSize: 4, elementType: .float4) { base in
            var cursor = base
            for value in values {
                cursor.storeBytes(of: Int32(4).bigEndian, as: Int32.self)
                cursor.storeBytes(
                    of: value.bitPattern.bigEndian, toByteOffset: 4, as: UInt32.self)
                cursor += 8
            }
        }
    }

    /// `bigint[]`, straight from memory.
    @inlinable
    public mutating func append(_ values: UnsafeBufferPointer<Int64>) {
        begin(.int8Array)
        array(values.count, elementSize: 8, elementType: .int8) { base in
            var cursor = base
            for value in values {
                cursor.storeBytes(of: Int32(8).bigEndian, as: Int32.self)
                cursor.storeBytes(of: value.bigEndian, toByteOffset: 4, as: Int64.self)
                cursor += 12
            }
        }
    }

    @inlinable
    public mutating func append(_ values: [Float]) {
        values.withUnsafeBufferPointer { append($0) }
    }

    @inlinable
    public mutating func append(_ values: [Int64]) {
        values.withUnsafeBufferPointer { append($0) }
    }

    /// Length and value in one step, with one test for room.
    @inlinable @inline(__always)
    mutating func fixed<Value: FixedWidthInteger>(_ value: Value) {
        let size = MemoryLayout<Value>.size
        buffer.reserve(4 &+ size)
        let cursor = buffer.base + buffer.length
        cursor.storeBytes(of: Int32(truncatingIfNeeded: size).bigEndian, as: Int32.self)
        cursor.storeBytes(of: value.bigEndian, toByteOffset: 4, as: Value.self)
        buffer.length &+= 4 &+ size
    }

    @inlinable
    mutating func variable(_ bytes: UnsafeRawBufferPointer) {
        buffer.append(bigEndian: Int32(bytes.count))
        buffer.append(bytes: bytes)
    }

    @inlinable
    mutating func array(
        _ count: Int, elementSize: Int, elementType: PostgresType,
        _ fill: (UnsafeMutableRawPointer) -> Void
    ) {
        let start = buffer.count
        buffer.append(bigEndian: Int32(0))
        ArrayHeader.encode(count: count, elementType: elementType, into: &buffer)
        let size = count * (4 + elementSize)
        buffer.reserve(size)
        fill(buffer.base + buffer.length)
        buffer.length += size
        buffer.patch(Int32(buffer.count - start - 4), at: start)
    }
}
