import Postgres
import SQLCatalog

/// What is kept from serving until it is released: rows of `ops.holds`.
struct Holds {
    let connection: Connection
    let catalog: SQLCatalog

    enum Kind: String {
        /// New lists do not become current.
        case publication
        /// Users of an activity cohort get what is popular instead of what is ranked for them.
        case cohort
    }

    struct Hold {
        var id: Int64
        /// all, or the cohort.
        var subject: String
        var reason: String
    }

    /// Those that nobody has released, the oldest first.
    func active(_ kind: Kind) throws -> [Hold] {
        try connection.query(
            try catalog.script("respond/holds").query(["kind": Bind(kind.rawValue)]),
            as: (Int64, String, String).self
        ).map { Hold(id: $0.0, subject: $0.1, reason: $0.2) }
    }
}
