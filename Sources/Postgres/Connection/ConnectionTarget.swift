internal import CLibPQ

/// Which server and database to speak to, as libpq understands it.
///
/// Its description names host, port, database and user, never the password.
public struct ConnectionTarget: Hashable, Sendable {
    /// A URI (`postgresql://…`) or `key=value` text; empty leaves all to the environment.
    let text: String

    /// A connection URI or `key=value` text (PostgreSQL manual, 34.1.1).
    public init(_ text: String) {
        self.text = text
    }

    /// What libpq finds by itself: `PGHOST`, `PGSERVICE`, `~/.pgpass` and the like.
    public static let environment = ConnectionTarget("")

    /// The target that the environment names: `DATABASE_URL`, else libpq's own variables; nil when
    /// there is none.
    public static func from(environment: [String: String]) -> ConnectionTarget? {
        if let url = environment["DATABASE_URL"], !url.isEmpty { return ConnectionTarget(url) }
        let own = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE"]
        return own.contains { environment[$0]?.isEmpty == false } ? .environment : nil
    }

    /// The target without its password, and the environment that gives it back: what to start a
    /// program of libpq's with, so that the password stands in no list of processes.
    ///
    /// - Throws: `connectionFailed` when libpq cannot read the text.
    public func forChildProcess() throws -> (text: String, environment: [String: String]) {
        var options = try options()
        let password = options.removeValue(forKey: "password")
        let words = options.sorted { $0.key < $1.key }.map { key, value in
            let escaped = value.flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] }
            return "\(key)='\(String(escaped))'"
        }
        return (words.joined(separator: " "), password.map { ["PGPASSWORD": $0] } ?? [:])
    }

    /// The options that the text spells out.
    ///
    /// - Throws: `connectionFailed` when libpq cannot read the text; libpq's own message is
    ///   dropped, as it quotes parts of the text, which may be the password.
    func options() throws -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            PQfreemem(message)
            throw PostgresError(
                .connectionFailed, "could not read the connection string",
                hint: "Write postgresql://user@host:port/database, or key=value pairs.")
        }
        defer { PQconninfoFree(options) }
        var found: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                found[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        return found
    }
}

extension ConnectionTarget: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    public var description: String {
        if text.isEmpty { return "the server of the libpq environment" }
        guard let options = try? options() else { return "an unreadable connection string" }
        let shown = ["host", "hostaddr", "port", "dbname", "user", "service"].compactMap { key in
            options[key].map { "\(key)=\($0)" }
        }
        return shown.isEmpty ? "the server of the libpq environment" : shown.joined(separator: " ")
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
