internal import CProcess
internal import Glibc

/// Starting programs by `posix_spawn`: in a session of their own, without the caller's terminal,
/// files, signal handling, or environment.
enum ChildProcess {
    /// Runs a program to its end.
    ///
    /// - Returns: The exit status (-1 when a signal ended it), and what it wrote on both outputs.
    static func run(_ command: [String]) throws -> (status: Int32, output: String) {
        var ends: [Int32] = [0, 0]
        guard vitrine_pipe(&ends) == 0 else {
            throw EmbeddedServerError.system("create a pipe", errno)
        }
        defer { close(ends[0]) }
        let pid: pid_t
        do {
            defer { close(ends[1]) }
            pid = try spawn(command, output: ends[1])
        }
        let output = readAll(ends[0])
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let exited = status & 0x7F == 0
        return (exited ? (status >> 8) & 0xFF : -1, output)
    }

    /// Starts a program that goes on when the caller has ended, its outputs appended to a file.
    static func launch(_ command: [String], log: Int32) throws -> pid_t {
        try spawn(command, output: log)
    }

    /// Whether a program that was started here has ended; also lets the system forget it.
    static func hasEnded(_ pid: pid_t) -> Bool {
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) == pid
    }

    private static func spawn(_ command: [String], output: Int32) throws -> pid_t {
        let environment = ["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C"]
        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer {
            for pointer in arguments + variables { free(pointer) }
        }
        var pid: pid_t = 0
        let error = vitrine_spawn(&pid, arguments, variables, output)
        guard error == 0 else {
            throw EmbeddedServerError.system("run \"\(command[0])\"", error)
        }
        return pid
    }

    private static func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count > 0 {
                bytes += chunk[..<count]
            } else if count == 0 || errno != EINTR {
                return String(decoding: bytes, as: UTF8.self)
            }
        }
    }
}
