internal import FoundationEssentials
internal import Glibc

/// The operating system's user that the server runs as: PostgreSQL refuses to run as root.
struct ServerAccount: Hashable, Sendable {
    var name: String
    var userID: UInt32
    var groupID: UInt32
    /// Whether the caller is root and has to step down.
    var stepsDown: Bool

    /// The caller, or, when that is root, the user `postgres`.
    static func current() throws -> ServerAccount {
        let caller = geteuid()
        guard caller == 0 else {
            return ServerAccount(
                name: "\(caller)", userID: caller, groupID: getegid(), stepsDown: false)
        }
        guard let entry = getpwnam("postgres") else {
            throw EmbeddedServerError(
                .accountMissing, "PostgreSQL does not run as root, and there is no user postgres",
                hint: "Create it: adduser --system --group postgres. Or run the command as an "
                    + "ordinary user.")
        }
        return ServerAccount(
            name: "postgres", userID: entry.pointee.pw_uid, groupID: entry.pointee.pw_gid,
            stepsDown: true)
    }

    /// The command as it must be run for this user.
    ///
    /// - Parameter endsWithParent: Whether the program gets SIGQUIT when the thread that started
    ///   it ends, `prctl(PR_SET_PDEATHSIG)`.
    func command(_ command: [String], endsWithParent: Bool = false) throws -> [String] {
        guard stepsDown || endsWithParent else { return command }
        if let setpriv = Self.tool("setpriv") {
            var prefix = [setpriv]
            if stepsDown { prefix += ["--reuid=\(userID)", "--regid=\(groupID)", "--init-groups"] }
            if endsWithParent { prefix += ["--pdeathsig", "QUIT"] }
            return prefix + ["--"] + command
        }
        guard stepsDown else { return command }
        if let runuser = Self.tool("runuser") { return [runuser, "-u", name, "--"] + command }
        throw EmbeddedServerError(
            .accountMissing, "neither setpriv nor runuser found to run the server as \(name)",
            hint: "Install them: apt-get install util-linux.")
    }

    private static func tool(_ name: String) -> String? {
        ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"].map { $0 + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
