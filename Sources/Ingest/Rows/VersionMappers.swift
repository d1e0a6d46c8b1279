internal import DelimitedText

/// The moments of a version: when it was created, and since when it is known.
private struct VersionMoments {
    private let createdAt: MomentReader?
    private let knownAt: MomentReader?
    private let knownAtIsOwn: Bool

    init(
        createdAt: MomentSource?, knownAt: MomentSource?, _ columns: InputColumns
    ) throws {
        // Much of what exists was created before events are accepted.
        self.createdAt = try createdAt.map { try MomentReader($0, columns, isChecked: false) }
        self.knownAt = try knownAt.map { try MomentReader($0, columns, isChecked: false) }
        knownAtIsOwn = if case .column = knownAt?.origin { true } else { false }
    }

    /// Known since the mapping says, else since the creation. Where neither is there, loading
    /// decides: on the first day, before features were ever closed, what is new counts as always
    /// known (2000-01-01 00:00 UTC), later as known since the import's start.
    func moments(
        _ record: Record
    ) throws(RowFault) -> (createdAt: Int64?, knownAt: KnownMoment?) {
        let created = try createdAt?.moment(record)
        if let known = try knownAt?.moment(record) {
            return (created, KnownMoment(moment: known, isOwn: knownAtIsOwn))
        }
        return (created, created.map { KnownMoment(moment: $0, isOwn: false) })
    }
}

/// Turns records into versions of users.
struct UserMapper {
    private let userID: InputColumn
    private let moments: VersionMoments
    private let attributes: AttributeWriter

    init(_ mapping: UserMapping, columns: InputColumns) throws {
        userID = try columns.column(mapping.userID)
        moments = try VersionMoments(
            createdAt: mapping.createdAt, knownAt: mapping.knownAt, columns)
        attributes = try AttributeWriter(
            mapping.attributes, object: mapping.attributeObject, columns)
    }

    func user(_ record: Record) throws(RowFault) -> StagedUser {
        let userID = try userID.requiredInteger(record)
        let (createdAt, knownAt) = try moments.moments(record)
        return StagedUser(
            line: Int64(record.line), userID: userID, knownAt: knownAt, createdAt: createdAt,
            attributes: try attributes.json(record), rawText: record.escapedText())
    }
}

/// Turns records into versions of items.
struct ItemMapper {
    static let kinds = ["post", "video", "reel"]

    private let itemID: InputColumn
    private let creatorID: InputColumn?
    private let kind: TextReader?
    private let moments: VersionMoments
    private let isAvailable: InputColumn?
    private let caption: InputColumn?
    private let language: TextReader?
    private let tags: InputColumn?
    private let tagForm: TagMapping.Form
    private let attributes: AttributeWriter

    init(_ mapping: ItemMapping, columns: InputColumns) throws {
        itemID = try columns.column(mapping.itemID)
        creatorID = try columns.column(mapping.creatorID)
        kind = try TextReader(mapping.kind, columns)
        moments = try VersionMoments(
            createdAt: mapping.createdAt, knownAt: mapping.knownAt, columns)
        isAvailable = try columns.column(mapping.isAvailable)
        caption = try columns.column(mapping.caption)
        language = try mapping.language.map { try TextReader($0, columns) }
        tags = try columns.column(mapping.tags?.column)
        tagForm = mapping.tags?.form ?? .array
        attributes = try AttributeWriter(
            mapping.attributes, object: mapping.attributeObject, columns)
    }

    func item(_ record: Record) throws(RowFault) -> StagedItem {
        let itemID = try itemID.requiredInteger(record)
        let kind = kind?.text(record) ?? "post"
        guard Self.kinds.contains(kind) else {
            throw RowFault(.wrongType, "The kind is not one of post, video and reel.")
        }
        let (createdAt, knownAt) = try moments.moments(record)
        return StagedItem(
            line: Int64(record.line), itemID: itemID, knownAt: knownAt,
            creatorID: try creatorID?.integer(record), kind: kind, createdAt: createdAt,
            isAvailable: try isAvailable?.boolean(record) ?? true,
            caption: caption?.text(record), language: language?.text(record),
            tags: try readTags(record), attributes: try attributes.json(record),
            rawText: record.escapedText())
    }

    private func readTags(_ record: Record) throws(RowFault) -> [String] {
        guard let tags, let text = tags.text(record) else { return [] }
        switch tagForm {
        case .separated(let separator):
            return text.utf8.split(separator: separator).map { part in
                String(Substring(part)).trimmingBlanks
            }.filter { !$0.isEmpty }
        case .array:
            guard let elements = ArrayLiteral.elements(of: text) else {
                throw tags.wrongType("an array of text")
            }
            return elements
        }
    }
}

private struct TextReader {
    private let column: InputColumn?
    private let constant: String?

    init(_ source: FieldSource, _ columns: InputColumns) throws {
        switch source {
        case .column(let name):
            column = try columns.column(name)
            constant = nil
        case .constant(let text):
            column = nil
            constant = text
        }
    }

    func text(_ record: Record) -> String? {
        constant ?? column?.text(record)
    }
}

/// One-dimensional arrays as PostgreSQL writes them (manual, 8.15.6).
enum ArrayLiteral {
    /// The elements, those that are null left out; nil when the text is no such array.
    static func elements(of text: String) -> [String]? {
        var bytes = Array(text.utf8)[...]
        guard bytes.popFirst() == UInt8(ascii: "{"), bytes.popLast() == UInt8(ascii: "}") else {
            return nil
        }
        var elements: [String] = []
        while !bytes.isEmpty {
            var element: [UInt8] = []
            let isQuoted = bytes.first == UInt8(ascii: "\"")
            if isQuoted {
                bytes.removeFirst()
                var isClosed = false
                while let byte = bytes.popFirst() {
                    if byte == UInt8(ascii: "\"") {
                        isClosed = true
                        break
                    }
                    guard let next = byte == UInt8(ascii: "\\") ? bytes.popFirst() : byte else {
                        return nil
                    }
                    element.append(next)
                }
                guard isClosed else { return nil }
            } else {
                while let byte = bytes.first, byte != UInt8(ascii: ",") {
                    guard byte != UInt8(ascii: "{"), byte != UInt8(ascii: "}") else { return nil }
                    element.append(byte)
                    bytes.removeFirst()
                }
                guard !element.isEmpty else { return nil }
            }
            let value = String(decoding: element, as: UTF8.self)
            if isQuoted || value.uppercased() != "NULL" { elements.append(value) }
            if bytes.isEmpty { break }
            guard bytes.popFirst() == UInt8(ascii: ","), !bytes.isEmpty else { return nil }
        }
        return elements
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
