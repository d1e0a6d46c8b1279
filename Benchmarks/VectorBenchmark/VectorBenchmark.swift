import ArgumentParser
import BenchmarkSupport
import Foundation
import LinearAlgebra
import VectorIndex

/// Recall against queries a second of every index, beside faiss on the same vectors and threads.
///
/// Run it as `make bench-ann`. A figure is the best of some rounds, for other programs share the
/// machine.
@main
struct VectorBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vector-benchmark",
        abstract: "Searches a million clustered vectors, or a file of embeddings.")

    @Option(help: "Items of the mixture.") var items = 1_000_000
    @Option(help: "Queries, searched at once.") var queries = 10_000
    @Option(help: "Length of the vectors.") var dimension = 64
    @Option(help: "Components of the mixture.") var components = 5_000
    @Option(help: "Deviation within a component over that between them.") var spread: Float = 0.6
    @Option(help: "A file of item embeddings: 32-bit floats, row after row.") var itemFile: String?
    @Option(help: "The file of query embeddings that goes with it.") var queryFile: String?
    @Option(help: "inner_product, cosine or l2.") var similarity = "l2"
    @Option(help: "Lists; 0 for what the index chooses.") var lists = 0
    @Option(help: "Length of the lists found.") var k = 10
    @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Option(parsing: .upToNextOption, help: "Numbers of probes.")
    var probes = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128]
    @Option(
        parsing: .upToNextOption,
        help: "Candidates a rank that are scored again, for codes that lose precision.")
    var shortlist = [2, 4, 10]
    @Option(
        parsing: .upToNextOption,
        help: "Indexes to measure (\(Variant.allCases.map(\.rawValue).joined(separator: ", "))).")
    var codes: [String] = []
    @OptionGroup var repetition: RoundOptions
    @OptionGroup var peer: PeerOptions

    func run() throws {
        guard let similarity = Similarity(rawValue: similarity) else {
            throw ValidationError("no similarity \"\(similarity)\"")
        }
        let (items, queries) = try vectors()
        let listCount =
            lists > 0 ? lists : InvertedFileParameters.automaticListCount(itemCount: items.rows)
        print(
            "machine=\"\(Machine.processorName)\"", "blas=\(BLAS.coreName)", "threads=\(threads)",
            "items=\(items.rows)", "queries=\(queries.rows)", "d=\(items.columns)",
            "similarity=\(similarity.rawValue)", "lists=\(listCount)", "k=\(k)",
            "seed=\(repetition.seed)")
        let others = OtherPrograms()
        let exact = try ExactSearches(
            items: items, queries: queries, similarity: similarity, threadCount: threads)
        try exact.report(rounds: repetition.rounds)
        var ours: [Measurement] = []
        for variant in Variant.allCases where codes.isEmpty || codes.contains(variant.rawValue) {
            ours += try measure(
                variant, variant.parameters(similarity: similarity, listCount: listCount),
                items: items, queries: queries, truth: exact.truth)
        }
        print("other programs: \(decimal(others.cores, 2)) cores")
        guard let peer = peer.interpreter(with: "faiss", from: "faiss-cpu numpy") else { return }
        let theirs = try measurePeer(
            peer, items: items, queries: queries, truth: exact.truth, listCount: listCount,
            similarity: similarity)
        for recall in [0.9, 0.95] {
            guard let own = Measurement.best(ours, reaching: recall),
                let other = Measurement.best(theirs, reaching: recall)
            else {
                print("recall=\(recall) not reached by both sides")
                continue
            }
            print(
                "recall=\(recall)", "\(own.index)@\(own.probes)=\(Int(own.rate))/s",
                "faiss \(other.index)@\(other.probes)=\(Int(other.rate))/s",
                "ratio=\(decimal(own.rate / other.rate, 2))")
        }
    }

    private func vectors() throws -> (items: Matrix, queries: Matrix) {
        guard let itemFile else {
            let mixture = Mixture(
                items: items, queries: queries, dimension: dimension, components: components,
                spread: spread, seed: repetition.seed)
            return (mixture.items, mixture.queries)
        }
        guard let queryFile else { throw ValidationError("--item-file needs --query-file") }
        return (
            try FloatFile.read(itemFile, columns: dimension),
            try FloatFile.read(queryFile, columns: dimension)
        )
    }

    private func measure(
        _ variant: Variant, _ parameters: InvertedFileParameters, items: Matrix, queries: Matrix,
        truth: IndexLists
    ) throws -> [Measurement] {
        let clock = ContinuousClock()
        let start = clock.now
        let file = try InvertedFileBuilder(parameters, threadCount: threads).build(items: items)
        let built = clock.now
        let searcher = try InvertedFileSearcher(
            file, vectors: parameters.code == .flat ? nil : items, threadCount: threads)
        let prepared = clock.now
        print(
            "index=\(variant.rawValue)",
            "build=\(decimal((built - start) / .seconds(1), 2))",
            "prepare=\(decimal((prepared - built) / .seconds(1), 2))",
            "bytes=\(file.codeSize)", "imbalance=\(decimal(file.imbalance, 2))")
        var measurements: [Measurement] = []
        for shortlist in parameters.code == .flat ? [1] : shortlist {
            for count in probes where count <= file.lists.count {
                let settings = InvertedFileSearchSettings(
                    probes: count, shortlist: shortlist, threadCount: threads)
                var best = Double.infinity
                var found = IndexLists([])
                for _ in 0..<repetition.rounds {
                    let start = clock.now
                    found = try searcher.search(queries, k: k, settings: settings).items
                    best = min(best, (clock.now - start) / .seconds(1))
                }
                let name = variant.rawValue + (shortlist > 1 ? "+refine\(shortlist)" : "")
                let measurement = Measurement(
                    index: name, probes: count, recall: recall(found, truth),
                    rate: Double(queries.rows) / best)
                print(
                    "index=\(name)", "probes=\(count)", "recall=\(decimal(measurement.recall, 4))",
                    "rate=\(Int(measurement.rate))")
                measurements.append(measurement)
                if measurement.recall > 0.99 { break }
            }
        }
        return measurements
    }

    private func measurePeer(
        _ peer: Python, items: Matrix, queries: Matrix, truth: IndexLists, listCount: Int,
        similarity: Similarity
    ) throws -> [Measurement] {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("vector-benchmark-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FloatFile.write(items.elements, folder.appendingPathComponent("items.f32"))
        try FloatFile.write(queries.elements, folder.appendingPathComponent("queries.f32"))
        try FloatFile.write(truth.values, folder.appendingPathComponent("truth.u32"))
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("peer.py").path
        let output = try peer.run(
            [
                script, folder.path, "--dimension", "\(items.columns)", "--lists", "\(listCount)",
                "--threads", "\(threads)", "--k", "\(k)", "--rounds", "\(repetition.rounds)",
                "--similarity", similarity.rawValue, "--probes",
            ] + probes.map { "\($0)" })
        return output.split(separator: "\n").compactMap { line in
            print("faiss", line)
            return Measurement(Python.fields(String(line)))
        }
    }

    private func recall(_ found: IndexLists, _ truth: IndexLists) -> Double {
        let hits = (0..<found.count).reduce(0) { sum, query in
            let wanted = Set(truth[query].prefix(k))
            return sum + found[query].count { wanted.contains($0) }
        }
        return Double(hits) / Double(found.count * k)
    }
}
