/// Bytes on their way to the server, big-endian, in one growing block of memory that is reused.
///
/// Appending is unchecked apart from the capacity test: it is the inner loop of COPY.
@frozen
public struct WireBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline var length: Int

    public init(capacity: Int = 256) {
        precondition(capacity > 0, "capacity must be positive, not \(capacity)")
        base = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
        length = 0
    }

    deinit {
        base.deallocate()
    }

    /// Bytes written so far.
    @inlinable public var count: Int { length }

    /// The bytes written, valid until the next change.
    @inlinable var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count)
    }

    /// Makes room for `size` more bytes.
    @inlinable @inline(__always)
    public mutating func reserve(_ size: Int) {
        if _slowPath(capacity &- count < size) { grow(by: size) }
    }

    @usableFromInline
    mutating func grow(by size: Int) {
        let larger = max(capacity * 2, count + size)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        memory.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = memory
        capacity = larger
    }

    /// Appends an integer in network byte order.
    @inlinable @inline(__always)
    public mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
        let size = MemoryLayout<Value>.size
        reserve(size)
        base.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
        length &+= size
    }

    /// Appends bytes as they are.
    @inlinable
    public mutating func append(bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count)
        (base + count).copyMemory(from: start, byteCount: bytes.count)
        length &+= bytes.count
    }

    /// Appends the UTF-8 form of a string.
    @inlinable
    public mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { append(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Overwrites four bytes at an offset, such as a length that is known only afterwards.
    @inlinable
    mutating func patch(_ value: Int32, at offset: Int) {
        base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Int32.self)
    }

    @inlinable
    mutating func truncate(to size: Int) {
        length = size
    }
}
