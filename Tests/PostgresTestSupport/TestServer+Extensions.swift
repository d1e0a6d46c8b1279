import Postgres

extension TestServer {
    /// Whether the server has an extension to install.
    public static func hasExtension(_ name: String) -> Bool {
        do {
            let connection = try Connection(try uri(), applicationName: "test server")
            defer { connection.close() }
            return try connection.value(
                "select exists (select from pg_available_extensions as e where e.name = \(name))",
                as: Bool.self)
        } catch {
            return false
        }
    }
}
