import Postgres
import SQLCatalog

extension SQLDatabase {
    /// Opens a publication with room for its lists, by the scripts of the steps.
    ///
    /// - Returns: Its identifier.
    func openPublication(run runID: Int64, asOf date: PostgresDate = day("2024-03-29")) throws
        -> Int64
    {
        let model = try addModel(run: runID, asOf: date)
        let publication = try connection.value(
            try catalog.script("embed/open_publication").query([
                "run_id": Bind(runID), "as_of_date": Bind(date), "model_id": Bind(model),
            ]), as: Int64.self)
        try run(
            "retrieve/prepare",
            [
                "publication_id": Bind(publication), "as_of_date": Bind(date),
                "retry_days": Bind(Int32(7)),
            ])
        return publication
    }

    /// Writes the list of a user: scores fall from 1 and are all affinity.
    ///
    /// - Parameter source: That of popular items by default, which nobody has to propose.
    func recommend(
        _ items: [Int], to user: Int, in publication: Int64, source: Int = 3
    ) throws {
        try execute(
            """
            insert into serving.publication_terms (publication_id, place, term_name, weight)
            values (\(publication), 1, 'affinity', 1)
            on conflict do nothing;
            insert into serving.recommendation_lists
                (publication_id, user_id, list_kind, item_ids, scores, terms, multipliers, source_ids,
                 slot_kinds, propensities, because_item_ids)
            select \(publication), \(user), case when \(source) = 3 then 'fallback' else 'model' end,
                array_agg(i.item_id order by i.rank), array_agg(1.0 / i.rank order by i.rank),
                array_agg(1.0 / i.rank order by i.rank),
                '{}', array_agg(\(source)), array_agg(0), array_agg(1), '{}'
            from unnest(array\(items)::bigint[]) with ordinality as i (item_id, rank)
            """)
    }

    /// Writes what everyone gets.
    func fallBack(to items: [Int], in publication: Int64) throws {
        try execute(
            """
            insert into serving.fallbacks (publication_id, rank, item_id, positive_count)
            select \(publication), i.rank, i.item_id, 1
            from unnest(array\(items)::bigint[]) with ordinality as i (item_id, rank)
            """)
    }

    func writeSimilar(_ items: [Int], to item: Int, in publication: Int64) throws {
        try execute(
            """
            insert into serving.similar_item_lists
                (publication_id, item_id, similar_item_ids, similarities)
            select \(publication), \(item), array_agg(i.item_id order by i.rank),
                array_agg(1.0 / i.rank order by i.rank)
            from unnest(array\(items)::bigint[]) with ordinality as i (item_id, rank)
            """)
    }

    /// Makes a publication current, by the script of the publish step.
    func flip(to publication: Int64) throws {
        try connection.withTransaction {
            try run(
                "publish/flip",
                ["publication_id": Bind(publication), "reason": Bind("test")])
        }
    }

    /// Puts the last change of the pointer at a moment of the test's choice.
    func dateLastFlip(_ moment: String) throws {
        try execute(
            """
            update serving.flips set flipped_at = '\(moment)'
            where flip_id = (select max(f.flip_id) from serving.flips as f);
            update serving.pointer set flipped_at = '\(moment)'
            """)
    }
}
