import BenchmarkSupport
import Foundation
import LinearAlgebra
import Ranking

/// Exposures as tables without structure, in files for `peer.py`, and what it makes of them.
///
/// A row has all that the ranker reads of an exposure: numbers, NaN where one is not known; a category of
/// one id as its id; one of several ids as a column of zeros and ones for each id; the candidate's embedding
/// and the mean of the history's.
struct PeerExchange {
    /// What a peer predicts.
    struct Peer {
        let name: String
        /// Shape `[candidates, tasks]`; 0 for tasks that are no probability.
        let scores: Matrix
        let seconds: Double
    }

    /// What the files hold; written beside them.
    private struct Description: Encodable {
        var learnedRows: Int
        var measuredRows: Int
        /// In the order of the columns: numbers, then ids, then flags, then embeddings.
        var numbers: Int
        var ids: Int
        var flags: Int
        var embeddings: Int
        var tasks: [String]
        var seed: UInt64
    }

    private let learned: RankerDataset
    private let measured: RankerDataset

    init(learned: RankerDataset, measured: RankerDataset) {
        self.learned = learned
        self.measured = measured
    }

    /// Writes the files to a temporary folder, runs `peer.py` on it and reads what it predicts.
    func run(_ python: Python, seed: UInt64) throws -> [Peer] {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "ranker-benchmark-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let tasks = measured.schema.tasks
        let columns = Columns(learned)
        func write<Value>(_ values: [Value], _ name: String) throws {
            try values.withUnsafeBytes { Data($0) }.write(to: folder.appending(path: name))
        }
        for (dataset, name) in [(learned, "learned"), (measured, "measured")] {
            try write(columns.rows(of: dataset), "\(name).features.f32")
            try write(dataset.labels.elements, "\(name).labels.f32")
        }
        try write(
            (0..<learned.days.count).flatMap { context in
                let offsets = learned.inputs.candidateOffsets
                return [Int32](
                    repeating: learned.days[context],
                    count: offsets[context + 1] - offsets[context])
            }, "learned.days.i32")
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        try encoder.encode(
            Description(
                learnedRows: learned.labels.rows, measuredRows: measured.labels.rows,
                numbers: columns.numberCount, ids: columns.single.count,
                flags: columns.flagCount, embeddings: columns.embeddingCount,
                tasks: tasks.map { $0.kind == .binary ? $0.name : "" }, seed: seed)
        ).write(to: folder.appending(path: "description.json"))
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "peer.py").path
        let lines = try python.run([script, folder.path]).split(separator: "\n").map(String.init)
        return try lines.compactMap { line in
            let fields = Python.fields(line)
            guard let name = fields["peer"], let seconds = fields["seconds"].flatMap(Double.init)
            else { return nil }
            let values = try Data(contentsOf: folder.appending(path: "\(name).f32"))
                .withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            return Peer(
                name: name,
                scores: Matrix(
                    rows: measured.labels.rows, columns: tasks.count, elements: values),
                seconds: seconds)
        }
    }
}

/// Which columns a table has.
private struct Columns {
    /// A category, by side and place.
    struct Category {
        let isOfContext: Bool
        let place: Int
        /// Where its cells start in a row of flags, for one of several ids.
        var firstFlag = 0
        let rows: Int
    }

    let numberCount: Int
    /// Categories of at most one id.
    private(set) var single: [Category] = []
    /// Those of several.
    private var multiple: [Category] = []
    private(set) var flagCount = 0
    let embeddingCount: Int

    /// - Parameter dataset: Says which categories have several ids.
    init(_ dataset: RankerDataset) {
        let schema = dataset.schema
        numberCount = schema.context.numbers.count + schema.candidate.numbers.count
        embeddingCount = 2 * schema.embeddingWidth
        for (isOfContext, columns, features) in [
            (true, schema.context, dataset.inputs.contexts),
            (false, schema.candidate, dataset.inputs.candidates),
        ] {
            for (place, category) in columns.categories.enumerated() {
                let count = columns.categories.count
                let isSingle = (0..<features.count).allSatisfy { row in
                    let cell = row * count + place
                    return features.idOffsets[cell + 1] - features.idOffsets[cell] <= 1
                }
                var found = Category(isOfContext: isOfContext, place: place, rows: category.rows)
                if isSingle {
                    single.append(found)
                } else {
                    found.firstFlag = flagCount
                    flagCount += category.rows
                    multiple.append(found)
                }
            }
        }
    }

    /// The table of a dataset, row after row.
    func rows(of dataset: RankerDataset) -> [Float] {
        let (inputs, schema) = (dataset.inputs, dataset.schema)
        let width = schema.embeddingWidth
        func ids(_ category: Category, context: Int, candidate: Int) -> ArraySlice<Int64> {
            let features = category.isOfContext ? inputs.contexts : inputs.candidates
            let count = (category.isOfContext ? schema.context : schema.candidate).categories.count
            let cell = (category.isOfContext ? context : candidate) * count + category.place
            return features.ids[features.idOffsets[cell]..<features.idOffsets[cell + 1]]
        }
        var table: [Float] = []
        for context in 0..<inputs.contexts.count {
            let history = inputs.histories[context]
            var mean = [Float](repeating: history.isEmpty ? .nan : 0, count: width)
            for row in history {
                for (column, value) in inputs.embeddings[row: Int(row)].enumerated() {
                    mean[column] += value / Float(history.count)
                }
            }
            for candidate in inputs.candidateOffsets[context]..<inputs.candidateOffsets[context + 1]
            {
                table += inputs.contexts.numbers[row: context]
                table += inputs.candidates.numbers[row: candidate]
                for category in single {
                    table.append(
                        ids(category, context: context, candidate: candidate).first
                            .map { Float($0) } ?? .nan)
                }
                var flags = [Float](repeating: 0, count: flagCount)
                for category in multiple {
                    for id in ids(category, context: context, candidate: candidate)
                    where id >= 0 && id < category.rows {
                        flags[category.firstFlag + Int(id)] = 1
                    }
                }
                table += flags
                let row = inputs.candidateRows[candidate]
                table +=
                    row < 0
                    ? [Float](repeating: .nan, count: width)[...]
                    : inputs.embeddings[row: Int(row)]
                table += mean
            }
        }
        return table
    }
}
