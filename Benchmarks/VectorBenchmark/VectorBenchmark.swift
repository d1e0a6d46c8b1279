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
    @Option(help: "A file of item embeddings: a matrix of 32-bit floats (.npy).") var itemFile:
        String?
    @Option(help: "The file of query embeddings that goes with it.") var queryFile: String?
    @Option(help: "inner_product, cosine or l2.") var similarity = "l2"
    @Option(help: "Lists; 0 for what the index chooses.") var lists = 0
    @Option(
        parsing: .upToNextOption,
        help: "Numbers of lists of the peer; by default 1000, 4000 and those of the index.")
    var peerLists: [Int] = []
    @Option(help: "Length of the lists found.") var k = 10
    @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Option(parsing: .upToNextOption, help: "Numbers of probes.")
    var probes = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40, 48, 64, 96, 128]
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
            peer, items: items, queries: queries, truth: exact.truth,
            listCounts: peerLists.isEmpty
                ? Set([1_000, listCount, 4_000]).filter { 40 * $0 <= items.rows }.sorted()
                : peerLists,
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
            try NumpyFile.read(itemFile), try NumpyFile.read(queryFile)
        )
    }

    private func measure(
        _ variant: Variant, _ parameters: InvertedFileParameters, items: Matrix, queries: Matrix,
        truth: IndexLists
    ) throws -> [Measurement] {
        let clock = ContinuousClock()
        try ProcessMemory.resetPeak()
        let before = try ProcessMemory.read()
        let start = clock.now
        let file = try InvertedFileBuilder(parameters, threadCount: threads).build(items: items)
        let built = clock.now
        let building = try ProcessMemory.read()
        try ProcessMemory.resetPeak()
        let searcher = try InvertedFileSearcher(
            file, vectors: parameters.code == .flat ? nil : items, threadCount: threads)
        let prepared = clock.now
        print(
            "index=\(variant.rawValue)",
            "build=\(decimal((built - start) / .seconds(1), 2))",
            "prepare=\(decimal((prepared - built) / .seconds(1), 2))",
            "bytes=\(file.codeSize)", "imbalance=\(decimal(file.imbalance, 2))",
            "build_peak_mb=\(megabytes(building.peak - before.resident))")
        // Identifiers of 8 bytes and codes, as ann.list_entries has them; flat codes are the rows of
        // model.item_embeddings.
        let codes =
            items.rows * (8 + (parameters.code == .flat ? 4 * items.columns : file.codeSize))
        let shared =
            file.centroids.elements.count + (file.quantiser?.codebooks.elements.count ?? 0)
            + (file.quantiser?.rotation?.elements.count ?? 0)
        let float = items.elements.count * MemoryLayout<Float>.stride
        print(
            "index=\(variant.rawValue)",
            "table_mb_per_million=\(decimal(Double(codes + 4 * shared) / Double(items.rows), 1))",
            "float_mb_per_million=\(decimal(Double(float) / Double(items.rows), 1))",
            "codes_to_float=\(decimal(Double(float) / Double(items.rows * file.codeSize), 1))")
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
        print(
            "index=\(variant.rawValue)",
            "search_peak_mb=\(megabytes(try ProcessMemory.read().peak - before.resident))")
        return measurements
    }

    private func measurePeer(
        _ peer: Python, items: Matrix, queries: Matrix, truth: IndexLists, listCounts: [Int],
        similarity: Similarity
    ) throws -> [Measurement] {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("vector-benchmark-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, vectors) in [("items", items), ("queries", queries)] {
            try NumpyFile.write(
                vectors.elements, columns: vectors.columns, type: "<f4",
                folder.appendingPathComponent("\(name).npy"))
        }
        try NumpyFile.write(
            truth.values, columns: truth.values.count / max(queries.rows, 1), type: "<u4",
            folder.appendingPathComponent("truth.npy"))
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("peer.py").path
        func option(_ name: String, _ values: [Int]) -> [String] {
            ["--\(name)"] + values.map { String($0) }
        }
        var arguments = [script, folder.path, "--similarity", similarity.rawValue]
        arguments +=
            option("threads", [threads]) + option("k", [k]) + option("rounds", [repetition.rounds])
        arguments += option("lists", listCounts) + option("refine", shortlist)
        arguments += option("probes", probes)
        let output = try peer.run(arguments)
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

/// Bytes in millions.
func megabytes(_ bytes: Int) -> Int { (bytes + 500_000) / 1_000_000 }
