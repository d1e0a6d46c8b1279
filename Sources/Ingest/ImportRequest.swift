public import Postgres

/// What to import, and how many bad records are too many.
public struct ImportRequest: Sendable {
    public enum Source: Sendable {
        /// Files of delimited text, gzip or not.
        case files([String])
        /// Delimited text on standard input.
        case standardInput
        /// The rows of a query, on whatever server; it is run in a read-only transaction.
        case query(String, on: ConnectionTarget)
    }

    public enum Rows: Sendable {
        case mapping(ImportMapping)
        /// Columns have the names of the target's columns; further columns of users and items
        /// become attributes.
        case namedAsIn(ImportTarget)
    }

    public var source: Source
    public var rows: Rows
    /// More refused records than this fail the import; nil for no limit.
    public var maximumRejects: RejectLimit?

    public init(source: Source, rows: Rows, maximumRejects: RejectLimit? = nil) {
        self.source = source
        self.rows = rows
        self.maximumRejects = maximumRejects
    }

    /// With a mapping.
    public init(source: Source, mapping: ImportMapping, maximumRejects: RejectLimit? = nil) {
        self.init(source: source, rows: .mapping(mapping), maximumRejects: maximumRejects)
    }

    var target: ImportTarget {
        switch rows {
        case .mapping(let mapping): mapping.target
        case .namedAsIn(let target): target
        }
    }

    /// Whether users and items that only interactions name are added.
    var addsUnknownIDs: Bool {
        guard case .mapping(let mapping) = rows, case .interactions(let events) = mapping.rows
        else { return false }
        return events.unknownIDs == .add
    }

    /// What `source.imports` calls the source.
    var sourceName: String {
        switch source {
        case .files(let paths): paths.joined(separator: " ")
        case .standardInput: "-"
        case .query: "query"
        }
    }
}

/// The largest number of refused records that a load may have.
public enum RejectLimit: Hashable, Sendable, LosslessStringConvertible {
    case count(Int)
    /// A share of the records read, 0 to 1.
    case share(Double)

    /// Reads `100` or `0.5%`.
    public init?(_ text: String) {
        if text.hasSuffix("%") {
            guard let percent = Double(text.dropLast()), (0...100).contains(percent) else {
                return nil
            }
            self = .share(percent / 100)
        } else {
            guard let count = Int(text), count >= 0 else { return nil }
            self = .count(count)
        }
    }

    public var description: String {
        switch self {
        case .count(let count): "\(count)"
        case .share(let share):
            // Seven hundredths are 7%, not 7.000000000000001%.
            "\((share * 100_000_000).rounded() / 1_000_000)".replacing(/\.0$/, with: "") + "%"
        }
    }

    /// What has happened when there are more, as the subject and verb of a sentence.
    var excess: String {
        switch self {
        case .count(0): "records were refused"
        case .count(1): "more than 1 record was refused"
        case .count: "more than \(self) records were refused"
        case .share(0): "records were refused"
        case .share: "more than \(self) of the records were refused"
        }
    }

    /// - Parameter isComplete: Whether everything has been read; a share counts only then.
    func isExceeded(rejected: Int, read: Int, isComplete: Bool) -> Bool {
        switch self {
        case .count(let count): rejected > count
        case .share(let share): isComplete && Double(rejected) > share * Double(read)
        }
    }
}
