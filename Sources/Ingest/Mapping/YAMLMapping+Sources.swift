internal import Postgres
internal import StrictYAML

/// The values that mappings share.
extension YAMLMapping {
    /// A column by its name, `{column: name}` or `{constant: text}`.
    func source(_ key: String) throws -> FieldSource? {
        guard let member = member(key) else { return nil }
        guard member.isMapping else { return .column(try member.decode()) }
        return try member.mapping { mapping in
            let column = try mapping.optional("column", as: String.self)
            let constant = try mapping.optional("constant", as: String.self)
            switch (column, constant) {
            case (let column?, nil): return .column(column)
            case (nil, let constant?): return .constant(constant)
            default: throw mapping.error("\"\(key)\" needs one of \"column\" and \"constant\"")
            }
        }
    }

    /// `{column: name, unit: ms}`, `{column: name, format: "%Y%m%d", zone: "+08:00"}` or
    /// `{constant: 2022-04-09T00:00+08:00}`, each with `add: 1d` if need be.
    func moment(_ key: String) throws -> MomentSource? {
        try optionalMapping(key) { try $0.momentSource(of: key) }
    }

    /// A moment, or `{from_order: 2022-04-09T00:00+08:00, step: 1ms}`.
    func eventMoment(_ key: String) throws -> EventMoment? {
        try optionalMapping(key) { mapping in
            guard let from = try mapping.constantMoment("from_order") else {
                return .moment(try mapping.momentSource(of: key))
            }
            let step = try mapping.value("step", default: Duration.milliseconds(1))
            guard step > .zero else { throw mapping.error("\"step\" must be above 0") }
            return .order(from: from, step: step.microseconds)
        }
    }

    private func momentSource(of key: String) throws -> MomentSource {
        let added = try value("add", default: Duration.zero)
        let unit = try momentUnit()
        let column = try optional("column", as: String.self)
        let constant = try constantMoment("constant")
        let origin: MomentSource.Origin
        switch (column, constant) {
        case (let column?, nil): origin = .column(column, unit)
        case (nil, let constant?): origin = .constant(constant)
        default: throw error("\"\(key)\" needs one of \"column\" and \"constant\"")
        }
        return MomentSource(origin: origin, added: added.microseconds)
    }

    private func momentUnit() throws -> MomentUnit {
        let unit = try optional("unit", as: MomentUnitName.self)
        let format = try optional("format", as: String.self)
        let zone = try optional("zone", as: String.self)
        guard let format else {
            guard zone == nil else { throw error("\"zone\" belongs to a \"format\"") }
            return unit?.unit ?? .iso8601
        }
        guard unit == nil else { throw error("\"unit\" and \"format\" exclude one another") }
        do {
            return .pattern(
                try MomentPattern(format, offsetSeconds: try zone.map(offset(of:)) ?? 0))
        } catch let invalid as MomentPattern.InvalidPattern {
            throw error(invalid.message)
        }
    }

    private func offset(of zone: String) throws -> Int {
        var text = zone
        let seconds = text.withUTF8 { bytes -> Int? in
            var cursor = MomentCursor(UnsafeRawBufferPointer(bytes))
            guard let offset = try? cursor.offset(), cursor.isAtEnd else { return nil }
            return offset
        }
        guard let seconds else {
            throw error("a zone is an offset such as \"+08:00\", or \"Z\"")
        }
        return seconds
    }

    /// ISO 8601 text, quoted or not.
    func constantMoment(_ key: String) throws -> Timestamp? {
        guard let member = member(key) else { return nil }
        guard let text = member.scalarText, let moment = MomentUnit.timestamp(text) else {
            throw member.mismatch(expected: "a moment such as 2022-04-09T00:00+08:00")
        }
        return moment
    }

    func amount(_ key: String) throws -> ValueMapping? {
        guard let member = member(key) else { return nil }
        guard member.isMapping else { return ValueMapping(column: try member.decode()) }
        return try member.mapping { value in
            ValueMapping(
                column: try value.value("column"), scale: try value.value("scale", default: 1.0))
        }
    }

    /// One ASCII character, a comma by default; `tab` for the tabulator.
    func delimiter(_ key: String) throws -> UInt8 {
        guard let member = member(key) else { return UInt8(ascii: ",") }
        let text = try member.decode(as: String.self)
        if text == "tab" { return UInt8(ascii: "\t") }
        guard text.utf8.count == 1, let byte = text.utf8.first, byte >= 0x20 || byte == 0x09,
            byte != UInt8(ascii: "\""), byte < 0x7F
        else {
            throw member.mismatch(expected: "one ASCII character, or \"tab\"")
        }
        return byte
    }

    /// Lists of columns by type; `{name: …, column: …}` renames one.
    func attributes() throws -> [AttributeMapping] {
        try optionalMapping("attributes") { mapping in
            var found: [AttributeMapping] = []
            for kind in AttributeMapping.Kind.allCases {
                found += try mapping.list(kind.rawValue) { element in
                    guard element.isMapping else {
                        let column = try element.decode(as: String.self)
                        return AttributeMapping(name: column, column: column, kind: kind)
                    }
                    return try element.mapping {
                        AttributeMapping(
                            name: try $0.value("name"), column: try $0.value("column"), kind: kind)
                    }
                }
            }
            var names: Set<String> = []
            for attribute in found where !names.insert(attribute.name).inserted {
                throw mapping.error("attribute \"\(attribute.name)\" stands twice")
            }
            return found
        } ?? []
    }
}

extension Duration {
    fileprivate var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}

private enum MomentUnitName: String, YAMLEnumeration {
    case seconds = "s"
    case milliseconds = "ms"
    case microseconds = "us"
    case iso8601

    var unit: MomentUnit {
        switch self {
        case .seconds: .seconds
        case .milliseconds: .milliseconds
        case .microseconds: .microseconds
        case .iso8601: .iso8601
        }
    }
}
