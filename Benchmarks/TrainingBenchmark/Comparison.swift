import ArgumentParser
import BenchmarkSupport
import Foundation
import LinearAlgebra
import TwoTower

/// The rounds of one workload: training and floor at every thread count, then the peer at every one.
///
/// Each round begins with a training that is not counted: some machines take memory away that
/// lies idle for as long as the peer needs, and then give it back page by page.
struct Comparison {
    let workload: Workload
    let size: WorldSize
    let peer: Peer?
    let rounds: Int
    let threads: [Int]
    let seed: UInt64

    /// What one thread count gave in one round.
    private struct Round {
        let examplesPerSecond: Double
        /// Mean loss of the last ten batches that the peer does as well.
        let loss: Double
        let model: TwoTowerModel
        let floor: Floor
        /// What the peer printed, its form that spares the last block included.
        var peers: [[String: String]] = []
        /// Cores that other programs kept busy meanwhile.
        let otherCores: Double
    }

    /// Batches of the peer after its first.
    private var peerBatches: Int { workload.encoder == .transformer ? 15 : 60 }

    func run() throws {
        var results = [[Round]](repeating: [], count: threads.count)
        for _ in 0..<rounds {
            _ = try train(threads.max() ?? 1)
            for (index, count) in threads.enumerated() { results[index].append(try round(count)) }
            guard let peer else { continue }
            for (index, count) in threads.enumerated() {
                results[index][results[index].count - 1].peers = try train(peer, count)
            }
        }
        guard Set(results.joined().map(\.model.checksum)).count == 1 else {
            throw ValidationError("thread counts gave different weights")
        }
        for (count, rounds) in zip(threads, results) { try report(count, rounds) }
        for index in threads.indices.dropFirst() {
            let scaling = zip(results[0], results[index]).map {
                $1.examplesPerSecond / $0.examplesPerSecond
            }
            print(
                "scaling", "encoder=\(workload.encoder.rawValue)",
                "threads=\(threads[0])→\(threads[index])", "ratio=\(decimal(median(scaling), 2))",
                "rounds=\(listed(scaling, 2))")
        }
    }

    private func train(
        _ threadCount: Int, _ progress: (TrainingProgress) -> Void = { _ in }
    ) throws -> TwoTowerModel {
        try TwoTowerTrainer.train(
            workload.world.dataset, configuration: workload.configuration, seed: seed,
            threadCount: threadCount, progress: progress)
    }

    private func round(_ threadCount: Int) throws -> Round {
        let others = OtherPrograms()
        var losses: [Double] = []
        var rate = 0.0
        let model = try train(threadCount) {
            losses.append($0.batchLoss)
            rate = $0.examplesPerSecond
        }
        let compared = losses.prefix(peerBatches + 1).suffix(10)
        return Round(
            examplesPerSecond: rate, loss: compared.reduce(0, +) / Double(compared.count),
            model: model, floor: Floor(workload, threadCount: threadCount, seed: seed),
            otherCores: others.cores)
    }

    private func train(_ peer: Peer, _ threadCount: Int) throws -> [[String: String]] {
        try (workload.encoder == .transformer ? [false, true] : [false]).map {
            try peer.train(
                workload, size, threadCount: threadCount, batches: peerBatches, seed: seed,
                computesLastPositionOnly: $0)
        }
    }

    private func report(_ threadCount: Int, _ rounds: [Round]) throws {
        let batch = Double(workload.configuration.batchSize)
        let floors = rounds.map(\.floor)
        let shares = rounds.map { $0.floor.seconds * $0.examplesPerSecond / batch }
        let recall = try workload.world.recall(
            of: rounds[0].model, at: 50, threadCount: threadCount)
        let name = "encoder=\(workload.encoder.rawValue)"
        let rates = rounds.map(\.examplesPerSecond)
        print(
            "training", name, "threads=\(threadCount)", "examples/s=\(Int(median(rates)))",
            "rounds=\(listed(rates, 0))", "floor_share=\(decimal(median(shares), 2))",
            "other_programs_cores=\(decimal(median(rounds.map(\.otherCores)), 2))",
            "loss=\(decimal(rounds[0].loss, 4))", "recall@50=\(decimal(recall, 4))",
            "users=\(size.users)", "items=\(size.items)", "history=\(size.history)",
            "d=\(workload.configuration.embeddingDimension)",
            "batch=\(workload.configuration.batchSize)",
            "examples=\(size.users * size.examplesPerUser)", "seed=\(seed)",
            "openblas=\(BLAS.coreName)", "kernels=\(Kernels.best.level)",
            "cores=\(ProcessInfo.processInfo.activeProcessorCount)",
            "machine=\"\(Machine.processorName)\"")
        print(
            "floor", name, "threads=\(threadCount)",
            "us_per_batch=\(decimal(1e6 * median(floors.map(\.seconds)), 0))",
            "products=\(decimal(1e6 * median(floors.map(\.productSeconds)), 0))",
            "rows_read=\(decimal(1e6 * median(floors.map(\.readSeconds)), 0))",
            "rows_changed=\(decimal(1e6 * median(floors.map(\.changeSeconds)), 0))",
            "gflops=\(decimal(median(floors.map { $0.operations / $0.productSeconds / 1e9 }), 0))",
            "ns_per_row_read=\(decimal(1e9 * median(floors.map { $0.readSeconds / $0.readRows }), 1))",
            "ns_per_row_changed="
                + decimal(1e9 * median(floors.map { $0.changeSeconds / $0.changedRows }), 1))
        for index in rounds[0].peers.indices {
            let peers = rounds.map { $0.peers[index] }
            let rates = peers.map { Double($0["examples/s"] ?? "") ?? .nan }
            let ratios = zip(rounds, rates).map { $0.examplesPerSecond / $1 }
            let fields = ["tables", "trials", "last_only", "loss", "batches", "torch"]
            print(
                "peer", name, "threads=\(threadCount)", "examples/s=\(Int(median(rates)))",
                "rounds=\(listed(rates, 0))", "ratio=\(decimal(median(ratios), 2))",
                fields.compactMap { field in peers[0][field].map { "\(field)=\($0)" } }
                    .joined(separator: " "))
        }
    }

    private func listed(_ values: [Double], _ digits: Int) -> String {
        values.map { decimal($0, digits) }.joined(separator: ",")
    }
}

extension TwoTowerModel {
    /// FNV-1a over the artefact, to tell whether two trainings agree to the last bit.
    fileprivate var checksum: UInt64 {
        encoded().reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
