/// Where a private server stands.
public enum ServerStatus: Hashable, Sendable {
    /// There is no cluster yet; starting makes one.
    case notCreated
    case stopped
    /// The server is starting, recovering or shutting down.
    case busy(processID: Int32)
    /// - Parameter startedAt: Seconds since 1970.
    case running(processID: Int32, startedAt: Int64)
}

extension EmbeddedServer {
    /// Where the server stands, from its files alone.
    ///
    /// - Throws: When the directory holds something that is not a cluster.
    public func status() throws -> ServerStatus {
        guard try hasCluster() else { return .notCreated }
        guard let file = PostmasterFile(directory: data), file.isRunning(in: data) else {
            return .stopped
        }
        return file.isReady
            ? .running(processID: file.processID, startedAt: file.startTime ?? 0)
            : .busy(processID: file.processID)
    }

    /// Whether the data directory holds a cluster; empty and absent ones do not.
    func hasCluster() throws -> Bool {
        guard let status = FileStatus(of: data) else { return false }
        guard status.isDirectory || status.isSymbolicLink else {
            throw notACluster("\"\(data)\" is not a directory")
        }
        if Files.exists(data + "/PG_VERSION") { return true }
        guard account.stepsDown || status.userID == account.userID || status.isSymbolicLink else {
            throw wrongOwner(data)
        }
        guard Files.names(in: data).isEmpty else {
            throw notACluster("\"\(data)\" is not empty and is not a database cluster")
        }
        return false
    }

    /// The major version that made the cluster.
    func clusterVersion() throws -> Int {
        let text = Files.text(of: data + "/PG_VERSION") ?? ""
        guard let major = Int(text.prefix { $0.isWholeNumber }) else {
            throw notACluster("\"\(data)/PG_VERSION\" cannot be read")
        }
        return major
    }

    private func notACluster(_ message: String) -> EmbeddedServerError {
        EmbeddedServerError(
            .notACluster, message,
            hint: "Move it away, and the next start makes a new cluster; nothing is deleted.")
    }

    func wrongOwner(_ path: String) -> EmbeddedServerError {
        EmbeddedServerError(
            .wrongOwner, "\"\(path)\" does not belong to the server's user \(account.name)",
            hint: "Run the command as its owner, or set VITRINE_DATA to another directory.")
    }
}
