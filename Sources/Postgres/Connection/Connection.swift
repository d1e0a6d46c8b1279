internal import CLibPQ

/// One connection to a PostgreSQL server; every call blocks until the server has answered.
///
///     let connection = try Connection("postgresql:///vitrine", applicationName: "vitrine")
///     let count = try connection.value("select count(*) from source.users", as: Int.self)
///
/// A connection belongs to the task that opened it. It is closed when it goes out of scope, or by
/// ``close()``.
public final class Connection {
    private var handle: OpaquePointer?
    /// What holds the connection for the time being: a stream or a COPY.
    private var occupation: String?
    /// Depth of ``withTransaction(isolation:access:_:)``, 0 outside.
    var transactionDepth = 0
    /// Called for every notice, on the thread that runs the statement; nothing by default.
    public var onNotice: ((Notice) -> Void)?
    public let serverVersion: ServerVersion
    /// Identifies the session on the server, as in `pg_stat_activity.pid`.
    public let processID: Int32

    /// Connects and prepares the session: UTF-8, UTC, ISO dates, no JIT, and a backend that notices
    /// within a second that its client is gone.
    ///
    /// - Parameters:
    ///   - target: Server and database.
    ///   - applicationName: Shown in `pg_stat_activity`; the target's own when nil.
    /// - Throws: `connectionFailed`, or `unsupportedServer` when older than PostgreSQL 14.
    public init(
        _ target: ConnectionTarget, applicationName: String? = nil,
        onNotice: ((Notice) -> Void)? = nil
    ) throws {
        let pointer = try Self.connect(target, applicationName: applicationName)
        handle = pointer
        self.onNotice = onNotice
        serverVersion = ServerVersion(number: Int(PQserverVersion(pointer)))
        processID = PQbackendPID(pointer)
        // A failed initializer still runs deinit, which closes the connection.
        guard serverVersion.major >= ServerVersion.oldestMajor else {
            throw PostgresError(
                .unsupportedServer, "server version \(serverVersion) is not supported",
                hint: "Use PostgreSQL \(ServerVersion.oldestMajor) or newer.")
        }
        forwardNotices(of: pointer)
        try prepareSession()
    }

    /// Connects to the server of a URI or of `key=value` text.
    public convenience init(_ target: String, applicationName: String? = nil) throws {
        try self.init(ConnectionTarget(target), applicationName: applicationName)
    }

    deinit {
        PQfinish(handle)
    }

    /// Closes the connection; an open transaction is rolled back by the server.
    public func close() {
        PQfinish(handle)
        handle = nil
    }

    /// Whether the connection is open as far as is known; a break shows with the next statement.
    public var isOpen: Bool {
        handle.map { PQstatus($0) == CONNECTION_OK } ?? false
    }

    /// The name of the database.
    public var database: String {
        handle.flatMap { PQdb($0) }.map { String(cString: $0) } ?? ""
    }

    /// A handle that cancels the statement in progress, from any thread.
    public func canceller() throws -> Canceller {
        try Canceller(connection: pointer(for: nil, evenIfBusy: true))
    }

    /// libpq's handle.
    ///
    /// - Throws: `misuse` when the connection is closed, or busy with something unfinished.
    func pointer(for query: Query?, evenIfBusy: Bool = false) throws -> OpaquePointer {
        guard let handle else {
            throw PostgresError(.misuse, "the connection is closed")
        }
        if let occupation, !evenIfBusy {
            var error = PostgresError(
                .misuse, "the connection is busy with \(occupation)",
                hint: "Finish it first, or use a second connection.")
            error.attach(query, position: nil)
            throw error
        }
        return handle
    }

    /// Keeps other statements off the connection while `body` runs.
    func occupied<Result>(by occupation: String, _ body: () throws -> Result) rethrows -> Result {
        self.occupation = occupation
        defer { self.occupation = nil }
        return try body()
    }

    /// Where the session stands, `PQtransactionStatus`.
    var transactionStatus: PGTransactionStatusType {
        handle.map { PQtransactionStatus($0) } ?? PQTRANS_UNKNOWN
    }

    private func forwardNotices(of pointer: OpaquePointer) {
        // The receiver is called only inside libpq calls made by this object, so it cannot outlive
        // the object: the context needs no retain.
        let context = Unmanaged.passUnretained(self).toOpaque()
        PQsetNoticeReceiver(
            pointer,
            { context, result in
                guard let context, let result else { return }
                let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
                guard let handler = connection.onNotice else { return }
                func field(_ code: Character) -> String? {
                    PQresultErrorField(result, Int32(code.asciiValue!)).map {
                        String(cString: $0)
                    }
                }
                handler(
                    Notice(
                        severity: field("V") ?? field("S") ?? "NOTICE", message: field("M") ?? "",
                        sqlState: SQLState(rawValue: field("C") ?? "00000"), detail: field("D"),
                        hint: field("H")))
            }, context)
    }
}

// A PGconn serves one thread at a time.
@available(*, unavailable)
extension Connection: @unchecked Sendable {}
