import Foundation
import LinearAlgebra
import Ranking

/// Exposures as `peer.py prepare` writes them: arrays as they lie in memory, and a page of counts.
struct ExposureFolder {
    struct Counts: Decodable {
        let contexts: Int
        let candidates: Int
        let embeddingWidth: Int
        let firstTestDay: Int32
        let tasks: [String]
        let weights: [Float]
        let contextNumbers: Int
        let candidateNumbers: Int
        let contextRows: [Int]
        let candidateRows: [Int]
    }

    let counts: Counts
    let schema: RankerSchema
    private let folder: URL
    private let embeddings: Matrix
    private let labels: [Float]
    private let days: [Int32]

    init(_ folder: URL) throws {
        self.folder = folder
        counts = try JSONDecoder().decode(
            Counts.self, from: Data(contentsOf: folder.appending(path: "meta.json")))
        func columns(_ numbers: Int, _ rows: [Int]) -> RankerColumns {
            RankerColumns(
                numbers: (0..<numbers).map { "number \($0)" },
                categories: rows.enumerated().map {
                    RankerCategory(name: "category \($0.offset)", rows: $0.element)
                })
        }
        schema = RankerSchema(
            context: columns(counts.contextNumbers, counts.contextRows),
            candidate: columns(counts.candidateNumbers, counts.candidateRows),
            embeddingWidth: counts.embeddingWidth,
            tasks: zip(counts.tasks, counts.weights).map {
                RankerTask(name: $0, kind: $0 == "watch" ? .duration : .binary, weight: $1)
            })
        let values: [Float] = try Self.array(folder, "embeddings.f32")
        embeddings = Matrix(
            rows: values.count / counts.embeddingWidth, columns: counts.embeddingWidth,
            elements: values)
        labels = try Self.array(folder, "labels.f32")
        days = try Self.array(folder, "days.i32")
    }

    /// Scores of the peer for the test days, if they are there.
    var peerScores: [Float]? { try? Self.array(folder, "trees.f32") }

    private static func array<Value>(_ folder: URL, _ name: String) throws -> [Value] {
        try Data(contentsOf: folder.appending(path: name)).withUnsafeBytes {
            Array($0.bindMemory(to: Value.self))
        }
    }

    /// The exposures of some days; contexts lie in order of days.
    func dataset(_ range: Range<Int32>) throws -> RankerDataset {
        let first = days.firstIndex { range.contains($0) } ?? 0
        let last = days.lastIndex { range.contains($0) } ?? -1
        let contexts = first..<last + 1
        func offsets(_ name: String) throws -> [Int] { try Self.array(folder, name) }
        let candidateOffsets = try offsets("candidate.offsets.i64")
        let historyOffsets = try offsets("history.offsets.i64")
        let histories: [Int32] = try Self.array(folder, "histories.i32")
        let candidates =
            candidateOffsets[
                contexts.lowerBound]..<candidateOffsets[
                contexts.upperBound]
        let numbers: [Float] = try Self.array(folder, "context.numbers.f32")
        let ids: [Int64] = try Self.array(folder, "context.ids.i64")
        let candidateNumbers: [Float] = try Self.array(folder, "candidate.numbers.f32")
        let cells = try offsets("candidate.id.offsets.i64")
        let candidateIds: [Int64] = try Self.array(folder, "candidate.ids.i64")
        let rows: [Int32] = try Self.array(folder, "candidate.rows.i32")
        func slice<Value>(_ values: [Value], _ rows: Range<Int>, _ columns: Int) -> [Value] {
            Array(values[rows.lowerBound * columns..<rows.upperBound * columns])
        }
        let categories = counts.candidateRows.count
        let cellRange = cells[
            candidates.lowerBound * categories...candidates.upperBound * categories]
        let inputs = try RankerInputs(
            contexts: RankerFeatures(
                numbers: Matrix(
                    rows: contexts.count, columns: counts.contextNumbers,
                    elements: slice(numbers, contexts, counts.contextNumbers)),
                ids: slice(ids, contexts, counts.contextRows.count)),
            histories: IndexLists(
                contexts.map {
                    histories[historyOffsets[$0]..<historyOffsets[$0 + 1]].map { UInt32($0) }
                }),
            candidateOffsets: candidateOffsets[contexts.lowerBound...contexts.upperBound].map {
                $0 - candidates.lowerBound
            },
            candidates: RankerFeatures(
                numbers: Matrix(
                    rows: candidates.count, columns: counts.candidateNumbers,
                    elements: slice(candidateNumbers, candidates, counts.candidateNumbers)),
                idOffsets: cellRange.map { $0 - cellRange.first! },
                ids: Array(candidateIds[cellRange.first!..<cellRange.last!])),
            candidateRows: Array(rows[candidates]), embeddings: embeddings)
        return try RankerDataset(
            schema: schema, inputs: inputs,
            labels: Matrix(
                rows: candidates.count, columns: counts.tasks.count,
                elements: slice(labels, candidates, counts.tasks.count)),
            days: Array(days[contexts]))
    }
}
