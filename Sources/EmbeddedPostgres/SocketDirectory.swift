internal import FoundationEssentials
internal import Glibc

/// The directory of the server's Unix socket: whoever can enter it can be any user of the database,
/// so nobody but the server's user can.
struct SocketDirectory {
    let path: String

    /// Longest path of a socket, `sun_path` less the closing zero.
    static let maximumPathLength = 107
    static let port = 5432
    private static let socketName = "/.s.PGSQL.\(port)"

    /// `run` in the data directory, or, when that is too long for a socket, a short one in /tmp.
    init(dataDirectory: String, account: ServerAccount) {
        let beside = dataDirectory + "/run"
        if beside.utf8.count + Self.socketName.utf8.count <= Self.maximumPathLength {
            path = beside
        } else {
            path = "/tmp/vitrine-\(account.userID)-\(Self.hash(dataDirectory))"
        }
    }

    /// Makes the directory, or checks the one that is there: it must be a true directory of the
    /// server's user, closed to all others. In /tmp somebody else may have been first.
    func prepare(for account: ServerAccount) throws {
        if mkdir(path, 0o700) == 0 {
            guard lchown(path, account.userID, account.groupID) == 0 else {
                throw EmbeddedServerError.system("change the owner of \"\(path)\"", errno)
            }
            return
        }
        let failure = errno
        guard failure == EEXIST, let status = FileStatus(of: path) else {
            throw EmbeddedServerError.system("create \"\(path)\"", failure)
        }
        guard status.isDirectory, status.userID == account.userID else {
            throw EmbeddedServerError(
                .socketDirectory,
                status.isDirectory
                    ? "socket directory \"\(path)\" belongs to another user"
                    : "\"\(path)\" is not a directory",
                hint: "Move it away, or choose a data directory with a shorter path.")
        }
        guard status.permissions & 0o077 == 0 else {
            throw EmbeddedServerError(
                .socketDirectory, "socket directory \"\(path)\" is open to other users",
                hint: "Close it: chmod 700 \(path).")
        }
    }

    /// Moves the lock of the socket aside when the process in it is alive, which the caller knows to
    /// be no server of this directory: the new server would take it for one.
    func clearStaleLock() throws {
        let lock = path + Self.socketName + ".lock"
        guard let text = try? String(contentsOfFile: lock, encoding: .utf8),
            let number = text.split(separator: "\n").first.flatMap({ Int32($0) }),
            number > 0, kill(number, 0) == 0
        else { return }
        try Files.moveAside(lock)
    }

    /// 64-bit FNV-1a, in hexadecimal.
    private static func hash(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 {
            hash ^= UInt64(byte)
            hash &*= 0x0000_0100_0000_01b3
        }
        return String(hash, radix: 16)
    }
}
