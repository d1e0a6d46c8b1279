internal import DelimitedText
internal import Postgres
internal import SQLCatalog

/// One import from its beginning to its end.
struct ImportSession {
    let connection: Connection
    let catalog: SQLCatalog
    let request: ImportRequest
    let input: ImportInput

    private let clock = ContinuousClock()
    private let start = ContinuousClock.now
    private var stage = Stage()
    private var rejects = RejectList()
    private var readCount = 0
    private var emptyCount = 0
    private var importID: Int64 = 0
    private var startedAt = Timestamp(secondsSinceEpoch: 0)
    private var actionIDs: [String: Int16] = [:]

    init(
        connection: Connection, catalog: SQLCatalog, request: ImportRequest, input: ImportInput
    ) {
        self.connection = connection
        self.catalog = catalog
        self.request = request
        self.input = input
    }

    mutating func run(_ progress: (ImportProgress) throws -> Void) throws -> ImportSummary {
        try begin()
        do {
            try connection.run(try catalog.script("import/create_staging"))
            try read(progress)
            try rejectByStatement()
            try checkLimit(isComplete: true)
            let summary = try load()
            try connection.run(try catalog.script("import/drop_staging"))
            try unlock()
            return summary
        } catch {
            // The error that ended the import is the one to tell.
            try? fail()
            if var tooMany = error as? ImportError, tooMany.code == .tooManyRejects {
                tooMany.summary = summary(loaded: 0)
                throw tooMany
            }
            throw error
        }
    }

    private mutating func begin() throws {
        actionIDs = Dictionary(
            uniqueKeysWithValues: try connection.query(
                try catalog.script("import/actions").query(), as: (String, Int16).self))
        let json: String
        switch request.rows {
        case .mapping(let mapping): json = mapping.json
        case .namedAsIn(let target): json = #"{"target": "\#(target.rawValue)"}"#
        }
        try connection.run(try catalog.script("import/close_dead"))
        let opened = try connection.query(
            try catalog.script("import/begin").query([
                "source_name": Bind(request.sourceName),
                "target": Bind(request.target.rawValue),
                "mapping": Bind(JSONB(json)),
            ]), as: (Int64, Timestamp, Bool).self)
        (importID, startedAt, _) = opened[0]
    }

    private mutating func read(_ progress: (ImportProgress) throws -> Void) throws {
        var positionBefore = 0
        for (index, stream) in input.streams.enumerated() {
            stage.fileNumber = Int16(index + 1)
            stage.mapper = nil
            let mapping = try fixedMapping()
            let format = mapping?.format ?? DelimitedFormat()
            let header = HeaderBox()
            if !format.hasHeader, let columns = mapping?.columns {
                header.names = columns
            }
            let reader = DelimitedReader(format: format, columnCount: mapping?.columns?.count) {
                header.names = $0
            }
            func read(_ record: Record) throws {
                if stage.mapper == nil { try bind(header.names ?? [], stream.name, format) }
                try take(record, fileName: stream.name, columnCount: header.names?.count, format)
            }
            try stream.forEachChunk { chunk in
                try reader.feed(chunk.bytes, read)
                try progress(report(position: positionBefore + chunk.position))
            }
            try reader.finish(read)
            // An input with nothing but a header must fit the mapping too.
            if let names = header.names { try bind(names, stream.name, format) }
            try flush()
            positionBefore += stream.size ?? 0
        }
        try progress(report(position: positionBefore))
    }

    private func fixedMapping() throws -> ImportMapping? {
        if case .mapping(let mapping) = request.rows { mapping } else { nil }
    }

    /// Ties the mapping to the columns of a file, once for each.
    private mutating func bind(
        _ names: [String], _ fileName: String, _ format: DelimitedFormat
    ) throws {
        guard stage.mapper == nil else { return }
        do {
            stage.mapper = try mapper(names, fileName)
        } catch let error as ImportError where format.hasHeader && input.typedColumns == nil {
            throw error.naming(DelimiterGuess(header: names, format: format))
        }
    }

    private func mapper(_ names: [String], _ fileName: String) throws -> Stage.Mapper {
        let mapping: ImportMapping
        switch request.rows {
        case .mapping(let given): mapping = given
        case .namedAsIn(let target):
            mapping = try .named(
                target,
                columns: input.typedColumns ?? names.map { TypedColumn(name: $0, type: nil) })
        }
        let columns = try InputColumns(
            names: names, mapping: mapping, file: fileName, now: startedAt)
        return switch mapping.rows {
        case .users(let users):
            .users(try UserMapper(users, columns: columns))
        case .items(let items):
            .items(try ItemMapper(items, columns: columns))
        case .interactions(let events):
            .interactions(
                try InteractionMapper(events, columns: columns, actionIDs: actionIDs))
        }
    }

    private mutating func take(
        _ record: Record, fileName: String, columnCount: Int?, _ format: DelimitedFormat
    ) throws {
        readCount += 1
        do throws(RowFault) {
            if let fault = record.fault {
                throw RowFault(
                    fault, fieldCount: record.fieldCount, columnCount: columnCount,
                    maximumLength: format.maximumRecordLength)
            }
            if try stage.append(record, number: readCount - 1) == 0 { emptyCount += 1 }
        } catch {
            rejects.append(
                error, fileName: fileName, line: record.line, rawText: record.escapedText())
            try checkLimit(isComplete: false)
        }
        if stage.isFull || rejects.isFull { try flush() }
    }

    private mutating func flush() throws {
        try stage.flush(connection)
        try rejects.flush(connection, importID: importID)
    }

    private func checkLimit(isComplete: Bool) throws {
        guard let limit = request.maximumRejects,
            limit.isExceeded(rejected: rejects.count, read: readCount, isComplete: isComplete)
        else { return }
        throw ImportError(
            .tooManyRejects, "\(limit.excess), nothing was loaded",
            hint: "See source.rejected_rows where import_id = \(importID).")
    }

    /// Refuses what only the database can judge.
    private mutating func rejectByStatement() throws {
        try connection.run(try catalog.script("import/analyze_\(request.target.rawValue)"))
        let name: String
        switch request.rows {
        case .mapping(let mapping):
            switch mapping.rows {
            case .users, .items: name = "reject_conflicting_\(mapping.target.rawValue)"
            case .interactions(let events):
                guard events.unknownIDs == .reject else { return }
                name = "reject_unknown_ids"
            }
        case .namedAsIn(.interactions): return
        case .namedAsIn(let target): name = "reject_conflicting_\(target.rawValue)"
        }
        let counts = try connection.query(
            try catalog.script("import/\(name)").query([
                "import_id": Bind(importID),
                "file_names": Bind(input.streams.map(\.name)),
                "room": Bind(Int64(rejects.room)),
            ]), as: (String, Int64).self)
        for (reason, count) in counts {
            guard let reason = RejectReason(rawValue: reason) else {
                preconditionFailure("\(name) gave the reason \(reason), which is none")
            }
            rejects.count(reason, Int(count))
        }
    }

    private func load() throws -> ImportSummary {
        let arguments = ["import_id": Bind(importID), "started_at": Bind(startedAt)]
        return try connection.withTransaction(isolation: .readCommitted) {
            try connection.run(
                try catalog.script("import/lock_features"),
                ["target": Bind(request.target.rawValue)])
            if request.target == .items {
                try connection.run(try catalog.script("import/load_creators"), arguments)
            }
            // The last statement is the one that adds rows to the target.
            var loaded = 0
            let script = try catalog.script("import/load_\(request.target.rawValue)")
            for query in try script.queries(arguments) { loaded = try connection.execute(query) }
            var summary = summary(loaded: loaded)
            let staged = try connection.value(
                try catalog.script("import/count_staged").query(), as: Int.self)
            // A row may give two versions: one of the past that it tells, and one of now.
            summary.duplicateCount = max(0, staged - loaded)
            if request.addsUnknownIDs {
                try addUnknownIDs(arguments, to: &summary)
            }
            try finish("loaded", summary)
            return summary
        }
    }

    /// Adds the users and items that only the loaded interactions name.
    private func addUnknownIDs(
        _ arguments: [String: Bind], to summary: inout ImportSummary
    ) throws {
        for target in [ImportTarget.items, .users] {
            try connection.run(
                try catalog.script("import/lock_features"), ["target": Bind(target.rawValue)])
        }
        try connection.run(try catalog.script("import/stage_unknown_ids"))
        summary.addedUserCount = try connection.run(
            try catalog.script("import/load_users"), arguments)
        summary.addedItemCount = try connection.run(
            try catalog.script("import/load_items"), arguments)
    }

    private mutating func fail() throws {
        try rejects.flush(connection, importID: importID)
        try finish("failed", summary(loaded: 0))
        try connection.run(try catalog.script("import/drop_staging"))
        try unlock()
    }

    private func finish(_ status: String, _ summary: ImportSummary) throws {
        try connection.run(
            try catalog.script("import/finish"),
            [
                "import_id": Bind(importID),
                "status": Bind(status),
                "read_count": Bind(Int64(summary.readCount)),
                "rejected_count": Bind(Int64(summary.rejectedCount)),
                "loaded_count": Bind(Int64(summary.loadedCount)),
                "duplicate_count": Bind(Int64(summary.duplicateCount)),
            ])
    }

    private func unlock() throws {
        try connection.run(
            try catalog.script("import/unlock"), ["import_id": Bind(importID)])
    }

    private func summary(loaded: Int) -> ImportSummary {
        var summary = ImportSummary(importID: importID, target: request.target)
        summary.readCount = readCount
        summary.rejectedByReason = rejects.countByReason
        summary.emptyCount = emptyCount
        summary.loadedCount = loaded
        summary.seconds = (clock.now - start) / .seconds(1)
        return summary
    }

    private func report(position: Int) -> ImportProgress {
        ImportProgress(
            readCount: readCount, rejectedCount: rejects.count,
            seconds: (clock.now - start) / .seconds(1),
            fraction: input.size.map { $0 > 0 ? Double(position) / Double($0) : 1 })
    }
}

/// The header that a reader has seen, shared with its closure.
private final class HeaderBox {
    var names: [String]?
}
