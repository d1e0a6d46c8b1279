import Foundation
import Jobs
import LinearAlgebra
import Postgres
import VectorIndex

/// Indexes of item embeddings, in the tables of `ann`.
///
/// A flat index keeps item ids alone in its lists: its vectors are those of `model.item_embeddings`.
struct IndexStore {
    let context: StepContext

    /// Items that a row of `ann.list_entries` holds at most.
    private static let chunkLength = 1024

    /// What is recorded of an index beside its lists.
    struct Description {
        var publicationID: Int64
        var spaceID: Int64
        var parentIndexID: Int64?
        var isReady: Bool
        var isExact: Bool
        /// Why it is of this kind, in words.
        var reason: String
        var probes: Int
        var changes: ListChanges
        var distortion: Double
        var trainedDistortion: Double
        var trainedItemCount: Int
        var seconds: Double
    }

    /// An index that another one may go on from.
    struct Prior {
        var indexID: Int64
        var isExact: Bool
        /// Nil where another version wrote them.
        var parameters: InvertedFileParameters?
        var trainedDistortion: Double
        var trainedItemCount: Int
    }

    /// Removes what an earlier attempt of the run has left.
    func clear() throws {
        try context.run("index/clear", ["run_id": Bind(context.runID)])
    }

    /// The newest published index of a space.
    func prior(inSpace spaceID: Int64) throws -> Prior? {
        let row = try context.connection.first(
            try context.query("index/prior_index", ["space_id": Bind(spaceID)]),
            as: (Int64, String, String, Double, Int64).self)
        guard let (indexID, kind, parameters, distortion, itemCount) = row else { return nil }
        return Prior(
            indexID: indexID, isExact: kind == "exact",
            parameters: try? JSONDecoder().decode(
                InvertedFileParameters.self, from: Data(parameters.utf8)),
            trainedDistortion: distortion, trainedItemCount: Int(itemCount))
    }

    /// The centroids of an index, shape `[L, D]`.
    func centroids(of indexID: Int64) throws -> Matrix {
        var elements: [Float] = []
        var (rows, width) = (0, 0)
        try context.connection.forEachRow(
            try context.query("index/lists", ["index_id": Bind(indexID)]), as: (Int32, [Float]).self
        ) { number, centroid in
            guard number == rows, rows == 0 || centroid.count == width else {
                throw PipelineError("the lists of index \(indexID) are not complete")
            }
            width = centroid.count
            rows += 1
            elements += centroid
        }
        return Matrix(rows: rows, columns: width, elements: elements)
    }

    /// What the codes of an index stand for; nil unless they are product-quantised.
    func quantiser(
        of indexID: Int64, _ parameters: InvertedFileParameters?
    ) throws -> ProductQuantiser? {
        guard let parameters, parameters.code == .productQuantised else { return nil }
        var elements: [String: [Float]] = [:]
        var width = 0
        try context.connection.forEachRow(
            try context.query("index/codebooks", ["index_id": Bind(indexID)]),
            as: (String, [Float]).self
        ) { name, components in
            width = components.count
            elements[name, default: []] += components
        }
        func matrix(_ name: String) -> Matrix? {
            elements[name].map {
                Matrix(rows: $0.count / width, columns: width, elements: $0)
            }
        }
        guard let codewords = matrix("codewords") else { return nil }
        return try ProductQuantiser(
            codebooks: codewords, partCount: parameters.partCount(dimension: width),
            rotation: matrix("rotation"))
    }

    /// The list of every item of an index.
    func listOfItems(of indexID: Int64) throws -> [Int64: Int32] {
        var lists: [Int64: Int32] = [:]
        try context.connection.forEachRow(
            try context.query("index/entries", ["index_id": Bind(indexID)]),
            as: (Int32, [Int64], [UInt8]).self
        ) { list, itemIDs, _ in
            for itemID in itemIDs { lists[itemID] = list }
        }
        return lists
    }

    /// The inverted file of an index.
    ///
    /// - Parameters:
    ///   - ids: Items by their place, at which the file knows them.
    ///   - items: Their embeddings, shape `[ids.count, D]`.
    /// - Throws: ``PipelineError`` when it is of other items.
    func file(of indexID: Int64, ids: Vocabulary<Int64>, items: Matrix) throws -> InvertedFile {
        let parameters = try context.connection.value(
            try context.query("index/parameters", ["index_id": Bind(indexID)]), as: String.self)
        let centroids = try centroids(of: indexID)
        var (offsets, members, bytes) = ([0], [UInt32](), [UInt8]())
        let decoded = try JSONDecoder().decode(
            InvertedFileParameters.self, from: Data(parameters.utf8))
        try context.connection.forEachRow(
            try context.query("index/entries", ["index_id": Bind(indexID)]),
            as: (Int32, [Int64], [UInt8]).self
        ) { list, itemIDs, codes in
            while offsets.count <= Int(list) { offsets.append(members.count) }
            for itemID in itemIDs {
                let index = ids.index(of: itemID)
                guard index >= 0 else {
                    throw PipelineError(
                        "index \(indexID) holds an item that is not embedded",
                        hint: "Run the job again with --fresh.")
                }
                members.append(UInt32(index))
                if decoded.code == .flat {
                    items.withView { items in
                        bytes += UnsafeRawBufferPointer(
                            start: items.row(Int(index)), count: items.columns * 4)
                    }
                }
            }
            bytes += codes
        }
        while offsets.count <= centroids.rows { offsets.append(members.count) }
        return try InvertedFile(
            parameters: decoded, itemCount: ids.count, centroids: centroids,
            lists: IndexLists(offsets: offsets, values: members),
            quantiser: try quantiser(of: indexID, decoded), codes: bytes)
    }

    /// Records an index, and its lists unless it was refused, in the transaction that is open.
    ///
    /// - Parameters:
    ///   - file: The index; of items known by their place in `ids`.
    ///   - recall: What was measured; nil where there was nothing to measure.
    ///   - mirror: The table for pgvector that it is given.
    /// - Returns: Its identifier and the number of rows written.
    func save(
        _ description: Description, file: InvertedFile, ids: [Int64], recall: RecallCurve?,
        mirror: VectorMirror
    ) throws -> (indexID: Int64, rows: Int) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let parameters = String(decoding: try encoder.encode(file.parameters), as: UTF8.self)
        let indexID = try context.connection.value(
            try context.query(
                "index/create_index",
                [
                    "run_id": Bind(context.runID),
                    "publication_id": Bind(description.publicationID),
                    "space_id": Bind(description.spaceID),
                    "parent_index_id": Bind(description.parentIndexID ?? -1),
                    "status": Bind(description.isReady ? "ready" : "refused"),
                    "kind": Bind(description.isExact ? "exact" : "inverted_file"),
                    "reason": Bind(description.reason),
                    "code": Bind(file.parameters.code.rawValue),
                    "similarity": Bind(file.parameters.similarity.rawValue),
                    "dimension": Bind(Int32(file.dimension)),
                    "parameters": Bind(JSONB(parameters)),
                    "list_count": Bind(Int32(file.lists.count)),
                    "item_count": Bind(Int64(file.entryCount)),
                    "probes": Bind(Int32(description.probes)),
                    "added_items": Bind(Int64(description.changes.added)),
                    "removed_items": Bind(Int64(description.changes.removed)),
                    "moved_items": Bind(Int64(description.changes.moved)),
                    "imbalance": Bind(file.imbalance),
                    "quantisation_error": Bind(description.distortion),
                    "trained_quantisation_error": Bind(description.trainedDistortion),
                    "trained_item_count": Bind(Int64(description.trainedItemCount)),
                    "build_seconds": Bind(description.seconds),
                ]), as: Int64.self)
        if let recall { try write(recall, of: indexID, for: .candidates) }
        let points = recall?.points.count ?? 0
        guard description.isReady else { return (indexID, points) }
        try context.run("index/prepare", ["index_id": Bind(indexID)])
        try writeLists(file, of: indexID)
        if let quantiser = file.quantiser { try write(quantiser, of: indexID) }
        try writeEntries(file, ids: ids, of: indexID)
        try context.run("index/record_size", ["index_id": Bind(indexID)])
        if mirror != .none {
            try context.run(
                "index/mirror",
                ["index_id": Bind(indexID), "method": Bind(mirror.rawValue)])
        }
        return (indexID, points + file.lists.count + file.entryCount)
    }

    /// What a search looks for whose recall is measured.
    enum Searched: String {
        /// The candidates of users, in the lists of an index.
        case candidates
        /// The items like an item, in the lists of ``SimilarItems``.
        case similarItems = "similar_items"
    }

    /// Records what was measured when an index was built, or beside it.
    func write(_ recall: RecallCurve, of indexID: Int64, for searched: Searched) throws {
        try context.connection.copyIn(
            into: "ann.recall",
            columns: [
                "index_id", "searched_for", "probes", "cutoff", "mean", "fifth_percentile",
                "minimum", "sample_size",
            ]
        ) { writer in
            for point in recall.points {
                try writer.row { writer in
                    writer.append(indexID)
                    writer.append(searched.rawValue)
                    writer.append(Int32(point.probes))
                    writer.append(Int32(point.cutoff))
                    writer.append(point.mean)
                    writer.append(point.fifthPercentile)
                    writer.append(point.minimum)
                    writer.append(Int32(recall.queryCount))
                }
            }
        }
    }

    private func writeLists(_ file: InvertedFile, of indexID: Int64) throws {
        try context.connection.copyIn(
            into: "ann.lists", columns: ["index_id", "list_number", "item_count", "centroid"]
        ) { writer in
            for list in 0..<file.lists.count {
                try writer.row { writer in
                    writer.append(indexID)
                    writer.append(Int32(list))
                    writer.append(Int32(file.lists[list].count))
                    writer.append(Array(file.centroids[row: list]))
                }
            }
        }
    }

    private func write(_ quantiser: ProductQuantiser, of indexID: Int64) throws {
        try context.connection.copyIn(
            into: "ann.codebooks",
            columns: ["index_id", "codebook_name", "part_number", "components"]
        ) { writer in
            for (name, matrix) in [
                ("codewords", quantiser.codebooks), ("rotation", quantiser.rotation),
            ] {
                guard let matrix else { continue }
                for row in 0..<matrix.rows {
                    try writer.row { writer in
                        writer.append(indexID)
                        writer.append(name)
                        writer.append(Int32(row))
                        writer.append(Array(matrix[row: row]))
                    }
                }
            }
        }
    }

    private func writeEntries(_ file: InvertedFile, ids: [Int64], of indexID: Int64) throws {
        let size = file.parameters.code == .flat ? 0 : file.codeSize
        try context.connection.copyIn(
            into: "ann.list_entries",
            columns: ["index_id", "list_number", "chunk_number", "item_ids", "codes"]
        ) { writer in
            for list in 0..<file.lists.count {
                try context.stop.check()
                let (items, codes) = (file.lists[list], file.codes(ofList: list))
                for (chunk, start) in stride(
                    from: 0, to: items.count, by: Self.chunkLength
                ).enumerated() {
                    let end = min(start + Self.chunkLength, items.count)
                    try writer.row { writer in
                        writer.append(indexID)
                        writer.append(Int32(list))
                        writer.append(Int32(chunk))
                        writer.append(
                            items.dropFirst(start).prefix(end - start).map { ids[Int($0)] })
                        writer.append(
                            Array(codes.dropFirst(start * size).prefix((end - start) * size)))
                    }
                }
            }
        }
    }
}
