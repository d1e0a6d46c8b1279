import Jobs
import Postgres
import Ranking

/// What the funnel gives, as rows: lists, what they were chosen from, and what became of proposals.
struct ListStore {
    let context: StepContext
    let publicationID: Int64
    /// `item_id` by index.
    let items: Vocabulary<Int64>

    /// Writes what is recommended.
    ///
    /// - Returns: The number of recommendations.
    func writeLists(_ lists: [StoredList]) throws -> Int {
        var count = 0
        try context.connection.copyIn(
            into: "serving.recommendation_lists",
            columns: [
                "publication_id", "user_id", "list_kind", "item_ids", "scores", "terms",
                "multipliers", "source_ids", "slot_kinds", "propensities", "because_item_ids",
                "deferred_since",
            ]
        ) { writer in
            for list in lists where !list.itemIDs.isEmpty {
                count += list.itemIDs.count
                try writer.row { writer in
                    writer.append(publicationID)
                    writer.append(list.userID)
                    writer.append(list.kind.rawValue)
                    writer.append(list.itemIDs)
                    writer.append(list.scores)
                    writer.append(list.terms)
                    writer.append(list.multipliers)
                    writer.append(list.sources)
                    writer.append(list.slotKinds)
                    writer.append(list.propensities)
                    writer.append(list.because)
                    writer.append(list.deferredSince)
                }
            }
        }
        return count
    }

    /// Writes what was valued, so that `serving.what_if` can rank it again; of a list that was kept nothing.
    func writeRanked(_ lists: [StoredList]) throws {
        try context.connection.copyIn(
            into: "serving.ranked_lists",
            columns: [
                "publication_id", "user_id", "item_ids", "source_ids", "terms", "factors", "draws",
            ]
        ) { writer in
            for list in lists {
                guard let ranked = list.ranked, ranked.count > 0 else { continue }
                try writer.row { writer in
                    writer.append(publicationID)
                    writer.append(list.userID)
                    writer.append(ranked.items.map { items.keys[Int($0)] })
                    writer.append(ranked.sources)
                    writer.append((0..<ranked.count).flatMap { ranked.terms[row: $0] })
                    writer.append((0..<ranked.count).flatMap { ranked.factors[row: $0] })
                    writer.append((0..<ranked.count).flatMap { ranked.draws[row: $0] })
                }
            }
        }
    }

    /// Writes what became of proposals.
    ///
    /// - Parameter fates: By user, in the order of the lists of ``CandidateStore/Row``.
    func writeFates(_ fates: [(row: CandidateStore.Row, fates: [[ProposalFate]])]) throws {
        try context.connection.copyIn(
            into: "serving.candidate_fates",
            columns: ["publication_id", "user_id", "source_id", "fate_ids"]
        ) { writer in
            for (row, fates) in fates {
                for (list, fates) in zip(row.lists, fates) {
                    try writer.row { writer in
                        writer.append(publicationID)
                        writer.append(row.userID)
                        writer.append(list.source)
                        writer.append(fates.map(\.rawValue))
                    }
                }
            }
        }
    }

    /// Writes how many proposals of each source ended where.
    ///
    /// - Parameter firstBucket: Of the users that were counted together.
    func writeCounts(_ counts: FunnelCounts, firstBucket: Int16) throws {
        try context.connection.copyIn(
            into: "serving.funnel_counts",
            columns: ["publication_id", "source_id", "fate_id", "first_bucket", "candidate_count"]
        ) { writer in
            for (key, count) in counts.sorted {
                try writer.row { writer in
                    writer.append(publicationID)
                    writer.append(key.source)
                    writer.append(key.fate.rawValue)
                    writer.append(firstBucket)
                    writer.append(Int64(count))
                }
            }
        }
    }
}
