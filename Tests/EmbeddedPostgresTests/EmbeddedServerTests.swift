import Foundation
import Postgres
import PostgresTestSupport
import Testing

@testable import EmbeddedPostgres

/// A server of its own in a temporary directory, stopped and removed afterwards.
func withServer(
    in directory: String? = nil, _ body: (EmbeddedServer) throws -> Void
) throws {
    let directory = try directory ?? TestServer.temporaryDirectory("embedded")
    let server = try EmbeddedServer(
        dataDirectory: directory, options: .init(durability: .none, endsWithParent: false))
    defer {
        _ = try? server.stop(mode: .immediate)
        try? FileManager.default.removeItem(atPath: directory)
    }
    try body(server)
}

func thrownCode(_ body: () throws -> Void) -> EmbeddedServerError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? EmbeddedServerError)?.code
    }
}

@Suite struct EmbeddedServerTests {
    @Test func `starts once, serves, stops once, and keeps its data`() throws {
        try withServer { server in
            #expect(try server.status() == .notCreated)
            #expect(try server.start())
            #expect(try !server.start())
            guard case .running = try server.status() else {
                Issue.record("the server does not run")
                return
            }
            #expect(try server.ensureDatabase("own data"))
            #expect(try !server.ensureDatabase("own data"))
            let uri = server.connectionURI(database: "own data")
            do {
                let connection = try Connection(uri)
                try connection.script("create table t as select 42 as answer")
                let encoding = "select current_setting('server_encoding')"
                #expect(try connection.value(Query(text: encoding), as: String.self) == "UTF8")
                #expect(try connection.value("show listen_addresses", as: String.self) == "")
                #expect(try connection.value("select upper('é')", as: String.self) == "É")
            }
            #expect(try server.stop())
            #expect(try !server.stop())
            #expect(try server.status() == .stopped)
            #expect(try server.start())
            let connection = try Connection(uri)
            #expect(try connection.value("select answer from t", as: Int.self) == 42)
        }
    }

    @Test func `closes socket and data to everybody else`() throws {
        try withServer { server in
            try server.start()
            for path in [server.socket.path, server.data, server.directory] {
                let status = try #require(FileStatus(of: path))
                #expect(status.permissions & 0o077 == 0)
                #expect(status.userID == server.account.userID)
            }
        }
    }

    @Test func `leaves the session, the files and the signals of its caller`() throws {
        let open = open("/dev/null", O_RDONLY)
        defer { close(open) }
        try withServer { server in
            try server.start()
            guard case .running(let pid, _) = try server.status() else { return }
            #expect(getsid(pid) == pid)
            let files = Files.names(in: "/proc/\(pid)/fd")
            let targets = files.map {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)"))
                    ?? ""
            }
            #expect(!targets.dropFirst().contains { $0.hasPrefix("/dev/pts") })
            // Only the standard input is the null device: descriptor `open` was not inherited.
            #expect(targets.count { $0 == "/dev/null" } == 1)
        }
    }

    @Test func `starts after a crash, whose pid file names no process`() throws {
        try withServer { server in
            try server.start()
            guard case .running(let pid, _) = try server.status() else { return }
            kill(pid, SIGKILL)
            while !ChildProcess.hasEnded(pid) { usleep(10_000) }
            #expect(FileManager.default.fileExists(atPath: server.data + "/postmaster.pid"))
            #expect(try server.status() == .stopped)
            // What the dead server has started may hold its memory a moment longer.
            var isStarted = false
            for _ in 0..<50 where !isStarted {
                isStarted = (try? server.start()) ?? false
                if !isStarted { usleep(100_000) }
            }
            #expect(isStarted)
        }
    }

    @Test func `starts although the pid file names another living process`() throws {
        try withServer { server in
            try server.start()
            try server.stop()
            // This very process stands for one that has got the number by chance.
            let text = "\(getpid())\n\(server.data)\n1700000000\n5432\n/tmp\n\n 1 1\nready   \n"
            try Files.write(text, to: server.data + "/postmaster.pid", owner: server.account)
            #expect(try server.status() == .stopped)
            #expect(try server.start())
            #expect(Files.exists(server.data + "/postmaster.pid.1"))
        }
    }

    @Test func `refuses a directory that is not a cluster, and leaves it alone`() throws {
        try withServer { server in
            try FileManager.default.createDirectory(
                atPath: server.data, withIntermediateDirectories: true)
            chown(server.directory, server.account.userID, server.account.groupID)
            let file = server.data + "/precious"
            try "text".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(thrownCode { try server.start() } == .notACluster)
            #expect(thrownCode { _ = try server.status() } == .notACluster)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "text")
        }
    }

    @Test func `moves aside what an interrupted creation has left`() throws {
        try withServer { server in
            try server.prepareDirectory()
            try FileManager.default.createDirectory(
                atPath: server.directory + "/data.partial", withIntermediateDirectories: true)
            try server.start()
            #expect(Files.exists(server.directory + "/data.partial.1"))
            #expect(!Files.exists(server.directory + "/data.partial"))
        }
    }

    @Test func `takes an empty data directory`() throws {
        try withServer { server in
            try server.prepareDirectory()
            mkdir(server.data, 0o700)
            chown(server.data, server.account.userID, server.account.groupID)
            #expect(try server.start())
        }
    }

    @Test func `names the version that made the cluster when it is not installed`() throws {
        try withServer { server in
            try server.prepareDirectory()
            mkdir(server.data, 0o700)
            try "9\n".write(
                toFile: server.data + "/PG_VERSION", atomically: true, encoding: .utf8)
            #expect(thrownCode { try server.start() } == .wrongVersion)
        }
    }

    @Test func `puts the socket into a short directory when the path is long`() throws {
        let root = try TestServer.temporaryDirectory("embedded")
        chmod(root, 0o755)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let long = root + "/" + String(repeating: "long", count: 30)
        try withServer(in: long) { server in
            #expect(server.socket.path.hasPrefix("/tmp/vitrine-"))
            defer { rmdir(server.socket.path) }
            try server.start()
            let connection = try Connection(server.connectionURI())
            #expect(try connection.value("select 1::bigint", as: Int.self) == 1)
            try server.stop()
        }
    }

    @Test func `refuses a socket directory that is open or not a directory`() throws {
        let account = try ServerAccount.current()
        let root = try TestServer.temporaryDirectory("socket")
        defer { try? FileManager.default.removeItem(atPath: root) }
        let socket = SocketDirectory(dataDirectory: root, account: account)
        try socket.prepare(for: account)
        try socket.prepare(for: account)
        chmod(socket.path, 0o755)
        #expect(thrownCode { try socket.prepare(for: account) } == .socketDirectory)
        rmdir(socket.path)
        symlink("/tmp", socket.path)
        #expect(thrownCode { try socket.prepare(for: account) } == .socketDirectory)
    }

    @Test func `refuses a socket directory of another user`() throws {
        let root = try TestServer.temporaryDirectory("socket")
        defer { try? FileManager.default.removeItem(atPath: root) }
        let owner = try ServerAccount.current()
        let stranger = ServerAccount(
            name: "stranger", userID: owner.userID + 1, groupID: owner.groupID, stepsDown: false)
        let socket = SocketDirectory(dataDirectory: root, account: owner)
        try socket.prepare(for: owner)
        #expect(thrownCode { try socket.prepare(for: stranger) } == .socketDirectory)
    }

    @Test func `lets one of two starts at once do the work`() async throws {
        let directory = try TestServer.temporaryDirectory("embedded")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let server = try EmbeddedServer(
            dataDirectory: directory, options: .init(durability: .none))
        let started = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<2 { group.addTask { try server.start() } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(started == 1)
        try server.stop()
    }

    @Test func `gives up waiting for another start`() throws {
        let directory = try TestServer.temporaryDirectory("lock")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let account = try ServerAccount.current()
        let first = try FileLock(path: directory + "/lock", owner: account, timeout: .seconds(1))
        #expect(
            thrownCode {
                _ = try FileLock(
                    path: directory + "/lock", owner: account, timeout: .milliseconds(50))
            } == .busy)
        _ = consume first
        _ = try FileLock(path: directory + "/lock", owner: account, timeout: .milliseconds(50))
    }

    @Test func `quotes the log when the server does not start`() throws {
        try withServer { server in
            try server.start()
            try server.stop()
            let file = server.data + "/postgresql.auto.conf"
            try Files.write("no_such_setting = 1\n", to: file, owner: server.account)
            do {
                try server.start()
                Issue.record("the server has started")
            } catch let error as EmbeddedServerError {
                #expect(error.code == .startFailed)
                #expect(error.output?.contains("no_such_setting") == true)
            }
        }
    }

    @Test func `recognises a full disk`() {
        let error = EmbeddedServerError.program(
            .createFailed, "create the cluster",
            output: "initdb: error: could not write file: No space left on device", hint: nil)
        #expect(error.code == .diskFull)
        #expect(EmbeddedServerError.system("write", ENOSPC).code == .diskFull)
    }

    /// Needs a file system of some 12 MB, which the variable names: making one takes root.
    @Test(.enabled(if: getenv("VITRINE_TEST_SMALL_VOLUME") != nil))
    func `says so when the disk is full, and keeps what is there`() throws {
        let volume = String(cString: getenv("VITRINE_TEST_SMALL_VOLUME"))
        try withServer(in: volume + "/server") { server in
            #expect(thrownCode { try server.start() } == .diskFull)
            #expect(thrownCode { try server.start() } == .diskFull)
            let status = try server.status()
            #expect(status == .notCreated)
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func `says so when root's directory is out of reach`()
        throws
    {
        let closed = try TestServer.temporaryDirectory("closed")
        defer { try? FileManager.default.removeItem(atPath: closed) }
        try withServer(in: closed + "/inside") { server in
            #expect(thrownCode { try server.start() } == .wrongOwner)
        }
    }
}

@Suite struct ServerSettingsTests {
    private static let gibibyte = 1 << 30

    private func value(_ name: String, memory: Int, cores: Int, shared: Int = 8 << 30) -> String? {
        let machine = Machine(memory: memory, cores: cores, sharedMemory: shared)
        return ServerSettings(machine: machine, durability: .full).lines
            .last { $0.0 == name }?.1
    }

    @Test(arguments: [(24, "'4096MB'"), (256, "'8192MB'"), (1, "'170MB'")])
    func `shared buffers follow the memory within bounds`(_ gibibytes: Int, _ expected: String) {
        let found = value("shared_buffers", memory: gibibytes * Self.gibibyte, cores: 2)
        #expect(found == expected)
    }

    @Test func `commits stay durable`() {
        #expect(value("synchronous_commit", memory: 24 * Self.gibibyte, cores: 2) == "on")
        #expect(value("fsync", memory: 24 * Self.gibibyte, cores: 2) == nil)
    }

    @Test func `a small /dev/shm is not used`() {
        let name = "dynamic_shared_memory_type"
        #expect(value(name, memory: Self.gibibyte, cores: 2, shared: 64 << 20) == "sysv")
        #expect(value(name, memory: Self.gibibyte, cores: 2) == nil)
    }
}

@Suite struct PostmasterFileTests {
    @Test func `reads a file of a running server`() throws {
        let text = "4242\n/data\n1700000000\n5432\n/run\n\n  5432001 7\nready   \n"
        let file = try #require(PostmasterFile(text: text))
        #expect(file.processID == 4242 && file.startTime == 1_700_000_000 && file.isReady)
    }

    @Test(arguments: ["", "text\n", "0\n"])
    func `refuses what is not such a file`(_ text: String) {
        #expect(PostmasterFile(text: text) == nil)
    }

    @Test func `does not take another program for the server`() throws {
        let file = try #require(PostmasterFile(text: "\(getpid())\n"))
        #expect(!file.isRunning(in: FileManager.default.currentDirectoryPath))
    }
}

@Suite struct DefaultDirectoryTests {
    @Test func `the variable comes first`() {
        let directory = EmbeddedServer.defaultDirectory(
            environment: ["VITRINE_DATA": "/srv/v", "XDG_DATA_HOME": "/x", "HOME": "/h"])
        #expect(directory == "/srv/v")
    }

    @Test func `the place depends on the user`() {
        let directory = EmbeddedServer.defaultDirectory(environment: ["XDG_DATA_HOME": "/x"])
        #expect(directory == (geteuid() == 0 ? "/var/lib/vitrine" : "/x/vitrine"))
    }

    @Test(arguments: [
        ("postgres (PostgreSQL) 15.4 (Debian 15.4-1)\n", 15), ("postgres (PostgreSQL) 18beta1", 18),
    ])
    func `versions are read`(_ text: String, _ major: Int) {
        #expect(ServerPrograms.majorVersion(in: text) == major)
    }
}
