import Evaluation
import Jobs
import Postgres

/// Measures of embeddings that take linear algebra: whether they use the directions they have.
struct EmbeddingMeasures {
    let context: StepContext
    /// The space behind the publication.
    let spaceID: Int64
    let seed: Int

    /// Embeddings of each kind that are looked at, at most: the same ones for the same users and items.
    private static let sampleSize = 20_000

    /// Writes what is measured, in the transaction that is open.
    ///
    /// - Returns: Rows written.
    func record() throws -> Int {
        let store = EmbeddingStore(context: context, spaceID: spaceID)
        let samples = [
            ("items", try store.sampleOfItems(Self.sampleSize, seed: seed)),
            ("users", try store.sampleOfUsers(Self.sampleSize, seed: seed)),
        ]
        return try samples.reduce(0) { rows, sample in
            guard let spectrum = EmbeddingSpectrum(of: sample.1) else { return rows }
            return try rows + record(spectrum, of: sample.0)
        }
    }

    private func record(_ spectrum: EmbeddingSpectrum, of subject: String) throws -> Int {
        let measures = [
            ("embedding_effective_rank", spectrum.effectiveRank, "directions"),
            (
                "embedding_rank_share", spectrum.effectiveRank / Double(spectrum.dimension),
                "ratio"
            ),
            ("embedding_first_direction_share", spectrum.firstDirectionShare, "ratio"),
            ("embedding_mean_share", spectrum.meanShare, "ratio"),
            ("embedding_mean_norm", spectrum.meanNorm, "norm"),
        ]
        return try context.run(
            "monitor/record_measures",
            [
                "run_id": Bind(context.runID), "level": Bind("model"), "subject": Bind(subject),
                "measure_names": Bind(measures.map(\.0)),
                "measured_values": Bind(measures.map(\.1)),
                "units": Bind(measures.map(\.2)),
            ])
    }
}
