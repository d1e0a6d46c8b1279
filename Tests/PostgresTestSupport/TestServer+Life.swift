internal import EmbeddedPostgres
internal import Foundation
internal import Synchronization

extension TestServer {
    /// Made once, in the way of a global: the first caller starts the server, the others wait.
    static let started: Result<EmbeddedServer, any Error> = Result { try startOnOwnThread() }

    /// A directory that the server's user can reach, whoever runs the tests.
    package static func temporaryDirectory(_ name: String = "test") throws -> String {
        var pattern = Array("/tmp/vitrine-\(name)-XXXXXX".utf8CString)
        guard let path = mkdtemp(&pattern) else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        return String(cString: path)
    }

    /// Starts the server on a thread that lives as long as the process: the kernel ends the server
    /// with the thread that started it, which is how a killed test run leaves none behind.
    private static func startOnOwnThread() throws -> EmbeddedServer {
        let outcome = Mutex<Result<EmbeddedServer, any Error>?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        let thread = Thread {
            let result = Result { try start() }
            outcome.withLock { $0 = result }
            isDone.signal()
            while true { sleep(3_600) }
        }
        thread.start()
        isDone.wait()
        return try outcome.withLock { $0! }.get()
    }

    private static func start() throws -> EmbeddedServer {
        let directory = try temporaryDirectory()
        let server = try EmbeddedServer(
            dataDirectory: directory,
            options: .init(durability: .none, endsWithParent: true))
        try server.start()
        atexit { TestServer.stop() }
        return server
    }

    private static func stop() {
        guard case .success(let server) = started else { return }
        _ = try? server.stop(mode: .immediate)
        try? FileManager.default.removeItem(atPath: server.directory)
    }
}
