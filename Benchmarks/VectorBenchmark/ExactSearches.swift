import BenchmarkSupport
import LinearAlgebra
import VectorIndex

/// Exact search of all queries, beside its matrix products alone.
struct ExactSearches {
    private static let k = 100
    private let items: Matrix
    private let queries: Matrix
    private let index: ExactIndex
    private let settings: ExactSearchSettings
    /// The best items of each query.
    let truth: IndexLists

    init(items: Matrix, queries: Matrix, similarity: Similarity, threadCount: Int) throws {
        self.items = items
        self.queries = queries
        settings = ExactSearchSettings(threadCount: threadCount)
        index = try ExactIndexBuilder(similarity: similarity).build(items: items)
        truth = try index.search(queries, k: Self.k, settings: settings).items
    }

    /// Prints queries a second of the search and of the products, by turns.
    func report(rounds: Int) throws {
        let clock = ContinuousClock()
        let sample = Matrix(
            rows: min(2_048, queries.rows), columns: queries.columns,
            elements: Array(queries.elements[..<(min(2_048, queries.rows) * queries.columns)]))
        var (search, product) = (Double.infinity, Double.infinity)
        for _ in 0..<rounds {
            search = min(
                search,
                try clock.measure { _ = try index.search(sample, k: Self.k, settings: settings) }
                    / .seconds(1))
            product = min(product, clock.measure { multiply(sample) } / .seconds(1))
        }
        print(
            "index=exact", "k=\(Self.k)", "rate=\(Int(Double(sample.rows) / search))",
            "product=\(Int(Double(sample.rows) / product))",
            "share=\(decimal(product / search, 3))")
    }

    private func multiply(_ users: Matrix) {
        let share = (users.rows + settings.threadCount - 1) / settings.threadCount
        parallelChunks(
            of: users.rows, chunkSize: min(settings.userBlock, share),
            threadCount: settings.threadCount
        ) { _, rows in
            var scores = Matrix(rows: rows.count, columns: settings.itemBlock)
            scores.withMutableView { scores in
                users.withView { users in
                    items.withView { items in
                        for start in stride(from: 0, to: items.rows, by: settings.itemBlock) {
                            let end = min(start + settings.itemBlock, items.rows)
                            BLAS.multiply(
                                users.rows(rows), items.rows(start..<end), transposing: .second,
                                into: scores.columns(0..<end - start))
                        }
                    }
                }
            }
        }
    }
}
