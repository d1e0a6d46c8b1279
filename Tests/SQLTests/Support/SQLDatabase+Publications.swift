import Postgres
import SQLCatalog

extension SQLDatabase {
    /// Opens a publication with room for its lists, by the scripts of the retrieve step.
    ///
    /// - Returns: Its identifier.
    func openPublication(run runID: Int64, asOf date: PostgresDate = day("2024-03-29")) throws
        -> Int64
    {
        let model = try connection.value(
            try catalog.script("train/create_model").query([
                "run_id": Bind(runID), "kind": Bind("two_tower"), "purpose": Bind("serving"),
                "as_of_date": Bind(date), "configuration": Bind(JSONB("{}")),
                "data_hash": Bind("0"), "seed": Bind(Int64(1)), "code_version": Bind("test"),
                "parent_model_id": Bind(Int64(-1)), "dimension": Bind(Int32(2)),
                "artefact_bytes": Bind(Int64(-1)),
                "training": Bind(JSONB("{}")),
            ]), as: Int64.self)
        let publication = try connection.value(
            try catalog.script("retrieve/open_publication").query([
                "run_id": Bind(runID), "as_of_date": Bind(date), "model_id": Bind(model),
            ]), as: Int64.self)
        try run("retrieve/prepare", ["publication_id": Bind(publication)])
        return publication
    }

    /// Writes the list of a user: scores fall from 1 and are all affinity.
    func recommend(_ items: [Int], to user: Int, in publication: Int64) throws {
        try execute(
            """
            insert into serving.recommendation_lists
                (publication_id, user_id, item_ids, scores, affinities, popularities, freshnesses,
                 source_ids)
            select \(publication), \(user), array_agg(i.item_id order by i.rank),
                array_agg(1.0 / i.rank order by i.rank), array_agg(1.0 / i.rank order by i.rank),
                array_agg(0), array_agg(0), array_agg(1)
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
    func flip(to publication: Int64, run runID: Int64 = 1) throws {
        try connection.withTransaction {
            try run(
                "publish/flip",
                [
                    "publication_id": Bind(publication), "run_id": Bind(runID),
                    "reason": Bind("test"),
                ])
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
