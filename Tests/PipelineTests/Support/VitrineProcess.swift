import Foundation
import PostgresTestSupport
import SQLCatalog
import Testing

/// The program `vitrine`, as typed, in a process of its own.
final class VitrineProcess {
    /// How a process ended, and what it wrote.
    struct Outcome {
        /// The exit status, or minus the number of the signal that ended it.
        var status: Int32
        var output: String
        var errors: String
    }

    private let process = Process()
    private let directory: String
    private let ended = DispatchSemaphore(value: 0)

    /// Starts `vitrine run` with a job file of its own, for the date of the planted world.
    convenience init(running job: Nightly, on uri: String, options: [String] = []) throws {
        try self.init(
            ["run", "nightly.yaml", "--date", "\(PlantedWorld.date)", "--database", uri] + options,
            files: ["nightly.yaml": job.yaml])
    }

    /// Starts a shard of a step of a job, for the date of the planted world.
    convenience init(
        running job: Nightly, step: String, shard: String? = nil, on uri: String,
        environment: [String: String] = [:]
    ) throws {
        try self.init(
            [step, "nightly.yaml", "--date", "\(PlantedWorld.date)", "--database", uri]
                + (shard.map { ["--shard", $0] } ?? []), files: ["nightly.yaml": job.yaml],
            environment: environment)
    }

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - files: What its working directory holds, by name.
    ///   - environment: Added to a small one without any setting of libpq.
    init(
        _ arguments: [String], files: [String: String] = [:], environment: [String: String] = [:]
    ) throws {
        directory = try TestServer.temporaryDirectory("process")
        for (name, text) in files {
            try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/" + name))
        }
        process.executableURL = try Self.program()
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.arguments = arguments
        var variables = ["PATH": "/usr/bin:/bin", "HOME": directory]
        variables["VITRINE_HOME"] = try SQLCatalog.locate().home.directory.path
        // Another kernel of OpenBLAS rounds otherwise, and results are compared with this process's.
        variables.merge(
            ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("OPENBLAS_") }
        ) { $1 }
        process.environment = variables.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try file("output")
        process.standardError = try file("errors")
        let ended = ended
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
    }

    deinit {
        if process.isRunning {
            kill(processID, SIGKILL)
            ended.wait()
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: [String], files: [String: String] = [:], environment: [String: String] = [:]
    ) throws -> Outcome {
        try VitrineProcess(arguments, files: files, environment: environment).wait()
    }

    var processID: Int32 { process.processIdentifier }

    var isRunning: Bool { process.isRunning }

    func send(_ signal: Int32) { kill(processID, signal) }

    /// Waits for the end; a process that takes longer than so many minutes is killed.
    func wait(minutes: Int = 10) throws -> Outcome {
        if ended.wait(timeout: .now() + .seconds(60 * minutes)) == .timedOut {
            kill(processID, SIGKILL)
            ended.wait()
            Issue.record("vitrine did not end within \(minutes) minutes: \(try text("errors"))")
        }
        ended.signal()
        let status = process.terminationStatus
        return Outcome(
            status: process.terminationReason == .uncaughtSignal ? -status : status,
            output: try text("output"), errors: try text("errors"))
    }

    private func file(_ name: String) throws -> FileHandle {
        let path = directory + "/" + name
        try Data().write(to: URL(fileURLWithPath: path))
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: directory + "/" + name, encoding: .utf8)
    }

    /// The program beside the test bundle.
    private static func program() throws -> URL {
        let bundle = CommandLine.arguments.last { $0.contains(".xctest") }
        let folder =
            bundle.map { path -> URL in
                var url = URL(fileURLWithPath: path)
                while !url.lastPathComponent.hasSuffix(".xctest"), url.path != "/" {
                    url.deleteLastPathComponent()
                }
                return url.deletingLastPathComponent()
            } ?? URL(fileURLWithPath: FileManager.default.currentDirectoryPath + "/.build/debug")
        let program = folder.appendingPathComponent("vitrine")
        try #require(
            FileManager.default.isExecutableFile(atPath: program.path),
            "there is no program at \(program.path)")
        return program
    }
}
