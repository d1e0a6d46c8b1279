internal import DelimitedText
internal import Postgres
internal import StrictYAML

/// The columns of the input at hand, and what counts as empty in them.
struct InputColumns {
    let names: [String]
    private let nullTokens: [[UInt8]]
    /// Microseconds, both inclusive.
    let accepted: ClosedRange<Int64>
    private let file: String

    /// - Parameter now: The import's start.
    init(names: [String], mapping: ImportMapping, file: String, now: Timestamp) throws {
        self.names = names
        self.file = file
        nullTokens = mapping.nullTokens.map { Array($0.utf8) }
        let day: Int64 = 86_400_000_000
        let from = mapping.acceptedFrom.microsecondsSinceEpoch
        let until =
            mapping.acceptedUntil?.microsecondsSinceEpoch ?? now.microsecondsSinceEpoch + day
        guard from <= until else {
            throw ImportError(.badRequest, "the accepted range of moments is empty")
        }
        accepted = from...until
    }

    /// A column by its name.
    ///
    /// - Throws: `mappingDoesNotFit` with the near miss.
    func column(_ name: String) throws -> InputColumn {
        guard let index = names.firstIndex(of: name) else {
            throw ImportError(
                .mappingDoesNotFit, "column \"\(name)\" does not exist in \"\(file)\"",
                hint: NearMiss.hint(for: name, among: names))
        }
        return InputColumn(index: index, name: name, nullTokens: nullTokens)
    }

    func column(_ name: String?) throws -> InputColumn? {
        try name.map { try column($0) }
    }
}

/// One column, with the faults of its fields put into words.
struct InputColumn {
    let index: Int
    let name: String
    let nullTokens: [[UInt8]]

    /// The bytes of the field; nil when it is empty.
    func bytes(_ record: Record) -> UnsafeRawBufferPointer? {
        let field = record[index]
        if field.isEmpty { return nil }
        for token in nullTokens where token.count == field.count && field.elementsEqual(token) {
            return nil
        }
        return field
    }

    func text(_ record: Record) -> String? {
        bytes(record).map { String(decoding: $0, as: UTF8.self) }
    }

    func integer(_ record: Record) throws(RowFault) -> Int64? {
        guard let bytes = bytes(record) else { return nil }
        return try integer(bytes)
    }

    func integer(_ bytes: UnsafeRawBufferPointer) throws(RowFault) -> Int64 {
        do {
            return try FieldParser.integer(bytes)
        } catch {
            throw fault(error, expected: "a whole number")
        }
    }

    func requiredInteger(_ record: Record) throws(RowFault) -> Int64 {
        guard let value = try integer(record) else { throw missing() }
        return value
    }

    func number(_ record: Record) throws(RowFault) -> Double? {
        guard let bytes = bytes(record) else { return nil }
        do {
            return try FieldParser.number(bytes)
        } catch {
            throw fault(error, expected: "a number")
        }
    }

    func boolean(_ record: Record) throws(RowFault) -> Bool? {
        guard let bytes = bytes(record) else { return nil }
        do {
            return try FieldParser.boolean(bytes)
        } catch {
            throw fault(error, expected: "true or false")
        }
    }

    func missing() -> RowFault {
        RowFault(.missingValue, "Column \"\(name)\" is empty.")
    }

    func wrongType(_ expected: String) -> RowFault {
        RowFault(.wrongType, "Column \"\(name)\" is not \(expected).")
    }

    func outOfRange() -> RowFault {
        RowFault(.numberOutOfRange, "Column \"\(name)\" is out of range.")
    }

    private func fault(_ failure: FieldParser.Failure, expected: String) -> RowFault {
        switch failure {
        case .malformed: wrongType(expected)
        case .outOfRange: outOfRange()
        case .notFinite: RowFault(.notFinite, "Column \"\(name)\" is NaN or infinite.")
        }
    }
}

/// A moment of each row.
struct MomentReader {
    private let column: InputColumn?
    private let unit: MomentUnit
    private let constant: Int64
    private let added: Int64
    private let accepted: ClosedRange<Int64>?

    /// - Parameter isChecked: Whether moments outside the accepted range are refused.
    init(_ source: MomentSource, _ columns: InputColumns, isChecked: Bool) throws {
        added = source.added
        accepted = isChecked ? columns.accepted : nil
        switch source.origin {
        case .column(let name, let unit):
            column = try columns.column(name)
            self.unit = unit
            constant = 0
        case .constant(let moment):
            column = nil
            unit = .iso8601
            constant = moment.microsecondsSinceEpoch
        }
    }

    /// Microseconds since 1970-01-01 00:00 UTC; nil when the field is empty.
    func moment(_ record: Record) throws(RowFault) -> Int64? {
        guard let column else { return constant + added }
        guard let bytes = column.bytes(record) else { return nil }
        let parsed: Int64
        do {
            parsed = try unit.parse(bytes)
        } catch {
            switch error {
            case .malformed: throw column.wrongType("a moment in the form expected")
            case .outOfRange: throw outOfRange(column)
            }
        }
        let (moment, overflow) = parsed.addingReportingOverflow(added)
        guard !overflow, Self.representable.contains(moment) else { throw outOfRange(column) }
        if let accepted, !accepted.contains(moment) { throw outOfRange(column) }
        return moment
    }

    func required(_ record: Record) throws(RowFault) -> Int64 {
        if let moment = try moment(record) { return moment }
        throw RowFault(.missingValue, "Column \"\(column?.name ?? "")\" is empty.")
    }

    /// Years 0001 to 9999: beyond them, clients of PostgreSQL begin to disagree.
    private static let representable: ClosedRange<Int64> =
        -62_135_596_800_000_000...253_402_300_799_999_999

    private func outOfRange(_ column: InputColumn) -> RowFault {
        RowFault(
            .timeOutOfRange, "Column \"\(column.name)\" lies outside the accepted range of moments."
        )
    }
}
