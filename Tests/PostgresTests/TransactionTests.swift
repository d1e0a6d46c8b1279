import PostgresTestSupport
import Testing

@testable import Postgres

@Suite struct TransactionTests {
    private func count(_ connection: Connection) throws -> Int {
        try connection.value("select count(*) from t")
    }

    private func withTable(_ body: (Connection) throws -> Void) throws {
        try TestServer.withDatabase { connection, _ in
            try connection.script("create table t (a integer unique deferrable initially deferred)")
            try body(connection)
        }
    }

    @Test func `commits and returns the body's result`() throws {
        try withTable { connection in
            let inserted = try connection.withTransaction {
                try connection.execute("insert into t values (1), (2)")
            }
            #expect(inserted == 2)
            #expect(try count(connection) == 2)
        }
    }

    @Test func `rolls back and throws the body's error`() throws {
        try withTable { connection in
            #expect(throws: Stop.self) {
                try connection.withTransaction {
                    try connection.execute("insert into t values (1)")
                    throw Stop()
                }
            }
            let rows = try count(connection)
            #expect(rows == 0)
            #expect(connection.transactionDepth == 0)
        }
    }

    @Test func `an inner transaction is a savepoint`() throws {
        try withTable { connection in
            try connection.withTransaction {
                try connection.execute("insert into t values (1)")
                #expect(throws: PostgresError.self) {
                    try connection.withTransaction {
                        try connection.execute("insert into t values (2)")
                        try connection.execute("select 1 / 0")
                    }
                }
                try connection.withTransaction {
                    try connection.withTransaction {
                        try connection.execute("insert into t values (3)")
                    }
                }
            }
            #expect(try connection.query("select a from t order by a", as: Int.self) == [1, 3])
        }
    }

    @Test func `a commit that fails is thrown and leaves the session clean`() throws {
        try withTable { connection in
            let error = #expect(throws: PostgresError.self) {
                try connection.withTransaction {
                    try connection.execute("insert into t values (1), (1)")
                }
            }
            #expect(error?.sqlState == .uniqueViolation)
            let rows = try count(connection)
            #expect(rows == 0)
        }
    }

    @Test(arguments: [false, true])
    func `a swallowed error is not a commit`(_ isNested: Bool) throws {
        try withTable { connection in
            let error = #expect(throws: PostgresError.self) {
                try connection.withTransaction {
                    try connection.execute("insert into t values (1)")
                    guard isNested else {
                        _ = try? connection.execute("select 1 / 0")
                        return
                    }
                    try connection.withTransaction { _ = try? connection.execute("select 1 / 0") }
                }
            }
            #expect(error?.sqlState == .inFailedTransaction)
            let rows = try count(connection)
            #expect(rows == 0)
        }
    }

    @Test func `both errors are kept when the rollback fails as well`() throws {
        try withTable { connection in
            let error = #expect(throws: TransactionError.self) {
                try connection.withTransaction {
                    try connection.withTransaction {
                        // The savepoint goes with the transaction that held it.
                        try connection.script("rollback; begin")
                        throw Stop()
                    }
                }
            }
            #expect(error?.body is Stop)
            #expect((error?.rollback as? PostgresError)?.sqlState == "3B001")
        }
    }

    @Test func `isolation and access are those asked for`() throws {
        let connection = try Connection(try TestServer.uri())
        try connection.withTransaction(isolation: .serializable, access: .readOnly) {
            let level = try connection.value("show transaction_isolation", as: String.self)
            #expect(level == "serializable")
            let access = try connection.value("show transaction_read_only", as: String.self)
            #expect(access == "on")
        }
    }

    @Test func `withRollback takes everything back`() throws {
        try withTable { connection in
            try withRollback(connection) {
                try connection.withTransaction {
                    try connection.execute("insert into t values (1)")
                }
                #expect(try count(connection) == 1)
            }
            let rows = try count(connection)
            #expect(rows == 0)
        }
    }

    @Test func `a role is taken and given back`() throws {
        try withTable { connection in
            let role = "role \"\(connection.processID)"
            try connection.execute("create role \(identifier: role)")
            func current() throws -> String { try connection.value("select current_user::text") }
            try connection.withRole(role) {
                let taken = try current()
                #expect(taken == role)
            }
            #expect(try current() == "postgres")
            #expect(throws: PostgresError.self) {
                try connection.withRole(role) { try connection.execute("drop table t") }
            }
            #expect(try current() == "postgres")
            #expect(throws: PostgresError.self) {
                try connection.withTransaction {
                    try connection.withRole(role) { try connection.execute("drop table t") }
                }
            }
            #expect(try current() == "postgres")
            try connection.execute("drop role \(identifier: role)")
        }
    }
}
