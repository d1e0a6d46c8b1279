import Postgres
import SQLCatalog

extension SQLDatabase {
    /// Writes embeddings of items 1 to `count` in a space: points that a hash scatters over a cube,
    /// the same ones each time.
    func embedItems(_ count: Int, dimension: Int = 4, space: Int64) throws {
        try execute(
            """
            select ops.ensure_list_partition('model', 'item_vectors', \(space));
            insert into model.item_vectors (space_id, item_id, components)
            select \(space), i, array_agg(
                ((hashint8extended(i * 100 + c, 7) & 65535)::double precision / 32768 - 1)::real
                order by c)
            from generate_series(1, \(count)) as i, generate_series(1, \(dimension)) as c
            group by i
            """)
    }

    /// Writes an index of all items of a space, each in the list whose centroid, the embedding of one
    /// of the first items, is nearest to it.
    ///
    /// - Returns: Its identifier.
    @discardableResult
    func writeIndex(
        publication: Int64, space: Int64, lists: Int, probes: Int = 1,
        similarity: String = "inner_product", dimension: Int = 4, chunk: Int = 1024
    ) throws -> Int64 {
        let index = try connection.value(
            """
            insert into ann.indexes (
                run_id, publication_id, space_id, status, kind, reason, code, similarity, dimension,
                parameters, list_count, item_count, probes, added_items, removed_items, moved_items,
                imbalance, quantisation_error, trained_quantisation_error, trained_item_count,
                build_seconds)
            select \(publication), \(publication), \(space), 'ready', 'inverted_file', 'test',
                'flat', \(similarity), \(Int32(dimension)), '{}', \(Int32(lists)), count(*),
                \(Int32(probes)), 0, 0, 0, 1, 0, 0, count(*), 0
            from model.item_embeddings as e
            where e.space_id = \(space)
            returning index_id
            """, as: Int64.self)
        try execute(
            """
            select ops.ensure_list_partition('ann', 'list_entries', \(index));
            insert into ann.lists (index_id, list_number, item_count, centroid)
            select \(index), e.item_id - 1, 0, e.embedding
            from model.item_embeddings as e
            where e.space_id = \(space) and e.item_id <= \(lists);
            insert into ann.list_entries (index_id, list_number, chunk_number, item_ids, codes)
            select \(index), n.list_number, n.place / \(chunk), array_agg(n.item_id order by n.item_id), ''
            from (
                select e.item_id, l.list_number,
                    row_number() over (partition by l.list_number order by e.item_id) - 1 as place
                from model.item_embeddings as e
                cross join lateral (
                    select l.list_number from ann.lists as l
                    cross join lateral (
                        select sum((u.a - u.b) * (u.a - u.b)) as distance
                        from unnest(l.centroid, e.embedding) as u (a, b)) as d
                    where l.index_id = \(index)
                    order by d.distance, l.list_number
                    limit 1
                ) as l
                where e.space_id = \(space)
            ) as n
            group by n.list_number, n.place / \(chunk)
            """)
        return index
    }
}
