internal import DelimitedText
internal import Postgres
internal import StrictYAML

/// Turns records into events, as a mapping says.
struct InteractionMapper {
    private let userID: InputColumn
    private let itemID: InputColumn?
    private let occurredAt: EventMomentReader?
    private let knownAt: MomentReader?
    private let surfaceColumn: InputColumn?
    private let surfaceConstant: String?
    private let position: InputColumn?
    private let requestID: InputColumn?
    private let actionColumn: InputColumn?
    private let actionColumnValue: ValueReader?
    /// What the action column may say, to the action's identifier.
    private let actionsByText: [String: Int16]
    private let actions: [ActionReader]
    private let sequences: [SequenceReader]
    private let keepsRawText: Bool

    /// - Parameter actionIDs: The actions that the database knows, by name.
    /// - Throws: `mappingDoesNotFit` for a column that is missing or an action that is not known.
    init(_ mapping: InteractionMapping, columns: InputColumns, actionIDs: [String: Int16]) throws {
        func identifier(of action: String) throws -> Int16 {
            guard let found = actionIDs[action] else {
                throw ImportError(
                    .mappingDoesNotFit, "action \"\(action)\" is not known",
                    hint: NearMiss.of(action, among: actionIDs.keys.sorted()).map {
                        "Perhaps you meant \"\($0)\"."
                    } ?? "Add it to source.actions.")
            }
            return found
        }
        userID = try columns.column(mapping.userID)
        itemID = try columns.column(mapping.itemID)
        occurredAt = try mapping.occurredAt.map { try EventMomentReader($0, columns) }
        knownAt = try mapping.knownAt.map { try MomentReader($0, columns, isChecked: false) }
        switch mapping.surface {
        case .column(let name):
            surfaceColumn = try columns.column(name)
            surfaceConstant = nil
        case .constant(let text):
            surfaceColumn = nil
            surfaceConstant = text
        case nil:
            surfaceColumn = nil
            surfaceConstant = nil
        }
        position = try columns.column(mapping.position)
        requestID = try columns.column(mapping.requestID)
        actionColumn = try columns.column(mapping.action?.column)
        actionColumnValue = try mapping.action?.value.map { try ValueReader($0, columns) }
        var byText = mapping.action == nil ? [:] : actionIDs
        for (text, name) in mapping.action?.names ?? [:] { byText[text] = try identifier(of: name) }
        actionsByText = byText
        actions = try mapping.actions.map { action in
            ActionReader(
                actionID: try identifier(of: action.action),
                condition: try action.condition.map { try ConditionReader($0, columns) },
                value: try action.value.map { try ValueReader($0, columns) })
        }
        sequences = try mapping.sequences.map { sequence in
            SequenceReader(
                actionID: try identifier(of: sequence.action),
                itemIDs: try columns.column(sequence.itemIDs),
                from: try MomentReader(sequence.from, columns, isChecked: true),
                until: try MomentReader(sequence.until, columns, isChecked: true))
        }
        keepsRawText = mapping.unknownIDs == .reject
    }

    /// Appends the events of a record: all of them, or, when it throws, none.
    ///
    /// - Parameter number: The place of the record in the input, from 0, over all files.
    /// - Returns: How many there were.
    func append(
        _ record: Record, number: Int, to events: inout [StagedInteraction]
    ) throws(RowFault) -> Int {
        let before = events.count
        do {
            try appendAll(record, number: number, to: &events)
        } catch {
            events.removeLast(events.count - before)
            throw error
        }
        if keepsRawText, events.count > before { events[before].rawText = record.escapedText() }
        return events.count - before
    }

    private func appendAll(
        _ record: Record, number: Int, to events: inout [StagedInteraction]
    ) throws(RowFault) {
        var event = StagedInteraction(
            line: Int64(record.line), userID: try userID.requiredInteger(record), itemID: 0,
            actionID: 0, occurredAt: 0, knownAt: 0)
        event.surface = surfaceConstant ?? surfaceColumn?.text(record)
        if let position, let place = try position.integer(record) {
            guard place >= 1, let short = Int16(exactly: place) else { throw position.outOfRange() }
            event.position = short
        }
        event.requestID = try requestID?.integer(record)
        let known = try knownAt?.moment(record)

        if let itemID, let occurredAt, actionColumn != nil || !actions.isEmpty {
            event.itemID = try itemID.requiredInteger(record)
            event.occurredAt = try occurredAt.moment(record, number: number)
            event.knownAt = Swift.max(known ?? event.occurredAt, event.occurredAt)
            if let actionColumn {
                guard let text = actionColumn.text(record) else { throw actionColumn.missing() }
                guard let action = actionsByText[text] else {
                    throw RowFault(
                        .unknownAction, "Column \"\(actionColumn.name)\" names no known action.")
                }
                event.actionID = action
                event.value = try actionColumnValue?.value(record)
                events.append(event)
            }
            for action in actions where try action.condition?.holds(record) ?? true {
                event.actionID = action.actionID
                event.value = try action.value?.value(record)
                events.append(event)
            }
        }
        for sequence in sequences {
            try sequence.append(record, event, knownAt: known, to: &events)
        }
    }
}

/// When each event happened: read from the record, or told by its place.
private enum EventMomentReader {
    case read(MomentReader)
    case order(from: Int64, step: Int64, accepted: ClosedRange<Int64>)

    init(_ moment: EventMoment, _ columns: InputColumns) throws {
        switch moment {
        case .moment(let source):
            self = .read(try MomentReader(source, columns, isChecked: true))
        case .order(let from, let step):
            self = .order(
                from: from.microsecondsSinceEpoch, step: step, accepted: columns.accepted)
        }
    }

    func moment(_ record: Record, number: Int) throws(RowFault) -> Int64 {
        switch self {
        case .read(let reader): return try reader.required(record)
        case .order(let from, let step, let accepted):
            let (distance, tooFar) = step.multipliedReportingOverflow(by: Int64(number))
            let (moment, overflow) = from.addingReportingOverflow(distance)
            guard !tooFar, !overflow, accepted.contains(moment) else {
                throw RowFault(
                    .timeOutOfRange,
                    "The moment by order lies outside the accepted range of moments.")
            }
            return moment
        }
    }
}

private struct ActionReader {
    let actionID: Int16
    let condition: ConditionReader?
    let value: ValueReader?
}

private enum ConditionReader {
    case equals(InputColumn, [[UInt8]])
    case above(InputColumn, Double)

    init(_ condition: ActionMapping.Condition, _ columns: InputColumns) throws {
        switch condition {
        case .equals(let name, let values):
            self = .equals(try columns.column(name), values.map { Array($0.utf8) })
        case .above(let name, let bound):
            self = .above(try columns.column(name), bound)
        }
    }

    func holds(_ record: Record) throws(RowFault) -> Bool {
        switch self {
        case .equals(let column, let values):
            let field = record[column.index]
            return values.contains { $0.count == field.count && field.elementsEqual($0) }
        case .above(let column, let bound):
            guard let number = try column.number(record) else { return false }
            return number > bound
        }
    }
}

/// The `value` of an event: a real number.
private struct ValueReader {
    private let column: InputColumn
    private let scale: Double

    init(_ mapping: ValueMapping, _ columns: InputColumns) throws {
        column = try columns.column(mapping.column)
        scale = mapping.scale
    }

    func value(_ record: Record) throws(RowFault) -> Float? {
        guard let number = try column.number(record) else { return nil }
        let value = Float(number * scale)
        guard value.isFinite else { throw column.outOfRange() }
        return value
    }
}

private struct SequenceReader {
    let actionID: Int16
    let itemIDs: InputColumn
    let from: MomentReader
    let until: MomentReader

    /// Spreads the events evenly: of n, the i-th (from 1) happens i/n of the way from `from` to
    /// `until`, the last one at `until`.
    func append(
        _ record: Record, _ template: StagedInteraction, knownAt: Int64?,
        to events: inout [StagedInteraction]
    ) throws(RowFault) {
        guard let field = itemIDs.bytes(record) else { return }
        let start = try from.required(record)
        let end = try until.required(record)
        guard start <= end else {
            throw RowFault(.timeOutOfRange, "The sequence ends before it begins.")
        }
        let first = events.count
        var event = template
        event.actionID = actionID
        var index = 0
        while index < field.count {
            if field[index] == UInt8(ascii: " ") {
                index += 1
                continue
            }
            var stop = index
            while stop < field.count, field[stop] != UInt8(ascii: " ") { stop += 1 }
            event.itemID = try itemIDs.integer(
                UnsafeRawBufferPointer(rebasing: field[index..<stop]))
            events.append(event)
            index = stop
        }
        let count = Int64(events.count - first)
        for place in 1...Swift.max(1, count) where place <= count {
            // Whole steps first, so that the product stays small.
            let (step, rest) = (end - start).quotientAndRemainder(dividingBy: count)
            let moment = start + step * place + rest * place / count
            events[first + Int(place) - 1].occurredAt = moment
            events[first + Int(place) - 1].knownAt = Swift.max(knownAt ?? moment, moment)
        }
    }
}
