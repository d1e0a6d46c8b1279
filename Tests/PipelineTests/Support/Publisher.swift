import Jobs
import Pipeline
import Postgres
import SQLCatalog

/// Makes publications without training: copies of the current one whose numbers say which
/// publication they belong to, published by the real step.
struct Publisher {
    let connection: Connection
    let uri: String
    var keptPublications = 30

    /// What every score and similarity of a publication is.
    static func mark(of publicationID: Int64) -> Double { Double(publicationID) / 1_024 }

    /// - Returns: The new publication.
    @discardableResult
    func publish() throws -> Int64 {
        let runID = try connection.value(
            """
            insert into ops.runs
                (job_name, as_of_date, parameters, code_version, host_name, process_id)
            values ('copy', '2024-03-25', '{}', 'test', 'test', 1) returning run_id
            """, as: Int64.self)
        let modelID = try connection.value(
            """
            insert into model.models (run_id, kind, purpose, as_of_date, configuration, data_hash,
                seed, code_version, dimension)
            values (\(runID), 'two_tower', 'serving', '2024-03-25', '{}', '', 1, 'test', 13)
            returning model_id
            """, as: Int64.self)
        let publicationID = try connection.value(
            """
            insert into serving.publications (run_id, as_of_date, model_id, weights_version)
            values (\(runID), '2024-03-25', \(modelID), 1) returning publication_id
            """, as: Int64.self)
        try copyLists(to: publicationID)
        let jobs = try Connection(uri, applicationName: "publisher")
        defer { jobs.close() }
        try jobs.setRole("vitrine_job")
        _ = try PublishStep(
            keepPublications: keptPublications, keepCandidates: 1, isJudgedFirst: false
        ).run(
            in: StepContext(
                connection: jobs, catalog: try SQLCatalog.locate(), runID: runID,
                asOfDate: PlantedWorld.date, codeVersion: "test", stop: StopSignal(),
                progress: { _ in }))
        return publicationID
    }

    private func copyLists(to publicationID: Int64) throws {
        let mark = Self.mark(of: publicationID)
        try connection.execute(
            """
            select ops.ensure_list_partition('serving', t.name, \(publicationID))
            from unnest(array[
                'candidate_lists', 'candidate_fates', 'ranked_lists', 'recommendation_lists',
                'similar_item_lists'])
                as t (name)
            """)
        // The order of the items changes as well: they move up by one, the first to the end. Nobody
        // proposed them to this publication, so they count as what everyone falls back on.
        try connection.execute(
            """
            insert into serving.publication_terms (publication_id, place, term_name, weight)
            values (\(publicationID), 1, 'affinity', 1)
            """)
        try connection.execute(
            """
            insert into serving.recommendation_lists (publication_id, user_id, list_kind, item_ids, scores,
                terms, multipliers, source_ids, slot_kinds, propensities, because_item_ids)
            select \(publicationID), user_id, 'fallback', item_ids[2:] || item_ids[1],
                array_fill(\(mark)::float8, array[cardinality(item_ids)]),
                array_fill(\(mark)::real, array[cardinality(item_ids)]), '{}',
                array_fill(3::smallint, array[cardinality(item_ids)]),
                slot_kinds, propensities, because_item_ids
            from serving.recommendation_lists
            where publication_id = (select publication_id from serving.pointer)
            """)
        try connection.execute(
            """
            insert into serving.similar_item_lists
                (publication_id, item_id, similar_item_ids, similarities)
            select \(publicationID), item_id, similar_item_ids,
                array_fill(\(mark)::real, array[cardinality(similar_item_ids)])
            from serving.similar_item_lists
            where publication_id = (select publication_id from serving.pointer)
            """)
    }
}
