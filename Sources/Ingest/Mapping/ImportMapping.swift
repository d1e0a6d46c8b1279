public import DelimitedText
public import Postgres

/// Which column is what: how the records of a file become rows of `source`.
///
/// Mappings are YAML files (``init(path:)``); `examples/kuairand` has commented ones.
///
/// Each version of a user or an item is known since the moment that `known_at` says, else since its
/// creation. Without either it is known since the import's start, but on the first day, as long as
/// features were never closed, the first version of each is taken as always known: since 2000-01-01
/// 00:00 UTC. The same holds for creators.
///
/// What is imported says what holds now, however often it changes back and forth. Only a `known_at`
/// from a column can make a row older than what is stored, and then a part of the past.
public struct ImportMapping: Sendable {
    /// How the text is cut into records.
    public var format = DelimitedFormat()
    /// Names of the columns where the text has no header.
    public var columns: [String]?
    /// Fields that count as empty, besides the empty one.
    public var nullTokens: [String] = []
    /// Moments outside are refused: from and until, both inclusive; until is one day after the
    /// import's start when nil.
    public var acceptedFrom = Timestamp(secondsSinceEpoch: 946_684_800)
    public var acceptedUntil: Timestamp?
    var rows: Rows
    /// The mapping as JSON, for `source.imports`.
    var json: String

    enum Rows: Sendable {
        case users(UserMapping)
        case items(ItemMapping)
        case interactions(InteractionMapping)
    }

    public var target: ImportTarget {
        switch rows {
        case .users: .users
        case .items: .items
        case .interactions: .interactions
        }
    }
}

/// Where a value comes from: a column, or the mapping itself.
enum FieldSource: Hashable, Sendable {
    case column(String)
    case constant(String)
}

/// Where a moment comes from, with what is added to it.
struct MomentSource: Hashable, Sendable {
    enum Origin: Hashable, Sendable {
        case column(String, MomentUnit)
        case constant(Timestamp)
    }

    var origin: Origin
    /// Microseconds.
    var added: Int64 = 0
}

struct UserMapping: Sendable {
    var userID: String
    var createdAt: MomentSource?
    var knownAt: MomentSource?
    var attributes: [AttributeMapping] = []
    /// A column that holds an object of attributes as JSON.
    var attributeObject: String?
}

struct ItemMapping: Sendable {
    var itemID: String
    var creatorID: String?
    var kind = FieldSource.constant("post")
    var createdAt: MomentSource?
    var knownAt: MomentSource?
    var isAvailable: String?
    var caption: String?
    var language: FieldSource?
    var tags: TagMapping?
    var attributes: [AttributeMapping] = []
    var attributeObject: String?
}

struct TagMapping: Hashable, Sendable {
    enum Form: Hashable, Sendable {
        case separated(UInt8)
        /// An array as PostgreSQL writes it, `{a,"b c"}`.
        case array
    }

    var column: String
    var form: Form
}

struct AttributeMapping: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable, CaseIterable {
        case text, number, boolean, json
    }

    var name: String
    var column: String
    var kind: Kind
}

struct InteractionMapping: Sendable {
    var userID: String
    /// Not needed where all events come from sequences.
    var itemID: String?
    var occurredAt: EventMoment?
    var knownAt: MomentSource?
    var surface: FieldSource?
    var position: String?
    var requestID: String?
    var action: ActionColumn?
    var actions: [ActionMapping] = []
    var sequences: [SequenceMapping] = []
    var unknownIDs = UnknownIDs.accept
}

/// When an event happened.
enum EventMoment: Hashable, Sendable {
    case moment(MomentSource)
    /// At `from` for the first record of the input, and `step` microseconds later for each that
    /// follows: for logs that are in order and have no times.
    case order(from: Timestamp, step: Int64)
}

/// What becomes of interactions with users or items that nobody has imported.
enum UnknownIDs: String, CaseIterable, Sendable {
    /// They are loaded; the ids stay unknown.
    case accept
    /// They are refused.
    case reject
    /// They are loaded, and so are the ids, without content.
    case add
}

/// An action that a column names.
struct ActionColumn: Hashable, Sendable {
    var column: String
    /// What the column says, to the name of an action; other values are names themselves.
    var names: [String: String] = [:]
    var value: ValueMapping?
}

/// One action that a row may stand for.
struct ActionMapping: Hashable, Sendable {
    var action: String
    var condition: Condition?
    var value: ValueMapping?

    enum Condition: Hashable, Sendable {
        case equals(column: String, values: [String])
        case above(column: String, bound: Double)
    }
}

struct ValueMapping: Hashable, Sendable {
    var column: String
    var scale = 1.0
}

/// Events listed in one field, oldest first, separated by blanks.
struct SequenceMapping: Hashable, Sendable {
    var action: String
    var itemIDs: String
    var from: MomentSource
    var until: MomentSource
}
