internal import FoundationEssentials

/// The programs of an installed PostgreSQL server.
public struct ServerPrograms: Hashable, Sendable {
    /// The directory that holds `postgres` and `initdb`.
    public var directory: String
    public var majorVersion: Int

    var initdb: String { directory + "/initdb" }
    var postgres: String { directory + "/postgres" }
    /// The interactive terminal; on Debian the one beside the server.
    public var psql: String { directory + "/psql" }

    static let oldestMajor = 14

    /// The newest installation, or the one of the major version that a cluster needs.
    ///
    /// Looks under `/usr/lib/postgresql` (Debian), where `pg_config` points, and along `PATH`.
    public static func find(majorVersion: Int? = nil) throws -> ServerPrograms {
        let installed = installations()
        if let majorVersion {
            guard let match = installed.first(where: { $0.majorVersion == majorVersion }) else {
                let found = installed.map { "\($0.majorVersion)" }.joined(separator: ", ")
                throw EmbeddedServerError(
                    .wrongVersion,
                    "the data directory was made by PostgreSQL \(majorVersion), which is not "
                        + "installed" + (found.isEmpty ? "" : " (\(found) is)"),
                    hint: "Install it: apt-get install postgresql-\(majorVersion). Or choose "
                        + "another data directory and move the data with pg_dump.")
            }
            return match
        }
        guard let newest = installed.first else {
            throw EmbeddedServerError(
                .programsMissing, "no PostgreSQL server of version \(oldestMajor) or newer found",
                hint: "Install one: apt-get install postgresql. Or give --database to use a "
                    + "server elsewhere.")
        }
        return newest
    }

    /// All installations of a supported version, the newest first.
    static func installations() -> [ServerPrograms] {
        var directories: [String] = []
        let debian = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
        directories += versions.map { "\(debian)/\($0)/bin" }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let searched = path.split(separator: ":").map(String.init)
        for directory in searched {
            let tool = directory + "/pg_config"
            guard FileManager.default.isExecutableFile(atPath: tool),
                let (status, output) = try? ChildProcess.run([tool, "--bindir"]), status == 0
            else { continue }
            directories.append(String(output.prefix { $0 != "\n" }))
        }
        directories += searched
        var seen: Set<String> = []
        return directories.filter { seen.insert($0).inserted }.compactMap(inspect)
            .sorted { $0.majorVersion > $1.majorVersion }
    }

    private static func inspect(_ directory: String) -> ServerPrograms? {
        let files = FileManager.default
        guard files.isExecutableFile(atPath: directory + "/postgres"),
            files.isExecutableFile(atPath: directory + "/initdb"),
            let (status, output) = try? ChildProcess.run([directory + "/postgres", "--version"]),
            status == 0, let major = majorVersion(in: output), major >= oldestMajor
        else { return nil }
        return ServerPrograms(directory: directory, majorVersion: major)
    }

    /// Reads `postgres (PostgreSQL) 15.4 (Debian …)`, also `17devel`.
    static func majorVersion(in text: String) -> Int? {
        guard let range = text.firstRange(of: "(PostgreSQL) ") else { return nil }
        return Int(text[range.upperBound...].prefix { $0.isWholeNumber })
    }
}
