internal import CLibPQ

/// Where COPY data goes: `PQputCopyData` of a connection that is in COPY IN.
@usableFromInline
final class CopySink {
    private let connection: Connection
    private let query: Query

    init(connection: Connection, query: Query) {
        self.connection = connection
        self.query = query
    }

    @usableFromInline
    func send(_ bytes: UnsafeRawBufferPointer) throws {
        guard !bytes.isEmpty else { return }
        let pointer = try connection.pointer(for: query, evenIfBusy: true)
        // libpq counts in 32 bits.
        var start = 0
        while start < bytes.count {
            let end = Swift.min(bytes.count, start + 1 << 30)
            let part = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            let address = part.baseAddress!.assumingMemoryBound(to: CChar.self)
            guard PQputCopyData(pointer, address, Int32(part.count)) == 1 else {
                throw connection.failure(of: pointer, query: query)
            }
            start = end
        }
    }
}
