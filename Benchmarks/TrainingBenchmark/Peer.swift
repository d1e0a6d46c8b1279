import BenchmarkSupport
import Foundation
import TwoTower

/// The same work in PyTorch: `peer.py`, where a Python has torch.
struct Peer {
    private let python: Python
    private let script: String

    /// - Parameter python: One that can import torch.
    init(python: Python) {
        self.python = python
        script =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("peer.py").path
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
        return Python.fields(try python.run(arguments))
    }
}
