internal import Postgres

/// Refused records on their way into `source.rejected_rows`: all are counted, the first ones kept.
struct RejectList {
    /// Records of one import that are kept with their text.
    static let limit = 100_000
    /// Records that are collected before they are written.
    private static let batchSize = 1_000

    private struct Entry {
        var fileName: String
        var line: Int64
        var fault: RowFault
        var rawText: String
    }

    private(set) var countByReason: [RejectReason: Int] = [:]
    private(set) var count = 0
    private var keptCount = 0
    private var pending: [Entry] = []

    /// Records that may still be kept.
    var room: Int { Swift.max(0, Self.limit - keptCount) }

    var isFull: Bool { pending.count >= Self.batchSize }

    /// - Parameter rawText: Not made when the record is only counted.
    mutating func append(
        _ fault: RowFault, fileName: String, line: Int, rawText: @autoclosure () -> String
    ) {
        count += 1
        countByReason[fault.reason, default: 0] += 1
        guard room > 0 else { return }
        keptCount += 1
        pending.append(
            Entry(fileName: fileName, line: Int64(line), fault: fault, rawText: rawText()))
    }

    /// Counts records that a statement refused, and has written down by itself as far as there was
    /// room.
    mutating func count(_ reason: RejectReason, _ number: Int) {
        count += number
        countByReason[reason, default: 0] += number
        keptCount += Swift.min(room, number)
    }

    /// Writes what is pending, in a transaction of its own.
    mutating func flush(_ connection: Connection, importID: Int64) throws {
        guard !pending.isEmpty else { return }
        try connection.copyIn(
            into: "source.rejected_rows",
            columns: ["import_id", "file_name", "line_number", "reason", "detail", "raw_text"]
        ) { writer in
            for entry in pending {
                try writer.row { row in
                    row.append(importID)
                    row.append(entry.fileName)
                    row.append(entry.line)
                    row.append(entry.fault.reason.rawValue)
                    row.append(entry.fault.detail)
                    row.append(entry.rawText)
                }
            }
        }
        pending.removeAll(keepingCapacity: true)
    }
}
