internal import FoundationEssentials
internal import Glibc
internal import Postgres

/// A PostgreSQL server of our own: made, started and stopped from the installed programs, reached
/// over a Unix socket that only its user can enter, without TCP and without a password.
///
///     let server = try EmbeddedServer()
///     try server.start()
///     try server.ensureDatabase("vitrine")
///     let connection = try Connection(server.connectionURI(database: "vitrine"))
///
/// The server outlives the command that starts it. Nothing is ever deleted: what is in the way is
/// moved aside or reported.
///
///     DIRECTORY/data          the cluster
///     DIRECTORY/run           the socket
///     DIRECTORY/server.log    what the server says
public struct EmbeddedServer: Sendable {
    /// The absolute path of the directory that holds everything.
    public let directory: String
    let account: ServerAccount
    let socket: SocketDirectory
    let options: Options

    /// What tests need and nobody else.
    package struct Options: Sendable {
        /// Whether a crash of the machine may lose data.
        package var durability: Durability
        /// Whether the server ends with the thread that started it.
        package var endsWithParent: Bool

        package init(durability: Durability = .full, endsWithParent: Bool = false) {
            self.durability = durability
            self.endsWithParent = endsWithParent
        }
    }

    var data: String { directory + "/data" }
    /// The file that collects what the server says.
    public var log: String { directory + "/server.log" }

    /// - Parameter dataDirectory: ``defaultDirectory(environment:)`` when nil.
    /// - Throws: When running as root without a user that the server could run as.
    public init(dataDirectory: String? = nil) throws {
        try self.init(dataDirectory: dataDirectory, options: Options())
    }

    package init(dataDirectory: String?, options: Options) throws {
        let environment = ProcessInfo.processInfo.environment
        let path = dataDirectory ?? Self.defaultDirectory(environment: environment)
        directory = Self.absolute(path)
        account = try ServerAccount.current()
        socket = SocketDirectory(dataDirectory: directory, account: account)
        self.options = options
    }

    /// `$VITRINE_DATA`; else, for root, `/var/lib/vitrine`; else `vitrine` in `$XDG_DATA_HOME` or
    /// in `~/.local/share`.
    public static func defaultDirectory(environment: [String: String]) -> String {
        func setting(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        if let chosen = setting("VITRINE_DATA") { return chosen }
        if geteuid() == 0 { return "/var/lib/vitrine" }
        if let shared = setting("XDG_DATA_HOME") { return shared + "/vitrine" }
        let home = setting("HOME") ?? getpwuid(geteuid()).map { String(cString: $0.pointee.pw_dir) }
        return (home ?? "") + "/.local/share/vitrine"
    }

    /// A libpq URI for a database of this server, whether it runs or not.
    public func connectionURI(database: String = "postgres") -> String {
        // The port is written out, as PGPORT would otherwise change the socket's name.
        "postgresql:///\(Self.escaped(database))?host=\(Self.escaped(socket.path))"
            + "&port=\(SocketDirectory.port)&user=postgres"
    }

    /// Creates a database unless it is there; safe when two do so at once.
    ///
    /// - Returns: Whether it was created.
    @discardableResult
    public func ensureDatabase(_ name: String) throws -> Bool {
        let connection = try Connection(connectionURI(), applicationName: "vitrine db")
        if try Self.hasDatabase(name, connection) { return false }
        do {
            try connection.execute("create database \(identifier: name)")
            return true
        } catch let error as PostgresError
            where error.sqlState == "42P04" || error.sqlState == .uniqueViolation
        {
            return false
        }
    }

    /// Whether a database is there.
    public func hasDatabase(_ name: String) throws -> Bool {
        try Self.hasDatabase(
            name, Connection(connectionURI(), applicationName: "vitrine db"))
    }

    private static func hasDatabase(_ name: String, _ connection: Connection) throws -> Bool {
        try connection.value(
            "select exists (select from pg_database where datname = \(name))", as: Bool.self)
    }

    private static func absolute(_ path: String) -> String {
        var path = path
        if path.hasPrefix("~/") {
            path = (ProcessInfo.processInfo.environment["HOME"] ?? "") + path.dropFirst()
        }
        if !path.hasPrefix("/") { path = FileManager.default.currentDirectoryPath + "/" + path }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// Percent-encodes all but letters, digits and a few marks.
    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                || ("0"..."9").contains(scalar) || "-._~".unicodeScalars.contains(scalar)
            return isPlain
                ? String(Character(scalar)) : "%" + padded(String(byte, radix: 16, uppercase: true))
        }.joined()
    }

    private static func padded(_ digits: String) -> String {
        digits.count < 2 ? "0" + digits : digits
    }
}
