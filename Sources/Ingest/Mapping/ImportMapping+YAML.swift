internal import DelimitedText
internal import Postgres
internal import StrictYAML

extension ImportMapping {
    /// Reads a mapping file.
    ///
    /// - Throws: `YAMLError` with file and line.
    public init(path: String) throws {
        try self.init(file: YAMLFile(path: path))
    }

    /// Reads a mapping from text.
    public init(yaml text: String, name: String) throws {
        try self.init(file: YAMLFile(text: text, name: name))
    }

    private init(file: YAMLFile) throws {
        self = try file.decode { root in
            let target = try root.value("target", as: ImportTarget.self)
            let rows: Rows =
                switch target {
                case .users: .users(try UserMapping(root))
                case .items: .items(try ItemMapping(root))
                case .interactions: .interactions(try InteractionMapping(root))
                }
            var mapping = ImportMapping(rows: rows, json: file.json)
            mapping.nullTokens = try root.value("null_tokens", default: [])
            mapping.columns = try root.optional("columns")
            try root.optionalMapping("accepted") { range in
                if let from = try range.constantMoment("from") { mapping.acceptedFrom = from }
                mapping.acceptedUntil = try range.constantMoment("until")
            }
            mapping.format = DelimitedFormat(
                delimiter: try root.delimiter("delimiter"),
                hasHeader: mapping.columns == nil,
                maximumRecordLength: try root.value(
                    "maximum_record_bytes", in: 64...(64 << 20), default: 1 << 20))
            return mapping
        }
    }
}

extension UserMapping {
    fileprivate init(_ root: YAMLMapping) throws {
        self.init(userID: try root.value("user_id"))
        createdAt = try root.moment("created_at")
        knownAt = try root.moment("known_at")
        attributes = try root.attributes()
        attributeObject = try root.optional("attribute_object")
    }
}

extension ItemMapping {
    fileprivate init(_ root: YAMLMapping) throws {
        self.init(itemID: try root.value("item_id"))
        creatorID = try root.optional("creator_id")
        if let kind = try root.source("kind") {
            if case .constant(let name) = kind, !ItemMapper.kinds.contains(name) {
                throw root.error(
                    "unknown kind \"\(name)\"",
                    hint: NearMiss.hint(for: name, among: ItemMapper.kinds))
            }
            self.kind = kind
        }
        createdAt = try root.moment("created_at")
        knownAt = try root.moment("known_at")
        isAvailable = try root.optional("is_available")
        caption = try root.optional("caption")
        language = try root.source("language")
        tags = try root.optionalMapping("tags") { tags in
            TagMapping(
                column: try tags.value("column"), form: .separated(try tags.delimiter("separator")))
        }
        attributes = try root.attributes()
        attributeObject = try root.optional("attribute_object")
    }
}

extension InteractionMapping {
    fileprivate init(_ root: YAMLMapping) throws {
        self.init(userID: try root.value("user_id"))
        itemID = try root.optional("item_id")
        occurredAt = try root.eventMoment("occurred_at")
        knownAt = try root.moment("known_at")
        surface = try root.source("surface")
        position = try root.optional("position")
        requestID = try root.optional("request_id")
        action = try root.optionalMapping("action") { action in
            ActionColumn(
                column: try action.value("column"),
                names: try action.optionalMapping("names") { names in
                    try Dictionary(
                        uniqueKeysWithValues: names.members().map { ($0, try $1.decode()) })
                } ?? [:],
                value: try action.amount("value"))
        }
        actions = try root.list("actions") { try $0.mapping { try ActionMapping($0) } }
        sequences = try root.list("sequences") { try $0.mapping { try SequenceMapping($0) } }
        unknownIDs = try root.value("unknown_ids", default: .accept)
        if action == nil, actions.isEmpty, sequences.isEmpty {
            throw root.error(
                "no event would come of a row",
                hint: "Say which actions a row stands for, with action, actions or sequences.")
        }
        if action != nil || !actions.isEmpty, itemID == nil || occurredAt == nil {
            throw root.error(
                "the file lacks the key \"\(itemID == nil ? "item_id" : "occurred_at")\"")
        }
    }
}

extension UnknownIDs: YAMLEnumeration {}

extension ActionMapping {
    fileprivate init(_ mapping: YAMLMapping) throws {
        self.init(action: try mapping.value("action"))
        value = try mapping.amount("value")
        condition = try mapping.optionalMapping("when") { when in
            let column = try when.value("column", as: String.self)
            let equals = try when.optional("equals", as: String.self)
            let among = try when.optional("in", as: [String].self)
            let above = try when.optional("above", as: Double.self)
            switch (equals, among, above) {
            case (let value?, nil, nil): return .equals(column: column, values: [value])
            case (nil, let values?, nil): return .equals(column: column, values: values)
            case (nil, nil, let bound?): return .above(column: column, bound: bound)
            default:
                throw when.error("\"when\" needs one of \"equals\", \"in\" and \"above\"")
            }
        }
    }
}

extension SequenceMapping {
    fileprivate init(_ mapping: YAMLMapping) throws {
        guard let from = try mapping.moment("from"), let until = try mapping.moment("until") else {
            throw mapping.error("a sequence needs \"from\" and \"until\"")
        }
        self.init(
            action: try mapping.value("action"), itemIDs: try mapping.value("items"), from: from,
            until: until)
    }
}
