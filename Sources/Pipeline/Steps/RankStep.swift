public import Jobs
import LinearAlgebra
import Postgres

/// Ranks the candidates of every user and writes the lists of the publication.
///
/// A user without candidates is given the popular items, marked as fallback: nobody gets nothing.
public struct RankStep: Step {
    public let name = "rank"
    private let settings: PipelineSettings

    public init(_ settings: PipelineSettings) {
        self.settings = settings
    }

    private struct UserCandidates {
        var userID: Int64
        var lists: [(source: Int16, items: [Int64])] = []
    }

    public func run(in context: StepContext) throws -> StepReport {
        let publication = try PublicationStore(context: context).ofRunToBuild()
        guard publication.hasCandidates else {
            throw PipelineError(
                "this run has no candidates", hint: "Put the step retrieve into the job.")
        }
        let publicationID = publication.publicationID
        let store = EmbeddingStore(context: context, spaceID: publication.modelID)
        let embeddings = try store.items()
        guard let ids = Vocabulary(embeddings.ids) else {
            throw PipelineError("an item is embedded twice in space \(publication.modelID)")
        }
        let blend = try BlendStore(context: context).load(
            weightsVersion: publication.weightsVersion, asOf: context.asOfDate, items: ids,
            length: settings.listLength)
        let fallbacks = try PublicationStore(context: context).fallbacks(of: publicationID)
        let total = Int(
            try context.connection.value(
                try context.query("features/user_count", ["as_of_date": Bind(context.asOfDate)]),
                as: Int64.self))
        var report = StepReport(rowsIn: 0, rowsOut: 0)
        var fallbackUsers = 0
        try context.connection.withTransaction {
            try context.run("rank/clear", ["publication_id": Bind(publicationID)])
            var done = 0
            for buckets in BucketPages.ranges(userCount: total) {
                try context.stop.check()
                let candidates = try candidates(publicationID, buckets, context)
                let users = try store.users(buckets: buckets)
                let lists = try rank(
                    candidates, users: users, items: embeddings.matrix, ids: ids, blend: blend)
                report.rowsIn! += candidates.reduce(0) {
                    $0 + $1.lists.reduce(0) { $0 + $1.items.count }
                }
                let written = try write(
                    publicationID, candidates, lists, ids: ids, fallbacks: fallbacks, blend, context
                )
                report.rowsOut! += written.rows
                fallbackUsers += written.fallbackUsers
                done += candidates.count
                context.progress("lists of \(done) of \(total) users")
            }
        }
        report.details = ["users": .integer(total), "fallback_users": .integer(fallbackUsers)]
        return report
    }

    private func candidates(
        _ publicationID: Int64, _ buckets: ClosedRange<Int16>, _ context: StepContext
    ) throws -> [UserCandidates] {
        var found: [UserCandidates] = []
        try context.connection.forEachRow(
            try context.query(
                "rank/candidates",
                [
                    "publication_id": Bind(publicationID), "as_of_date": Bind(context.asOfDate),
                    "from_bucket": Bind(buckets.lowerBound),
                    "until_bucket": Bind(buckets.upperBound),
                ]), as: (Int64, Int16, [Int64]).self
        ) { userID, source, items in
            if found.last?.userID != userID { found.append(UserCandidates(userID: userID)) }
            if !items.isEmpty { found[found.count - 1].lists.append((source, items)) }
        }
        return found
    }

    /// Lists in the order of `candidates`; empty for a user without an embedding.
    private func rank(
        _ candidates: [UserCandidates], users: EmbeddingStore.Users, items: Matrix,
        ids: Vocabulary<Int64>, blend: Blend
    ) throws -> [[Blend.Place]] {
        // Both are ordered by user_id.
        var rows: [Int?] = []
        var position = 0
        for user in candidates {
            while position < users.ids.count, users.ids[position] < user.userID { position += 1 }
            rows.append(
                position < users.ids.count && users.ids[position] == user.userID ? position : nil)
        }
        let rowOf = rows
        let chunks = parallelMap(
            of: candidates.count, chunkSize: 256, threadCount: settings.threadCount
        ) { _, range in
            Result {
                try range.map { index -> [Blend.Place] in
                    guard let row = rowOf[index] else { return [] }
                    let scored = candidates[index].lists.flatMap { list in
                        list.items.compactMap { itemID -> Blend.Proposal? in
                            let item = ids.index(of: itemID)
                            guard item >= 0 else { return nil }
                            return Blend.Proposal(
                                item: UInt32(item),
                                modelScore: users.embeddings.score(
                                    user: row, item: Int(item), of: items),
                                source: list.source)
                        }
                    }
                    return try blend.rank(scored)
                }
            }
        }
        return try chunks.flatMap { try $0.get() }
    }

    private func write(
        _ publicationID: Int64, _ candidates: [UserCandidates], _ lists: [[Blend.Place]],
        ids: Vocabulary<Int64>, fallbacks: [(itemID: Int64, count: Int64)], _ blend: Blend,
        _ context: StepContext
    ) throws -> (rows: Int, fallbackUsers: Int) {
        let popular = fallbacks.map { ids.index(of: $0.itemID) }.filter { $0 >= 0 }
        let fallback = try blend.rankWithoutModel(
            popular.map { UInt32($0) }, source: .fallback)
        var (rows, fallbackUsers) = (0, 0)
        try context.connection.copyIn(
            into: "serving.recommendation_lists",
            columns: [
                "publication_id", "user_id", "item_ids", "scores", "affinities", "popularities",
                "freshnesses", "source_ids",
            ]
        ) { writer in
            for (user, list) in zip(candidates, lists) {
                if list.isEmpty { fallbackUsers += 1 }
                let shown = list.isEmpty ? fallback : list
                guard !shown.isEmpty else { continue }
                rows += shown.count
                try writer.row { writer in
                    writer.append(publicationID)
                    writer.append(user.userID)
                    writer.append(shown.map { ids.keys[Int($0.item)] })
                    writer.append(shown.map(\.score))
                    writer.append(shown.map { Double($0.affinity) })
                    writer.append(shown.map { Double($0.popularity) })
                    writer.append(shown.map { Double($0.freshness) })
                    writer.append(shown.map(\.source))
                }
            }
        }
        return (rows, fallbackUsers)
    }
}
