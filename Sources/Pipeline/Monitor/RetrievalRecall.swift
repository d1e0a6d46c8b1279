import Jobs
import Postgres
import VectorIndex

/// How much of what is nearest to users, by the embeddings as they are now, stands among the candidates that
/// the two-tower has proposed to them.
///
/// The recall that the step index measures is of the embeddings that it found. This one is of what was
/// served: it is low when the index is of other embeddings, whatever made it so.
struct RetrievalRecall {
    let context: StepContext
    let publicationID: Int64
    let spaceID: Int64
    let threadCount: Int

    /// Users who are looked at, about: those of the first buckets.
    private static let userCount = 200

    /// Writes what is measured, in the transaction that is open.
    ///
    /// - Returns: Rows written: none where the two-tower proposed nothing to these users.
    func record() throws -> Int {
        guard let mean = try mean() else { return 0 }
        return try context.run(
            "monitor/record_measures",
            [
                "run_id": Bind(context.runID), "level": Bind("model"),
                "subject": Bind("two_tower"), "measure_names": Bind(["retrieval_recall"]),
                "measured_values": Bind([mean]), "units": Bind(["ratio"]),
            ])
    }

    private func mean() throws -> Double? {
        let all = try BucketPages.load(context, .whole)
        let buckets = BucketPages(.whole, userCount: all.userCount, limit: Self.userCount).ranges[0]
        let lists = try context.connection.query(
            try context.query(
                "monitor/two_tower_lists",
                [
                    "publication_id": Bind(publicationID),
                    "from_bucket": Bind(buckets.lowerBound),
                    "until_bucket": Bind(buckets.upperBound),
                ]), as: (Int64, [Int64]).self)
        guard !lists.isEmpty else { return nil }
        let proposed = Dictionary(uniqueKeysWithValues: lists)
        let cutoff = try context.connection.value(
            try context.query(
                "monitor/recall_cutoff", ["publication_id": Bind(publicationID)]),
            as: Int32.self)
        let embeddings = EmbeddingStore(context: context, spaceID: spaceID)
        let items = try embeddings.items(among: try AvailableItems.ids(context))
        guard let ids = Vocabulary(items.ids), !items.ids.isEmpty else { return nil }
        let nearest = NearestItems(
            index: .exact(try ExactIndexBuilder().build(items: items.matrix)), ids: ids,
            threadCount: threadCount)
        let shares = try nearest.find(
            for: embeddings.users(buckets: buckets), in: buckets, count: Int(cutoff), context
        ).compactMap { best -> Double? in
            // A shorter quota is looked for as far as it goes.
            guard let list = proposed[best.userID] else { return nil }
            let wanted = best.items.prefix(list.count)
            let found = Set(list)
            return wanted.isEmpty
                ? nil : Double(wanted.count { found.contains($0) }) / Double(wanted.count)
        }
        return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }
}
