internal import CZlib

/// Takes gzip data apart (RFC 1952) with zlib's `inflate`: one member or several, one after another.
final class Inflater {
    private let name: String
    // zlib keeps a pointer to the stream in its own state: it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableRawBufferPointer
    private var compressedCount = 0
    private var textCount = 0
    /// Between members: nothing of the next one has been seen.
    private var isBetweenMembers = false
    /// Zero bytes after the last member, with which tapes and tar fill their blocks.
    private var isPadding = false

    static func isMagic(_ first: UInt8, _ second: UInt8) -> Bool {
        first == 0x1F && second == 0x8B
    }

    init(name: String) {
        self.name = name
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        output = .allocate(byteCount: 256 << 10, alignment: 16)
        // 16 above the window's size asks for gzip's header and checksum.
        let status = inflateInit2_(
            stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "inflateInit2 failed with \(status)")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    func inflate(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var rest = bytes
        while !rest.isEmpty {
            if isBetweenMembers {
                if rest[0] == 0 { isPadding = true }
                if isPadding {
                    guard rest.allSatisfy({ $0 == 0 }) else { throw trailing() }
                    compressedCount += rest.count
                    return
                }
                guard rest[0] == 0x1F else { throw trailing() }
                inflateReset(stream)
                isBetweenMembers = false
            }
            rest = try step(rest, body)
        }
    }

    /// Inflates until the input is used up or a member ends; returns what is left of the input.
    private func step(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> UnsafeRawBufferPointer {
        // zlib does not write to its input, it merely lacks the word const.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.baseAddress!.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        while true {
            stream.pointee.next_out = output.baseAddress!.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(output.count)
            let before = Int(stream.pointee.avail_in)
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            compressedCount += before - Int(stream.pointee.avail_in)
            let produced = output.count - Int(stream.pointee.avail_out)
            textCount += produced
            if produced > 0 { try body(UnsafeRawBufferPointer(rebasing: output[..<produced])) }
            switch status {
            case Z_STREAM_END:
                isBetweenMembers = true
                let used = bytes.count - Int(stream.pointee.avail_in)
                return UnsafeRawBufferPointer(rebasing: bytes[used...])
            case Z_OK, Z_BUF_ERROR:
                // Room left in the output: everything that the input gives has been taken.
                if stream.pointee.avail_out > 0 {
                    return UnsafeRawBufferPointer(rebasing: bytes[bytes.count...])
                }
            default:
                throw DelimitedTextError(
                    .corrupt, "gzip data of \"\(name)\" are corrupt \(place)",
                    hint: "Fetch the file again, and check it with gzip -t.")
            }
        }
    }

    /// - Throws: `truncated` when the last member is not complete.
    func finish() throws {
        guard !isBetweenMembers else { return }
        throw DelimitedTextError(
            .truncated, "gzip data of \"\(name)\" end too early \(place)",
            hint: "Fetch the file again, and check it with gzip -t.")
    }

    private var place: String {
        "after \(compressedCount) compressed bytes, which gave \(textCount) bytes of text"
    }

    private func trailing() -> DelimitedTextError {
        DelimitedTextError(
            .corrupt, "gzip data of \"\(name)\" are followed by something else \(place)",
            hint: "Fetch the file again, and check it with gzip -t.")
    }
}
