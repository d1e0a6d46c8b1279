/// Several things that went wrong in one transaction; a single one is thrown as it is.
public struct TransactionError: Error, CustomStringConvertible {
    /// What the body threw.
    public var body: (any Error)?
    /// Why the commit failed.
    public var commit: (any Error)?
    /// Why the rollback, or the way back to the savepoint, failed.
    public var rollback: (any Error)?

    public var description: String {
        let parts: [(String, (any Error)?)] = [
            ("body", body), ("commit", commit), ("rollback", rollback),
        ]
        return "the transaction failed: "
            + parts.compactMap { name, error in error.map { "\(name): \($0)" } }
            .joined(separator: "; ")
    }
}
