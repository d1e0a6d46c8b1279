import Foundation
import TwoTower

/// The same work in PyTorch: `peer.py`, where a Python has torch.
struct Peer {
    let python: String
    private let script: String

    /// The peer, or nil where the interpreter cannot import torch.
    init?(python: String) {
        self.python = python
        script =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("peer.py").path
        guard (try? Self.run(python, ["-c", "import torch"])) != nil else { return nil }
    }

    /// Trains some batches and returns what the peer printed, by name.
    func train(
        _ workload: Workload, _ size: WorldSize, threadCount: Int, batches: Int, seed: UInt64,
        computesLastPositionOnly: Bool = false
    ) throws -> [String: String] {
        let configuration = workload.configuration
        var arguments = [script, "--encoder", configuration.historyEncoding.rawValue]
        let values: [(String, any CustomStringConvertible)] = [
            ("users", size.users), ("items", size.items), ("clusters", size.clusters),
            ("history", size.history), ("examples-per-user", size.examplesPerUser),
            ("dimension", configuration.embeddingDimension), ("batch", configuration.batchSize),
            ("threads", threadCount), ("batches", batches), ("seed", seed),
        ]
        for (name, value) in values { arguments += ["--\(name)", "\(value)"] }
        if computesLastPositionOnly { arguments.append("--last-only") }
        let line = try Self.run(python, arguments)
        return Dictionary(
            line.split(whereSeparator: \.isWhitespace).compactMap { field in
                let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
                return parts.count == 2 ? (parts[0], parts[1]) : nil
            }, uniquingKeysWith: { $1 })
    }

    private static func run(_ python: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python] + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
        return String(decoding: data, as: UTF8.self)
    }

    struct Failure: Error, CustomStringConvertible {
        let description = "peer.py failed; run it by hand to see why"
    }
}
