import Foundation
import PostgresTestSupport
import Synchronization
import Testing

@testable import Postgres

@Suite struct ConnectionTests {
    @Test(arguments: [
        ("client_encoding", "UTF8"), ("timezone", "UTC"), ("jit", "off"), ("datestyle", "ISO, MDY"),
        ("client_connection_check_interval", "1s"), ("application_name", "a test"),
    ])
    func `the session is set`(_ name: String, _ expected: String) throws {
        let connection = try Connection(try TestServer.uri(), applicationName: "a test")
        #expect(
            try connection.value("select current_setting(\(name))", as: String.self) == expected)
    }

    @Test(arguments: [(150_004, 15, 4), (140_000, 14, 0), (90_624, 9, 624)])
    func `versions are read`(_ number: Int, _ major: Int, _ minor: Int) {
        #expect(ServerVersion(number: number) == ServerVersion(major: major, minor: minor))
    }

    @Test func `the version of the server is known`() throws {
        let connection = try Connection(try TestServer.uri())
        #expect(
            connection.serverVersion >= ServerVersion(major: ServerVersion.oldestMajor, minor: 0))
        let pid = try connection.value("select pg_backend_pid()", as: Int32.self)
        #expect(connection.processID == pid)
    }

    @Test func `the environment names a target`() {
        #expect(ConnectionTarget.from(environment: [:]) == nil)
        #expect(ConnectionTarget.from(environment: ["PGHOST": "h"]) == .environment)
        let url = "postgresql://h/d"
        #expect(ConnectionTarget.from(environment: ["DATABASE_URL": url]) == ConnectionTarget(url))
    }

    @Test func `notices reach their handler`() throws {
        let connection = try Connection(try TestServer.uri())
        var notices: [Notice] = []
        connection.onNotice = { notices.append($0) }
        try connection.script("do $$ begin raise notice 'hello %', 1; end $$")
        #expect(notices.map(\.message) == ["hello 1"])
        #expect(notices.first?.severity == "NOTICE")
    }

    @Test func `a connection that the server ends is reported as lost`() throws {
        let connection = try Connection(try TestServer.uri())
        let other = try Connection(try TestServer.uri())
        try other.execute("select pg_terminate_backend(\(connection.processID))")
        let error = #expect(throws: PostgresError.self) {
            try connection.execute("select pg_sleep(600)")
        }
        #expect(error?.code == .connectionLost)
        #expect(!connection.isOpen)
    }

    @Test func `a lost connection in a transaction throws once`() throws {
        let connection = try Connection(try TestServer.uri())
        let other = try Connection(try TestServer.uri())
        let error = #expect(throws: PostgresError.self) {
            try connection.withTransaction {
                try other.execute("select pg_terminate_backend(\(connection.processID))")
                try connection.execute("select pg_sleep(600)")
            }
        }
        #expect(error?.isConnectionLost == true)
    }

    @Test func `a closed connection says so`() throws {
        let connection = try Connection(try TestServer.uri())
        connection.close()
        let error = #expect(throws: PostgresError.self) { try connection.execute("select 1") }
        #expect(error?.code == .misuse)
    }

    @Test func `a statement is cancelled from another thread`() throws {
        let connection = try Connection(try TestServer.uri())
        let canceller = try connection.canceller()
        let isOver = Mutex(false)
        // A thread of its own: tasks may all be waiting behind tests that block.
        Thread.detachNewThread {
            // Repeated, as the statement may not have begun.
            while !isOver.withLock({ $0 }) {
                canceller.cancel()
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
        let error = #expect(throws: PostgresError.self) {
            try connection.execute("select pg_sleep(60)")
        }
        isOver.withLock { $0 = true }
        #expect(error?.sqlState == .queryCanceled)
    }

    @Test func `a lock has one holder, who is named`() throws {
        let key = AdvisoryLockKey(name: "holder \(UUID())")
        let first = try Connection(try TestServer.uri(), applicationName: "the holder")
        let second = try Connection(try TestServer.uri())
        #expect(try second.holder(of: key) == nil)
        #expect(try first.tryLock(key))
        #expect(try !second.tryLock(key))
        let holder = try #require(try second.holder(of: key))
        #expect(holder.processID == first.processID)
        #expect(holder.applicationName == "the holder")
        #expect(holder.connectedSince != nil)
        #expect(try first.unlock(key))
        #expect(try second.holder(of: key) == nil)
    }

    @Test(arguments: [Int64.min, -1, 0, 1, 1 << 32, .max])
    func `any number is a key`(_ number: Int64) throws {
        try TestServer.withDatabase { connection, _ in
            let key = AdvisoryLockKey(number: number)
            try connection.withLock(key) {
                let holder = try connection.holder(of: key)
                #expect(holder?.processID == connection.processID)
            }
            #expect(try connection.holder(of: key) == nil)
        }
    }

    @Test func `a lock of a transaction ends with it`() throws {
        let connection = try Connection(try TestServer.uri())
        let other = try Connection(try TestServer.uri())
        let key = AdvisoryLockKey(name: "transaction \(UUID())")
        try connection.withTransaction {
            let isLocked = try connection.tryLockInTransaction(key)
            #expect(isLocked)
            #expect(try !other.tryLock(key))
        }
        #expect(try other.tryLock(key))
    }

    @Test func `a notification arrives`() throws {
        try TestServer.withDatabase { connection, uri in
            let sender = try Connection(uri)
            try connection.listen(to: "Odd Channel")
            #expect(try connection.waitForNotification(timeout: .zero) == nil)
            try sender.notify("Odd Channel", payload: "it's done")
            let received = try connection.waitForNotification(timeout: .seconds(600))
            #expect(received?.payload == "it's done" && received?.channel == "Odd Channel")
            #expect(received?.processID == sender.processID)
            try connection.stopListening(to: "Odd Channel")
            try sender.notify("Odd Channel")
            #expect(try connection.waitForNotification(timeout: .milliseconds(50)) == nil)
        }
    }
}
