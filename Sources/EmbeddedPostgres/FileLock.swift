internal import Glibc

/// An exclusive `flock`, so that one process at a time makes, starts or stops the server.
///
/// The kernel gives it back when the process ends, however that happens.
struct FileLock: ~Copyable {
    private let descriptor: Int32

    init(path: String, owner: ServerAccount, timeout: Duration) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw EmbeddedServerError.system("open \"\(path)\"", errno) }
        fchown(descriptor, owner.userID, owner.groupID)
        let deadline = ContinuousClock.now + timeout
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard ContinuousClock.now < deadline else {
                close(descriptor)
                throw EmbeddedServerError(
                    .busy, "another process is starting or stopping this server",
                    hint: "Wait for it to finish and try again.")
            }
            usleep(20_000)
        }
    }

    deinit {
        close(descriptor)
    }
}
