#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The fields of the record at hand, in memory that is used again for the next.
final class FieldList {
    enum Outcome {
        /// `length` bytes of record, and its line end within `consumed`.
        case record(length: Int, consumed: Int, hasQuotes: Bool)
        /// The bytes end before the record does.
        case unfinished
        case faulty(RecordFault)
    }

    private var slices: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>
    private var stored = 0
    /// Fields of the record, those beyond the last one stored included.
    private var count = 0
    /// Where doubled quotes are undone.
    private var scratch = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var scratchUsed = 0

    init() {
        slices = .allocate(capacity: 64)
    }

    deinit {
        slices.deallocate()
        scratch.deallocate()
    }

    var all: UnsafeBufferPointer<UnsafeRawBufferPointer> {
        UnsafeBufferPointer(start: slices.baseAddress, count: stored)
    }

    /// What is wrong with the content of a record that was cut out cleanly.
    func fault(of raw: UnsafeRawBufferPointer, expected: Int?) -> RecordFault? {
        if memchr(raw.baseAddress!, 0, raw.count) != nil { return .nulByte }
        if !isASCII(raw), !UTF8Validation.isValid(raw) { return .badEncoding }
        guard let expected, expected != count else { return nil }
        return count < expected ? .tooFewColumns : .tooManyColumns
    }

    /// Splits the record at the beginning of `bytes`.
    ///
    /// - Parameters:
    ///   - isEnd: Whether nothing follows `bytes`.
    ///   - columnCount: No more fields than this are kept, but all are counted.
    func split(
        _ bytes: UnsafeRawBufferPointer, format: DelimitedFormat, isEnd: Bool, columnCount: Int?
    ) -> Outcome {
        let delimiter = format.delimiter
        let quote = format.quote
        let end = bytes.count
        let base = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
        let most = columnCount ?? Int.max
        var cursor = 0
        var hasQuotes = false
        stored = 0
        count = 0
        scratchUsed = 0
        while true {
            if cursor < end, base[cursor] == quote {
                hasQuotes = true
                let first = cursor + 1
                guard let close = closingQuote(base, first, end, quote, isEnd: isEnd) else {
                    return isEnd ? .faulty(.unterminatedQuote) : .unfinished
                }
                let field = UnsafeRawBufferPointer(
                    start: base + first, count: close.offset - first)
                keep(close.hasDoubled ? undoubled(field, quote) : field, most)
                cursor = close.offset + 1
                guard cursor < end else {
                    return isEnd
                        ? .record(length: end, consumed: end, hasQuotes: true) : .unfinished
                }
                switch base[cursor] {
                case delimiter:
                    cursor += 1
                    continue
                case 0x0A:
                    return .record(length: cursor, consumed: cursor + 1, hasQuotes: true)
                case 0x0D where cursor + 1 == end && isEnd:
                    return .record(length: cursor, consumed: end, hasQuotes: true)
                case 0x0D where cursor + 1 == end:
                    return .unfinished
                case 0x0D where base[cursor + 1] == 0x0A:
                    return .record(length: cursor, consumed: cursor + 2, hasQuotes: true)
                default:
                    return .faulty(.malformedQuote)
                }
            }
            let first = cursor
            while cursor < end, base[cursor] != delimiter, base[cursor] != 0x0A { cursor &+= 1 }
            if cursor < end, base[cursor] == delimiter {
                keep(UnsafeRawBufferPointer(start: base + first, count: cursor - first), most)
                cursor &+= 1
                continue
            }
            guard cursor < end || isEnd else { return .unfinished }
            // CRLF: the carriage return belongs to the line end, also to one that is missing.
            let last = cursor > first && base[cursor - 1] == 0x0D ? cursor - 1 : cursor
            keep(UnsafeRawBufferPointer(start: base + first, count: last - first), most)
            return .record(
                length: last, consumed: cursor < end ? cursor + 1 : end, hasQuotes: hasQuotes)
        }
    }

    private func closingQuote(
        _ base: UnsafePointer<UInt8>, _ first: Int, _ end: Int, _ quote: UInt8, isEnd: Bool
    ) -> (offset: Int, hasDoubled: Bool)? {
        var cursor = first
        var hasDoubled = false
        while let found = memchr(base + cursor, Int32(quote), end - cursor) {
            let offset = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            // Only the next byte tells a closing quote from a doubled one.
            guard offset + 1 < end else { return isEnd ? (offset, hasDoubled) : nil }
            guard base[offset + 1] == quote else { return (offset, hasDoubled) }
            hasDoubled = true
            cursor = offset + 2
        }
        return nil
    }

    @inline(__always)
    private func keep(_ field: UnsafeRawBufferPointer, _ most: Int) {
        count &+= 1
        guard stored < most else { return }
        if _slowPath(stored == slices.count) { grow() }
        slices[stored] = field
        stored &+= 1
    }

    private func grow() {
        let larger = UnsafeMutableBufferPointer<UnsafeRawBufferPointer>.allocate(
            capacity: 2 * slices.count)
        _ = larger.update(fromContentsOf: slices[..<stored])
        slices.deallocate()
        slices = larger
    }

    /// The field with each doubled quote made one, in the scratch memory.
    private func undoubled(
        _ field: UnsafeRawBufferPointer, _ quote: UInt8
    ) -> UnsafeRawBufferPointer {
        let output = room(for: field.count)
        var length = 0
        var cursor = 0
        while cursor < field.count {
            let byte = field[cursor]
            output[length] = byte
            length += 1
            cursor += byte == quote ? 2 : 1
        }
        scratchUsed += length
        return UnsafeRawBufferPointer(rebasing: output[..<length])
    }

    private func room(for size: Int) -> UnsafeMutableRawBufferPointer {
        if scratch.count - scratchUsed < size {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: Swift.max(4_096, 2 * scratch.count, scratchUsed + size), alignment: 1)
            larger.copyMemory(
                from: UnsafeRawBufferPointer(
                    start: scratch.baseAddress, count: scratchUsed))
            // Slices that point into the old block move along.
            for index in 0..<stored {
                guard let old = scratch.baseAddress, let start = slices[index].baseAddress,
                    start >= UnsafeRawPointer(old),
                    start < UnsafeRawPointer(old) + scratchUsed
                else { continue }
                slices[index] = UnsafeRawBufferPointer(
                    start: larger.baseAddress! + (start - UnsafeRawPointer(old)),
                    count: slices[index].count)
            }
            scratch.deallocate()
            scratch = larger
        }
        return UnsafeMutableRawBufferPointer(rebasing: scratch[scratchUsed..<scratchUsed + size])
    }

    private func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        var seen: UInt64 = 0
        while index + 8 <= bytes.count {
            seen |= bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index &+= 8
        }
        while index < bytes.count {
            seen |= UInt64(bytes[index])
            index &+= 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }
}
