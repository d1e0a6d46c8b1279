import CZlib
import DelimitedText
import Foundation
import Testing

/// One gzip member of the data.
func gzip(_ data: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
        &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
    var input = data
    var output = [UInt8](repeating: 0, count: data.count + 1_000)
    let size = output.count
    input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(size)
            deflate(&stream, Z_FINISH)
        }
    }
    let written = size - Int(stream.avail_out)
    deflateEnd(&stream)
    return Array(output[..<written])
}

/// A file that is removed when the test is over.
private func withFile<Result>(
    _ content: [UInt8], _ body: (String) throws -> Result
) throws -> Result {
    let path = NSTemporaryDirectory() + "delimited-\(UUID().uuidString)"
    try Data(content).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

private func bytes(of stream: ByteStream) throws -> [UInt8] {
    var all: [UInt8] = []
    try stream.forEachChunk { all += $0.bytes }
    return all
}

@Suite struct ByteStreamTests {
    static let text = Array((0..<50_000).map { "line \($0)\n" }.joined().utf8)

    @Test func aFileIsRead() throws {
        try withFile(Self.text) { path in
            let stream = try ByteStream.file(path)
            #expect(stream.size == Self.text.count)
            #expect(try bytes(of: stream) == Self.text)
            // A stream of a file can be read again.
            #expect(try bytes(of: stream) == Self.text)
        }
    }

    @Test func positionsEndAtTheSize() throws {
        let compressed = gzip(Self.text)
        try withFile(compressed) { path in
            var positions: [Int] = []
            try ByteStream.file(path).forEachChunk { positions.append($0.position) }
            #expect(positions.last == compressed.count)
            #expect(positions == positions.sorted())
        }
    }

    @Test(arguments: [1, 2, 5])
    func gzipMembersFollowOneAnother(_ count: Int) throws {
        let part = Array(Self.text.prefix(100_000))
        let members = (0..<count).flatMap { _ in gzip(part) }
        let expected = (0..<count).flatMap { _ in part }
        try withFile(members) { path in
            let found = try bytes(of: .file(path))
            #expect(found == expected)
        }
    }

    @Test func zerosAfterTheLastMemberAreIgnored() throws {
        let padded = gzip(Self.text) + [UInt8](repeating: 0, count: 512)
        try withFile(padded) { path in
            let found = try bytes(of: .file(path))
            #expect(found == Self.text)
        }
    }

    @Test(arguments: [1, 3, 1_000])
    func gzipArrivesInPiecesOfAnySize(_ size: Int) throws {
        let compressed = gzip(Array(Self.text.prefix(20_000)))
        let stream = ByteStream(name: "pieces") { body in
            for start in Swift.stride(from: 0, to: compressed.count, by: size) {
                let end = Swift.min(start + size, compressed.count)
                try compressed[start..<end].withUnsafeBytes { try body($0) }
            }
        }
        #expect(try bytes(of: stream) == Array(Self.text.prefix(20_000)))
    }

    @Test func truncatedGzipSaysHowFarItCame() throws {
        let compressed = Array(gzip(Self.text).dropLast(2_000))
        try withFile(compressed) { path in
            let error = #expect(throws: DelimitedTextError.self) { try bytes(of: .file(path)) }
            #expect(error?.code == .truncated)
            #expect(error?.message.contains("after \(compressed.count) compressed bytes") == true)
        }
    }

    @Test(arguments: [20, 5_000])
    func corruptGzipSaysHowFarItCame(_ offset: Int) throws {
        var compressed = gzip(Self.text)
        for index in offset..<offset + 8 { compressed[index] ^= 0xFF }
        try withFile(compressed) { path in
            let error = #expect(throws: DelimitedTextError.self) { try bytes(of: .file(path)) }
            #expect(error?.code == .corrupt)
            #expect(error?.message.contains("compressed bytes, which gave") == true)
        }
    }

    @Test func aWrongChecksumIsCorrupt() throws {
        var compressed = gzip(Self.text)
        compressed[compressed.count - 8] ^= 1
        try withFile(compressed) { path in
            let error = #expect(throws: DelimitedTextError.self) { try bytes(of: .file(path)) }
            #expect(error?.code == .corrupt)
        }
    }

    @Test func somethingElseAfterGzipIsCorrupt() throws {
        try withFile(gzip(Self.text) + Array("more".utf8)) { path in
            let error = #expect(throws: DelimitedTextError.self) { try bytes(of: .file(path)) }
            #expect(error?.code == .corrupt)
        }
    }

    @Test(arguments: ["/does/not/exist", "/tmp"])
    func whatIsNoFileCannotBeRead(_ path: String) {
        let error = #expect(throws: DelimitedTextError.self) { try ByteStream.file(path) }
        #expect(error?.code == .unreadable)
    }

    @Test func aPipeIsReadLikeStandardInput() throws {
        let pipe = Pipe()
        let writer = Thread { [handle = pipe.fileHandleForWriting] in
            try? handle.write(contentsOf: Data(Self.text))
            try? handle.close()
        }
        writer.start()
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        #expect(try bytes(of: .descriptor(descriptor, name: "-")) == Self.text)
    }

    @Test(arguments: [[], [0x1F], [0x61]])
    func shortInputIsText(_ content: [UInt8]) throws {
        try withFile(content) { path in
            let found = try bytes(of: .file(path))
            #expect(found == content)
        }
    }

    @Test func whatTheBodyThrowsEndsTheReading() throws {
        struct Stop: Error {}
        try withFile(Self.text) { path in
            #expect(throws: Stop.self) {
                try ByteStream.file(path).forEachChunk { _ in throw Stop() }
            }
        }
    }
}
