#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Cuts delimited text (RFC 4180) into records as its bytes arrive.
///
///     let reader = DelimitedReader(format: DelimitedFormat()) { header in … }
///     try stream.forEachChunk { try reader.feed($0.bytes, body) }
///     try reader.finish(body)
///
/// Lines end in LF or CRLF; a byte order mark and blank lines are skipped. A quote counts at the
/// beginning of a field alone. Memory is that of a few chunks and of the longest record allowed. A
/// record with a fault is handed over like any other; when the fault lies in its quotes or in its
/// length, reading goes on at the line after the one on which it began, so that one stray quote
/// costs one record. What is read does not depend on how the bytes were cut into chunks.
public final class DelimitedReader {
    private let format: DelimitedFormat
    private let onHeader: ([String]) throws -> Void
    private var columnCount: Int?
    private var needsHeader: Bool
    private var isAtStart = true
    /// Inside a line that is dropped up to its end.
    private var isSkipping = false
    private var line = 1

    private var buffer: UnsafeMutableRawBufferPointer
    /// Bytes not yet cut lie in `start..<end` of the buffer.
    private var start = 0
    private var end = 0
    /// Bytes that must be there before it is worth another look at an unfinished record.
    private var wanted = DelimitedReader.batchSize
    var fields = FieldList()

    /// Small pieces are collected up to this many bytes.
    private static let batchSize = 64 << 10

    /// - Parameters:
    ///   - columnCount: Fields of every record; nil for as many as the header has, or, without a
    ///     header, the first record.
    ///   - onHeader: Called with the names of the columns, before the first record.
    public init(
        format: DelimitedFormat, columnCount: Int? = nil,
        onHeader: @escaping ([String]) throws -> Void = { _ in }
    ) {
        self.format = format
        self.columnCount = columnCount
        self.onHeader = onHeader
        needsHeader = format.hasHeader
        buffer = .allocate(byteCount: 4 * Self.batchSize, alignment: 16)
    }

    deinit {
        buffer.deallocate()
    }

    /// Takes more bytes, and hands over the records that they complete.
    public func feed(_ bytes: UnsafeRawBufferPointer, _ body: (Record) throws -> Void) throws {
        guard !bytes.isEmpty else { return }
        append(bytes)
        if end - start >= wanted { try cut(isEnd: false, body) }
    }

    /// Hands over what is left; the last line need not have an end.
    ///
    /// - Throws: `badHeader` when there was no header although the format has one.
    public func finish(_ body: (Record) throws -> Void) throws {
        try cut(isEnd: true, body)
        guard !needsHeader else {
            throw DelimitedTextError(
                .badHeader, "the input is empty, expected a header with the names of the columns")
        }
    }

    private func append(_ bytes: UnsafeRawBufferPointer) {
        if buffer.count - end < bytes.count {
            let count = end - start
            if count + bytes.count <= buffer.count {
                memmove(buffer.baseAddress!, buffer.baseAddress! + start, count)
            } else {
                let larger = UnsafeMutableRawBufferPointer.allocate(
                    byteCount: Swift.max(2 * buffer.count, count + bytes.count), alignment: 16)
                memcpy(larger.baseAddress!, buffer.baseAddress! + start, count)
                buffer.deallocate()
                buffer = larger
            }
            start = 0
            end = count
        }
        memcpy(buffer.baseAddress! + end, bytes.baseAddress!, bytes.count)
        end += bytes.count
    }

    private func cut(isEnd: Bool, _ body: (Record) throws -> Void) throws {
        if isAtStart {
            guard isEnd || end - start >= 3 else { return }
            isAtStart = false
            if end - start >= 3, buffer[start] == 0xEF, buffer[start + 1] == 0xBB,
                buffer[start + 2] == 0xBF
            {
                start += 3
            }
        }
        while start < end {
            if isSkipping {
                guard let newline = newline(from: start) else {
                    start = end
                    break
                }
                start = newline + 1
                isSkipping = false
                continue
            }
            guard try cutRecord(isEnd: isEnd, body) else {
                wanted = end - start + Self.batchSize
                return
            }
        }
        wanted = Self.batchSize
    }

    /// Cuts one record off the front of the buffer; false when it is not all there.
    private func cutRecord(isEnd: Bool, _ body: (Record) throws -> Void) throws -> Bool {
        let base = UnsafeRawPointer(buffer.baseAddress!) + start
        // Two bytes more than the longest record, for its line end.
        let most = format.maximumRecordLength + 2
        let available = end - start
        let window = UnsafeRawBufferPointer(start: base, count: Swift.min(available, most))
        let isLast = isEnd && available <= most
        var outcome = fields.split(
            window, format: format, isEnd: isLast, columnCount: columnCount)
        if case .unfinished = outcome {
            guard available >= most else { return false }
            outcome = .faulty(.recordTooLong)
        }
        if case .record(let length, _, _) = outcome, length > format.maximumRecordLength {
            outcome = .faulty(.recordTooLong)
        }
        switch outcome {
        case .record(let length, let consumed, let hasQuotes):
            let raw = UnsafeRawBufferPointer(rebasing: window[..<length])
            let first = line
            line += hasQuotes ? newlineCount(in: raw) + 1 : 1
            start += consumed
            if length > 0 {
                try emit(
                    raw, line: first, fault: fields.fault(of: raw, expected: columnCount), body)
            }
        case .faulty(let fault):
            guard let newline = newline(from: start) else {
                guard isEnd || available >= most else { return false }
                let first = line
                line += 1
                start = end
                isSkipping = true
                try emit(
                    UnsafeRawBufferPointer(
                        start: base, count: Swift.min(available, format.maximumRecordLength)),
                    line: first, fault: fault, body)
                return true
            }
            let length = newline - start
            let first = line
            line += 1
            start = newline + 1
            try emit(
                UnsafeRawBufferPointer(
                    start: base, count: Swift.min(length, format.maximumRecordLength)),
                line: first, fault: fault, body)
        case .unfinished:
            return false
        }
        return true
    }

    private func emit(
        _ raw: UnsafeRawBufferPointer, line: Int, fault: RecordFault?,
        _ body: (Record) throws -> Void
    ) throws {
        let record = Record(line: line, fault: fault, raw: raw, fields: fields.all)
        guard needsHeader else {
            if fault == nil, columnCount == nil { columnCount = record.fieldCount }
            return try body(record)
        }
        try takeHeader(record)
    }

    private func takeHeader(_ record: Record) throws {
        if let fault = record.fault, fault != .tooFewColumns, fault != .tooManyColumns {
            throw DelimitedTextError(
                .badHeader, "the header on line \(record.line) cannot be read: \(fault.rawValue)",
                hint: "The file must be UTF-8 text with the names of the columns first.")
        }
        let names = (0..<record.fieldCount).map { record.text($0) }
        guard Set(names).count == names.count else {
            throw DelimitedTextError(
                .badHeader, "the header on line \(record.line) names a column twice")
        }
        needsHeader = false
        columnCount = names.count
        try onHeader(names)
    }

    /// Offset in the buffer of the first line feed at or after one.
    private func newline(from offset: Int) -> Int? {
        let base = UnsafeRawPointer(buffer.baseAddress!)
        return memchr(base + offset, 0x0A, end - offset).map { UnsafeRawPointer($0) - base }
    }

    private func newlineCount(in bytes: UnsafeRawBufferPointer) -> Int {
        bytes.count { $0 == 0x0A }
    }
}
