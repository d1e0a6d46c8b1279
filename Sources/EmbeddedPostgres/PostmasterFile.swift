internal import Glibc

/// `postmaster.pid`, by which a running server marks its data directory
/// (`src/include/utils/pidfile.h`: pid, data directory, start time, port, socket directory, listen
/// address, shared memory, status).
struct PostmasterFile: Hashable {
    var processID: Int32
    var startTime: Int64?
    var status: String?

    var isReady: Bool { status == "ready" || status == "standby" }

    init?(directory: String) {
        guard let text = Files.text(of: directory + "/postmaster.pid") else { return nil }
        self.init(text: text)
    }

    init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.filter { $0 != " " } }
        // A server in single-user mode writes its number with a minus.
        guard let first = lines.first, let number = Int32(first), number != 0 else { return nil }
        processID = abs(number)
        startTime = lines.count > 2 ? Int64(lines[2]) : nil
        status = lines.count > 7 ? lines[7] : nil
    }

    /// Whether the process is a PostgreSQL server at work in this directory, and not another
    /// one that has got the number of one that died.
    func isRunning(in directory: String) -> Bool {
        let process = "/proc/\(processID)"
        guard let state = Files.text(of: process + "/stat")?.split(separator: ")").last,
            state.dropFirst().first != "Z",
            let program = Self.target(of: process + "/exe"),
            let workingDirectory = Self.target(of: process + "/cwd")
        else { return false }
        // The program's file is gone after an upgrade of the package.
        let name = program.hasSuffix(" (deleted)") ? program.dropLast(10) : program[...]
        guard name.split(separator: "/").last == "postgres" else { return false }
        return workingDirectory == Self.resolved(directory)
    }

    private static func target(of link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
