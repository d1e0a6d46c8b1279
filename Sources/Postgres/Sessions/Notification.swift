internal import CLibPQ

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What `notify` sent.
public struct Notification: Hashable, Sendable {
    public var channel: String
    public var payload: String
    /// The session that sent it.
    public var processID: Int32
}

extension Connection {
    /// Subscribes to a channel, from the commit on when in a transaction.
    public func listen(to channel: String) throws {
        try execute("listen \(identifier: channel)")
    }

    public func stopListening(to channel: String) throws {
        try execute("unlisten \(identifier: channel)")
    }

    /// Sends to all listeners of a channel, at commit when in a transaction.
    public func notify(_ channel: String, payload: String = "") throws {
        try execute("select pg_notify(\(channel), \(payload))")
    }

    /// Waits for the next notification.
    ///
    /// - Parameter timeout: How long at most; nil waits for ever, zero only looks.
    /// - Returns: nil when the time is over.
    public func waitForNotification(timeout: Duration? = nil) throws -> Notification? {
        let connection = try pointer(for: nil)
        let deadline = timeout.map { ContinuousClock.now + $0 }
        while true {
            guard PQconsumeInput(connection) == 1 else {
                throw failure(of: connection, query: nil)
            }
            if let received = PQnotifies(connection) {
                defer { PQfreemem(received) }
                return Notification(
                    channel: String(cString: received.pointee.relname),
                    payload: String(cString: received.pointee.extra),
                    processID: received.pointee.be_pid)
            }
            var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
            let wait = deadline.map { ContinuousClock.now.duration(to: $0).millisecondsRoundedUp }
            let ready = poll(&descriptor, 1, wait ?? -1)
            if ready == 0 { return nil }
            if ready < 0, errno != EINTR {
                throw PostgresError(.connectionLost, "could not wait on the connection's socket")
            }
        }
    }
}

extension Duration {
    /// Whole milliseconds for `poll`, at least 0, at most what fits.
    fileprivate var millisecondsRoundedUp: Int32 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let milliseconds =
            min(seconds, 2_000_000) * 1_000 + (attoseconds + 999_999_999_999_999)
            / 1_000_000_000_000_000
        return Int32(milliseconds)
    }
}
