/// A PostgreSQL data type, named by its object identifier.
///
/// The constants are the built-in types of `src/include/catalog/pg_type.dat`, whose identifiers are
/// the same on every server.
@frozen
public struct PostgresType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    @inlinable public static var bool: Self { Self(rawValue: 16) }
    @inlinable public static var bytea: Self { Self(rawValue: 17) }
    @inlinable public static var name: Self { Self(rawValue: 19) }
    @inlinable public static var int8: Self { Self(rawValue: 20) }
    @inlinable public static var int2: Self { Self(rawValue: 21) }
    @inlinable public static var int4: Self { Self(rawValue: 23) }
    @inlinable public static var text: Self { Self(rawValue: 25) }
    @inlinable public static var oid: Self { Self(rawValue: 26) }
    @inlinable public static var json: Self { Self(rawValue: 114) }
    @inlinable public static var xml: Self { Self(rawValue: 142) }
    @inlinable public static var float4: Self { Self(rawValue: 700) }
    @inlinable public static var float8: Self { Self(rawValue: 701) }
    @inlinable public static var unknown: Self { Self(rawValue: 705) }
    @inlinable public static var bpchar: Self { Self(rawValue: 1042) }
    @inlinable public static var varchar: Self { Self(rawValue: 1043) }
    @inlinable public static var date: Self { Self(rawValue: 1082) }
    @inlinable public static var timestamp: Self { Self(rawValue: 1114) }
    @inlinable public static var timestamptz: Self { Self(rawValue: 1184) }
    @inlinable public static var numeric: Self { Self(rawValue: 1700) }
    @inlinable public static var void: Self { Self(rawValue: 2278) }
    @inlinable public static var uuid: Self { Self(rawValue: 2950) }
    @inlinable public static var jsonb: Self { Self(rawValue: 3802) }

    @inlinable public static var boolArray: Self { Self(rawValue: 1000) }
    @inlinable public static var int2Array: Self { Self(rawValue: 1005) }
    @inlinable public static var int4Array: Self { Self(rawValue: 1007) }
    @inlinable public static var textArray: Self { Self(rawValue: 1009) }
    @inlinable public static var varcharArray: Self { Self(rawValue: 1015) }
    @inlinable public static var int8Array: Self { Self(rawValue: 1016) }
    @inlinable public static var float4Array: Self { Self(rawValue: 1021) }
    @inlinable public static var float8Array: Self { Self(rawValue: 1022) }
    @inlinable public static var dateArray: Self { Self(rawValue: 1182) }
    @inlinable public static var timestamptzArray: Self { Self(rawValue: 1185) }
    @inlinable public static var uuidArray: Self { Self(rawValue: 2951) }
}

extension PostgresType: CustomStringConvertible {
    /// The name that SQL uses, or the number when the type is not one of the built-in ones above.
    public var description: String {
        Self.names[self] ?? "type with OID \(rawValue)"
    }

    private static let names: [PostgresType: String] = [
        .bool: "boolean", .bytea: "bytea", .name: "name", .int8: "bigint", .int2: "smallint",
        .int4: "integer", .text: "text", .oid: "oid", .json: "json", .xml: "xml", .float4: "real",
        .float8: "double precision", .unknown: "unknown", .bpchar: "character",
        .varchar: "character varying", .date: "date", .timestamp: "timestamp without time zone",
        .timestamptz: "timestamp with time zone", .numeric: "numeric", .void: "void",
        .uuid: "uuid", .jsonb: "jsonb", .boolArray: "boolean[]", .int2Array: "smallint[]",
        .int4Array: "integer[]", .textArray: "text[]", .varcharArray: "character varying[]",
        .int8Array: "bigint[]", .float4Array: "real[]", .float8Array: "double precision[]",
        .dateArray: "date[]", .timestamptzArray: "timestamp with time zone[]",
        .uuidArray: "uuid[]",
    ]

    /// Whether the two types have one binary form, so that a value of one may be sent to a column
    /// of the other.
    @usableFromInline
    func sharesWireFormat(with other: PostgresType) -> Bool {
        if self == other { return true }
        let families: [Set<PostgresType>] = [
            [.text, .varchar, .bpchar, .name, .unknown, .json, .xml],
            [.textArray, .varcharArray],
            [.timestamp, .timestamptz],
        ]
        return families.contains { $0.contains(self) && $0.contains(other) }
    }
}
