internal import Glibc

extension EmbeddedServer {
    /// How much a stop waits for.
    public enum StopMode: Sendable {
        /// Open transactions are rolled back and everything is written out.
        case fast
        /// As in a crash: the next start recovers.
        case immediate

        fileprivate var signal: Int32 { self == .fast ? SIGINT : SIGQUIT }
    }

    /// Stops the server and waits until it has gone; does nothing when it does not run.
    ///
    /// - Returns: Whether there was a server to stop.
    @discardableResult
    public func stop(
        mode: StopMode = .fast, timeout: Duration = .seconds(120)
    ) throws -> Bool {
        guard try hasCluster() else { return false }
        let lock = try FileLock(path: directory + "/lock", owner: account, timeout: timeout)
        defer { _ = lock }
        guard let file = PostmasterFile(directory: data), file.isRunning(in: data) else {
            return false
        }
        guard kill(file.processID, mode.signal) == 0 else {
            throw EmbeddedServerError.system("stop the server", errno)
        }
        let deadline = ContinuousClock.now + timeout
        while file.isRunning(in: data) {
            _ = ChildProcess.hasEnded(file.processID)
            guard ContinuousClock.now < deadline else {
                throw EmbeddedServerError(
                    .stopFailed, "the server has not stopped yet",
                    hint: "It may be writing out a lot: look at \(log).")
            }
            usleep(10_000)
        }
        _ = ChildProcess.hasEnded(file.processID)
        return true
    }
}
