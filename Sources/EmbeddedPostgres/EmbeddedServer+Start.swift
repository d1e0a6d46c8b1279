internal import Glibc

extension EmbeddedServer {
    /// Starts the server, makes its cluster first when there is none, and waits until it accepts
    /// connections; does nothing when it runs already.
    ///
    /// - Parameter timeout: How long to wait for recovery after a crash, or for another process
    ///   that is at the same thing.
    /// - Returns: Whether this call started it.
    @discardableResult
    public func start(timeout: Duration = .seconds(300)) throws -> Bool {
        let deadline = ContinuousClock.now + timeout
        try prepareDirectory()
        let lock = try FileLock(path: directory + "/lock", owner: account, timeout: timeout)
        defer { _ = lock }

        if try !hasCluster() {
            try createCluster(with: try ServerPrograms.find())
        }
        try socket.prepare(for: account)
        let programs = try ServerPrograms.find(majorVersion: try clusterVersion())
        guard FileStatus(of: PostmasterFile.resolved(data))?.userID == account.userID else {
            throw wrongOwner(data)
        }
        if let file = PostmasterFile(directory: data) {
            if file.isRunning(in: data) {
                try waitUntilReady(file.processID, isOurs: false, logStart: nil, deadline)
                return false
            }
            // The number may belong to another process by now, and the server would then refuse
            // to start. What is still attached to the memory of the old one is found by the
            // server itself.
            if kill(file.processID, 0) == 0 { try Files.moveAside(data + "/postmaster.pid") }
        }
        try socket.clearStaleLock()
        try launch(programs, deadline)
        return true
    }

    private func launch(_ programs: ServerPrograms, _ deadline: ContinuousClock.Instant) throws {
        let settings = ServerSettings(machine: .current(), durability: options.durability)
        try Files.write(settings.text, to: data + "/vitrine.conf", owner: account)

        let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard output >= 0 else { throw EmbeddedServerError.system("open \"\(log)\"", errno) }
        defer { close(output) }
        fchown(output, account.userID, account.groupID)
        let logStart = Int(lseek(output, 0, SEEK_END))

        // What the promise of a private server rests on wins over any file of settings.
        let command = [
            programs.postgres, "-D", data, "-c", "listen_addresses=",
            "-c", "unix_socket_directories=\(Self.quoted(socket.path))",
            "-c", "unix_socket_permissions=0700", "-c", "port=\(SocketDirectory.port)",
        ]
        let process = try ChildProcess.launch(
            account.command(command, endsWithParent: options.endsWithParent), log: output)
        try waitUntilReady(process, isOurs: true, logStart: logStart, deadline)
    }

    private func waitUntilReady(
        _ process: Int32, isOurs: Bool, logStart: Int?, _ deadline: ContinuousClock.Instant
    ) throws {
        while true {
            if let file = PostmasterFile(directory: data), file.isReady,
                file.isRunning(in: data)
            {
                return
            }
            let hasEnded =
                isOurs
                ? ChildProcess.hasEnded(process)
                : PostmasterFile(directory: data)?.isRunning(in: data) != true
            if hasEnded {
                throw EmbeddedServerError.program(
                    .startFailed, "start the server in \"\(data)\"",
                    output: Files.lastLines(12, of: log, from: logStart ?? 0),
                    hint: "The whole log is in \(log).")
            }
            guard ContinuousClock.now < deadline else {
                throw EmbeddedServerError(
                    .startFailed, "the server in \"\(data)\" is not ready yet",
                    hint: "It may be recovering: look at \(log), and try again later.",
                    output: Files.lastLines(12, of: log, from: logStart ?? 0))
            }
            usleep(10_000)
        }
    }

    /// The setting is a list: a path with a comma or a blank needs quotes.
    private static func quoted(_ path: String) -> String {
        "\"" + path.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
    }
}
