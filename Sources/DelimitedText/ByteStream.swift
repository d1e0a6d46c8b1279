#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Bytes that arrive in pieces, from wherever: each piece is handed to a closure and then reused.
///
/// Gzip data are recognised by their first two bytes, not by a name, and inflated.
public struct ByteStream {
    /// A piece of the stream.
    public struct Chunk {
        /// Valid while the closure runs.
        public let bytes: UnsafeRawBufferPointer
        /// Stored bytes read so far, of the compressed form where there is one.
        public let position: Int
    }

    /// What errors and rejected records call the stream.
    public let name: String
    /// Stored bytes in all; nil when that cannot be known.
    public let size: Int?
    private let producer: (_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void

    /// A stream of whatever `producer` hands to its argument.
    public init(
        name: String, size: Int? = nil,
        producer: @escaping (_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) {
        self.name = name
        self.size = size
        self.producer = producer
    }

    /// The content of a file.
    ///
    /// - Throws: `unreadable`, at once when there is no such file.
    public static func file(_ path: String) throws -> ByteStream {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path, errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw unreadable(path, EISDIR) }
        let isRegular = status.st_mode & S_IFMT == S_IFREG
        return ByteStream(name: path, size: isRegular ? Int(status.st_size) : nil) { body in
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw unreadable(path, errno) }
            defer { close(descriptor) }
            try readAll(descriptor, name: path, body)
        }
    }

    /// What arrives on standard input, called `-`.
    public static var standardInput: ByteStream { descriptor(0, name: "-") }

    /// What arrives on an open file descriptor, which stays open.
    public static func descriptor(_ descriptor: Int32, name: String) -> ByteStream {
        ByteStream(name: name) { try readAll(descriptor, name: name, $0) }
    }

    /// Hands over all pieces in order.
    ///
    /// - Throws: What `body` throws, `unreadable`, and `truncated` or `corrupt` for gzip data.
    public func forEachChunk(_ body: (Chunk) throws -> Void) throws {
        var position = 0
        var start = StreamStart()
        var inflater: Inflater?
        try producer { bytes in
            position += bytes.count
            let offset = position
            try start.take(bytes) { bytes, isGzip in
                if isGzip, inflater == nil { inflater = Inflater(name: name) }
                if let inflater {
                    try inflater.inflate(bytes) { try body(Chunk(bytes: $0, position: offset)) }
                } else {
                    try body(Chunk(bytes: bytes, position: offset))
                }
            }
        }
        try start.finish { try body(Chunk(bytes: $0, position: position)) }
        try inflater?.finish()
    }

    private static func readAll(
        _ descriptor: Int32, name: String, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress!, buffer.count)
            if count == 0 { return }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw unreadable(name, errno)
            }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private static func unreadable(_ name: String, _ code: Int32) -> DelimitedTextError {
        DelimitedTextError(
            .unreadable, "could not read \"\(name)\": \(String(cString: strerror(code)))")
    }
}

/// Holds back the first byte of a stream until the second has shown whether this is gzip.
private struct StreamStart {
    private var held: UInt8?
    private var isGzip: Bool?

    mutating func take(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer, Bool) throws -> Void
    ) throws {
        guard !bytes.isEmpty else { return }
        if let isGzip { return try body(bytes, isGzip) }
        if let first = held {
            held = nil
            let gzip = Inflater.isMagic(first, bytes[0])
            isGzip = gzip
            try withUnsafeBytes(of: first) { try body($0, gzip) }
            return try body(bytes, gzip)
        }
        guard bytes.count > 1 else {
            held = bytes[0]
            return
        }
        let gzip = Inflater.isMagic(bytes[0], bytes[1])
        isGzip = gzip
        try body(bytes, gzip)
    }

    mutating func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let first = held else { return }
        held = nil
        try withUnsafeBytes(of: first) { try body($0) }
    }
}
