import Jobs
import LinearAlgebra
import Postgres
import Ranking

/// A ranker at work: predicts what users would do with candidates, as of a date.
struct RankerScorer {
    let trained: TrainedRanker
    /// The light model that was distilled from it, where there is one.
    let firstStage: Ranker?
    private let view: RankerView
    private let threadCount: Int
    /// The index that the ranker's view has for each item of the funnel, or −1.
    private let viewItems: [Int32]

    /// - Parameter items: Those of the funnel.
    init(
        _ modelID: Int64, asOf date: PostgresDate, items: Vocabulary<Int64>,
        _ settings: PipelineSettings, _ context: StepContext
    ) throws {
        let (trained, base) = try RankerStore(context: context).load(modelID, settings)
        self.trained = trained
        firstStage = try FirstStageStore(context: context).load(forRanker: modelID)
        threadCount = settings.threadCount
        let view = try RankerView(base, asOf: date, context).selecting(trained.itemNumbers)
        self.view = view
        viewItems = items.keys.map { view.ids.index(of: $0) }
    }

    /// The names of what is predicted.
    var taskNames: [String] { trained.ranker.schema.tasks.map(\.name) }

    /// Reads what is needed of some users.
    ///
    /// - Parameter users: Of the buckets, ascending.
    func page(of users: [Int64], buckets: ClosedRange<Int16>) throws -> Page {
        Page(
            scorer: self,
            page: try view.page(of: users, buckets: buckets).selecting(trained.contextNumbers),
            users: users)
    }

    /// A ranker with some users in memory.
    struct Page {
        private let scorer: RankerScorer
        private let page: RankerPage
        /// The row of each user in the page; nil for one of whom nothing is known.
        private let rows: [Int?]

        fileprivate init(scorer: RankerScorer, page: RankerPage, users: [Int64]) {
            self.scorer = scorer
            self.page = page
            var finder = RowFinder(page.users.ids)
            rows = users.map { finder.row(of: $0) }
        }

        /// What the first stage of the ranker reads of items and of these users.
        ///
        /// - Parameter itemTerms: Of the items of the funnel, shape `[items, names]`.
        func firstStageFeatures(itemTerms: Matrix, names: [String]) -> FirstStageFeatures {
            FirstStageFeatures(
                itemNumbers: scorer.view.numbers, itemRows: scorer.viewItems, itemTerms: itemTerms,
                itemTermNames: names, userNumbers: page.numbers, userRows: rows)
        }

        /// Predicts, for the surface that lists are made for.
        ///
        /// - Parameters:
        ///   - users: As positions among those that the page was read for.
        ///   - items: The candidates of each, by index of the funnel.
        ///   - clock: Told how many candidates, users and events of histories are scored.
        /// - Returns: Calibrated probabilities, and seconds of watch time: shape `[candidates, tasks]`, user
        ///   after user. Zeros where user or item is not known.
        func predictions(
            of users: [Int], items: [[UInt32]], clock: StageClock
        ) throws -> Matrix {
            let trained = scorer.trained
            var builder = RankerInputsBuilder(
                historyLength: trained.ranker.configuration.historyLength)
            var places: [Int] = []
            var start = 0
            for (user, candidates) in zip(users, items) {
                defer { start += candidates.count }
                guard let row = rows[user] else { continue }
                var known: [UInt32] = []
                for (offset, item) in candidates.enumerated()
                where scorer.viewItems[Int(item)] >= 0 {
                    known.append(UInt32(scorer.viewItems[Int(item)]))
                    places.append(start + offset)
                }
                builder.add(
                    row, of: page, scorer.view, items: known,
                    surfaces: known.map { _ in trained.servingSurface }, embeddingRow: { $0 })
            }
            let inputs = try builder.inputs(
                contextNames: trained.contextNumbers,
                candidateNames: trained.ranker.schema.candidate.numbers,
                embeddings: scorer.view.directions)
            clock.count(inputs.candidateCount, of: "second_stage_candidates")
            clock.count(inputs.contexts.count, of: "second_stage_users")
            clock.count(inputs.histories.values.count, of: "second_stage_events")
            let scores = try trained.predictions(
                of: inputs, surfaces: places.map { _ in trained.servingSurface },
                threadCount: scorer.threadCount)
            guard places.count < start else { return scores }
            var result = Matrix(rows: start, columns: scores.columns)
            for (row, place) in places.enumerated() {
                for column in 0..<scores.columns { result[place, column] = scores[row, column] }
            }
            return result
        }
    }
}
