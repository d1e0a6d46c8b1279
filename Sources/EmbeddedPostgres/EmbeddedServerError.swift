internal import Glibc

/// Why the private server cannot be made, started or stopped, and what to do about it.
public struct EmbeddedServerError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// No PostgreSQL server programs of a supported version are installed.
        case programsMissing
        /// Running as root, and there is no unprivileged account for the server.
        case accountMissing
        /// The data directory belongs to somebody else, or cannot be reached by the server's user.
        case wrongOwner
        /// The data directory holds something that is not a cluster.
        case notACluster
        /// The cluster was made by a major version that is not installed.
        case wrongVersion
        /// The file system is full.
        case diskFull
        /// Another process is starting or stopping the same server.
        case busy
        /// The directory for the socket cannot be trusted.
        case socketDirectory
        case createFailed
        case startFailed
        case stopFailed
        case fileSystem
    }

    public var code: Code
    public var message: String
    public var hint: String?
    /// What a program or the server's log said last.
    public var output: String?

    init(_ code: Code, _ message: String, hint: String? = nil, output: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.output = output
    }

    public var description: String {
        var lines = [message]
        if let output, !output.isEmpty { lines.append(output) }
        if let hint { lines.append("HINT:  \(hint)") }
        return lines.joined(separator: "\n")
    }

    /// An error of the operating system, after the call that set `errno`.
    static func system(_ action: String, _ number: Int32) -> EmbeddedServerError {
        if number == ENOSPC || number == EDQUOT { return diskFull(action, output: nil) }
        return EmbeddedServerError(
            number == EACCES || number == EPERM ? .wrongOwner : .fileSystem,
            "could not \(action): \(String(cString: strerror(number)))")
    }

    static func diskFull(_ action: String, output: String?) -> EmbeddedServerError {
        EmbeddedServerError(
            .diskFull, "could not \(action): no space left on device",
            hint: "Free some space on the file system of the data directory and start again.",
            output: output)
    }

    /// The error of a program that failed, recognising a full disk by the words of `strerror`,
    /// which are all that the programs report.
    static func program(
        _ code: Code, _ action: String, output: String, hint: String?
    ) -> EmbeddedServerError {
        output.contains(String(cString: strerror(ENOSPC)))
            ? diskFull(action, output: output)
            : EmbeddedServerError(code, "could not \(action)", hint: hint, output: output)
    }
}
