internal import CLibPQ

/// How far a transaction is kept apart from others (PostgreSQL manual, 13.2).
public enum IsolationLevel: String, Sendable {
    case readCommitted = "read committed"
    case repeatableRead = "repeatable read"
    case serializable = "serializable"
}

public enum TransactionAccess: String, Sendable {
    case readWrite = "read write"
    case readOnly = "read only"
}

extension Connection {
    /// Runs `body` in a transaction, or, inside another one, in a savepoint.
    ///
    ///     try connection.withTransaction {
    ///         try connection.execute("delete from t")
    ///         try connection.execute("insert into t values (1)")
    ///     }
    ///
    /// When `body` throws, everything is rolled back and its error thrown again; when the rollback
    /// fails as well, a ``TransactionError`` holds both.
    ///
    /// - Parameters:
    ///   - isolation: The server's default when nil; an inner call has the level of the outer one.
    ///   - access: Likewise.
    /// - Throws: Also when the commit turned into a rollback since a statement had failed and its
    ///   error had been swallowed.
    @discardableResult
    public func withTransaction<Result>(
        isolation: IsolationLevel? = nil, access: TransactionAccess? = nil,
        _ body: () throws -> Result
    ) throws -> Result {
        let depth = transactionDepth
        // A transaction begun by a script is an outer one too.
        let isNested = depth > 0 || transactionStatus == PQTRANS_INTRANS
        let savepoint = "vitrine_\(depth)"
        if isNested {
            precondition(
                isolation == nil && access == nil,
                "isolation and access belong to the outermost transaction")
            try script("savepoint \(savepoint)")
        } else {
            var begin = "begin"
            if let isolation { begin += " isolation level \(isolation.rawValue)" }
            if let access { begin += " \(access.rawValue)" }
            try script(begin)
        }
        transactionDepth += 1
        defer { transactionDepth = depth }

        let result: Result
        do {
            result = try body()
        } catch {
            // A broken connection has rolled back by itself.
            guard isOpen, !error.isConnectionLost else { throw error }
            do {
                try script(
                    isNested
                        ? "rollback to savepoint \(savepoint); release savepoint \(savepoint)"
                        : "rollback")
            } catch let second {
                throw TransactionError(body: error, rollback: second)
            }
            throw error
        }
        if isNested {
            try leave(savepoint)
        } else {
            try commit()
        }
        return result
    }

    private func commit() throws {
        let failed = transactionStatus == PQTRANS_INERROR
        do {
            let tag = try run("commit").commandTag
            guard tag == "COMMIT", !failed else {
                throw Self.swallowedError()
            }
        } catch {
            guard isOpen, !error.isConnectionLost, transactionStatus != PQTRANS_IDLE else {
                throw error
            }
            do {
                try script("rollback")
            } catch let second {
                throw TransactionError(commit: error, rollback: second)
            }
            throw error
        }
    }

    private func leave(_ savepoint: String) throws {
        guard transactionStatus == PQTRANS_INERROR else {
            return try script("release savepoint \(savepoint)")
        }
        try script("rollback to savepoint \(savepoint); release savepoint \(savepoint)")
        throw Self.swallowedError()
    }

    private static func swallowedError() -> PostgresError {
        PostgresError(
            .server(.inFailedTransaction),
            "the transaction was rolled back, as a statement in it had failed",
            hint: "Let the error of a statement leave the transaction's body.")
    }

    /// Runs `body` with the privileges of another role, `set role`.
    @discardableResult
    public func withRole<Result>(_ role: String, _ body: () throws -> Result) throws -> Result {
        let previous = try value("select current_setting('role')", as: String.self)
        try setRole(role)
        let result: Result
        do {
            result = try body()
        } catch {
            // In a failed transaction nothing can be set, and its rollback takes the role back.
            guard isOpen, transactionStatus != PQTRANS_INERROR else { throw error }
            do {
                try setRole(previous)
            } catch let second {
                throw TransactionError(body: error, rollback: second)
            }
            throw error
        }
        try setRole(previous)
        return result
    }

    /// Takes the privileges of another role for the rest of the session; `none` gives them back.
    public func setRole(_ role: String) throws {
        if role == "none" {
            try execute("set role none")
        } else {
            try execute("set role \(identifier: role)")
        }
    }
}

extension Error {
    /// Whether it is the end of the connection, which libpq may not have noticed yet.
    fileprivate var isConnectionLost: Bool {
        (self as? PostgresError)?.isConnectionLost == true
    }
}
