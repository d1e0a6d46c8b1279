import LinearAlgebra
import Postgres

/// Items and users around common centres, in the tables of a run that is about to be indexed.
struct Mixture {
    static let date = PostgresDate("2024-01-02")!
    /// Shape `[N, D]`.
    let items: Matrix
    /// Shape `[U, D]`.
    let users: Matrix

    init(items itemCount: Int, users userCount: Int, dimension: Int) {
        var random = SeededGenerator(seed: 1)
        let centres = Matrix.gaussian(
            rows: max(itemCount / 1000, 1), columns: dimension, deviation: 1, using: &random)
        func draw(_ count: Int) -> Matrix {
            Matrix(rows: count, columns: dimension) { result in
                centres.withView { centres in
                    for row in 0..<count {
                        let centre = centres.row(random.index(below: centres.rows))
                        for column in 0..<dimension {
                            result.row(row)[column] = centre[column] + 0.6 * random.gaussian()
                        }
                    }
                }
            }
        }
        items = draw(itemCount)
        users = draw(userCount)
    }

    /// Writes everything that the step index reads: space 1, publication 1 of run 1.
    func write(to connection: Connection) throws {
        try connection.script(
            """
            insert into source.item_versions
                (item_id, known_at, kind, is_available, tags, attributes, content_hash, import_id)
            select i, '2024-01-01 00:00 UTC', 'video', true, '{}', '{}', 0, 1
            from generate_series(1, \(items.rows)) as i;
            insert into serving.publications (run_id, as_of_date, model_id, weights_version)
            values (1, '2024-01-02', 1, 1);
            select ops.ensure_list_partition('model', 'item_embeddings', 1),
                ops.ensure_list_partition('model', 'user_embeddings', 1)
            """)
        try connection.copyIn(
            into: "model.item_embeddings", columns: ["space_id", "item_id", "embedding"]
        ) { writer in
            for row in 0..<items.rows {
                try writer.row { writer in
                    writer.append(Int64(1))
                    writer.append(Int64(row + 1))
                    writer.append(Array(items[row: row]))
                }
            }
        }
        try connection.copyIn(
            into: "model.user_embeddings",
            columns: ["space_id", "user_id", "interest", "embedding"]
        ) { writer in
            for row in 0..<users.rows {
                try writer.row { writer in
                    writer.append(Int64(1))
                    writer.append(Int64(row + 1))
                    writer.append(Int16(0))
                    writer.append(Array(users[row: row]))
                }
            }
        }
        try connection.script("analyze model.item_embeddings; analyze source.item_versions")
    }
}
