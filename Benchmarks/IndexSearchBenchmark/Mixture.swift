import Foundation
import Jobs
import LinearAlgebra
import Pipeline
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

    /// Writes everything that the step index reads, as the step embed would: space 1, publication 1 of
    /// run 1.
    func write(as embeddings: EmbeddingSettings, in context: StepContext) throws {
        let connection = context.connection
        try connection.script(
            """
            insert into source.item_versions
                (item_id, known_at, kind, is_available, tags, attributes, content_hash, import_id)
            select i, '2024-01-01 00:00 UTC', 'video', true, '{}', '{}', 0, 1
            from generate_series(1, \(items.rows)) as i;
            insert into serving.publications (run_id, as_of_date, model_id, weights_version)
            values (1, '2024-01-02', 1, 1)
            """)
        let store = EmbeddingStore(context: context, spaceID: 1)
        try store.prepare()
        _ = try store.write(
            EmbeddingStore.Items(ids: (1...items.rows).map(Int64.init), matrix: items),
            madeFrom: (1...items.rows).map { InputHash(stored: Int64($0)) },
            as: embeddings.itemEncoding)
        _ = try store.write(
            EmbeddingStore.Users(
                ids: (1...users.rows).map(Int64.init),
                embeddings: UserEmbeddings(matrix: users, interestCount: 1)),
            madeFrom: (1...users.rows).map { InputHash(stored: Int64($0)) },
            as: embeddings.userEncoding)
        try connection.script("analyze model.item_vectors; analyze source.item_versions")
    }

    /// Measures what is lost by storing the embeddings in fewer bytes, and records it.
    func measureEncodings(_ embeddings: EmbeddingSettings, in context: StepContext) throws {
        guard
            var meter = EncodingMeter(
                items: items, userCount: users.rows, sampleSize: embeddings.recallSample,
                threadCount: ProcessInfo.processInfo.activeProcessorCount)
        else { return }
        meter.add(UserEmbeddings(matrix: users, interestCount: 1))
        try EmbeddingStore(context: context, spaceID: 1)
            .record(try meter.measure(), stored: embeddings)
        try context.connection.run(
            try context.catalog.script("monitor/measure_encodings"), ["space_id": Bind(Int64(1))])
    }
}
