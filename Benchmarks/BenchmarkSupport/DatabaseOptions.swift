public import ArgumentParser
import EmbeddedPostgres
import Foundation

/// The server that a benchmark measures on.
public struct DatabaseOptions: ParsableArguments {
    @Option(help: "A libpq URI of an empty database; a private server when absent.")
    private var database: String?

    public init() {}

    /// Calls `body` with the URI that was given, or with that of a private server in a temporary
    /// directory, which is gone afterwards.
    public func withDatabase(_ body: (_ uri: String) throws -> Void) throws {
        if let database { return try body(database) }
        var pattern = Array("/tmp/vitrine-benchmark-XXXXXX".utf8CString)
        guard mkdtemp(&pattern) != nil else {
            throw ValidationError("no directory for a private server can be made in /tmp")
        }
        let directory = String(decoding: pattern.dropLast().map(UInt8.init), as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let server = try EmbeddedServer(dataDirectory: directory)
        defer { _ = try? server.stop(mode: .immediate) }
        try server.start()
        try body(server.connectionURI())
    }
}
