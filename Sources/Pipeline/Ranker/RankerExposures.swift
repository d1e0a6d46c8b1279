import Jobs
import LinearAlgebra
import Postgres
import Ranking

/// Exposures of some days with what was known of users and items at the start of each: what a ranker
/// learns from, or is measured on.
struct RankerExposures {
    /// What is asked of the exposures.
    struct Request {
        /// The days, in UTC.
        var days: Range<PostgresDate>
        /// What became known from this date on is not read.
        var knownBefore: PostgresDate
        /// Newest items of a history.
        var historyLength: Int
        /// The ranker whose columns, tasks and surfaces are wanted; nil for those that the exposures
        /// suggest.
        var ranker: TrainedRanker?
    }

    let dataset: RankerDataset
    /// Where candidates were shown, by index: a category of the ranker.
    let surfaces: [String]
    /// The surface of each candidate; −1 where nobody says.
    let candidateSurfaces: [Int32]
    /// The day on which each exposure was known with all that was done.
    let knownDays: [Int32]
    /// The user of each context.
    let contextUsers: [Int64]

    /// Different users.
    var userCount: Int { Set(contextUsers).count }

    /// Reads `sql/train/exposures.sql` for each day, and users and items as of that day.
    ///
    /// - Returns: nil where no exposure of a known user and item has a label that the ranker is to
    ///   predict.
    static func load(
        _ request: Request, _ base: BaseTower, _ context: StepContext
    ) throws -> RankerExposures? {
        var gathering = Gathering(request, base, context)
        for day in request.days.days {
            try context.stop.check()
            try gathering.add(day)
        }
        return try gathering.finish()
    }

    /// Hash of all that a ranker learns from: equal for equal data.
    var dataHash: String {
        var hash = FNV1a()
        let inputs = dataset.inputs
        for numbers in [
            inputs.contexts.numbers, inputs.candidates.numbers, inputs.embeddings, dataset.labels,
        ] {
            hash.add(integer: numbers.columns)
            for number in numbers.elements { hash.add(integer: number.bitPattern) }
        }
        for features in [inputs.contexts, inputs.candidates] {
            for id in features.idOffsets { hash.add(integer: id) }
            for id in features.ids { hash.add(integer: id) }
        }
        for offset in inputs.candidateOffsets + inputs.histories.offsets {
            hash.add(integer: offset)
        }
        for row in inputs.histories.values { hash.add(integer: row) }
        for row in inputs.candidateRows { hash.add(integer: row) }
        for day in dataset.days { hash.add(integer: day) }
        for text in surfaces + dataset.schema.tasks.map(\.name) { hash.add(text.utf8) }
        return hash.text
    }
}

/// Exposures of one day after the other on their way to a dataset.
private struct Gathering {
    private struct Exposures {
        var items: [UInt32] = []
        var surfaces: [Int32] = []
        var labels: [Float] = []
        var knownDays: [Int32] = []
    }

    /// Users whose features are in memory at once, about.
    private static let pageSize = 65_536

    private let request: RankerExposures.Request
    private let base: BaseTower
    private let context: StepContext
    private let taskNames: [String]
    private var builder: RankerInputsBuilder
    private var surfaces: Vocabulary<String>
    private var labels: [Float] = []
    private var candidateSurfaces: [Int32] = []
    private var knownDays: [Int32] = []
    private var contextUsers: [Int64] = []
    private var days: [Int32] = []
    /// Embeddings of the items that a day refers to, day after day.
    private var embeddings: [Float] = []
    private var names: (context: [String], item: [String])?

    init(_ request: RankerExposures.Request, _ base: BaseTower, _ context: StepContext) {
        self.request = request
        self.base = base
        self.context = context
        taskNames = request.ranker?.ranker.schema.tasks.map(\.name) ?? base.settings.rankerTasks
        surfaces = Vocabulary(request.ranker?.surfaces ?? []) ?? Vocabulary()
        builder = RankerInputsBuilder(historyLength: request.historyLength)
        names = request.ranker.map { ($0.contextNumbers, $0.itemNumbers) }
    }

    mutating func add(_ day: PostgresDate) throws {
        var view: RankerView?
        // Pages bound what is read of users at once; what they were shown is kept. The order in which a
        // ranker learns follows them; without candidates a page takes less than where users are ranked.
        let userCount = try context.connection.value(
            try context.query(
                "features/user_count",
                [
                    "as_of_date": Bind(day), "from_bucket": Bind(Int16(0)),
                    "until_bucket": Bind(Int16(1023)),
                ]), as: Int64.self)
        for buckets in BucketPages(.whole, userCount: Int(userCount), limit: Self.pageSize).ranges {
            let rows = try exposures(on: day, buckets)
            guard !rows.isEmpty else { continue }
            let opened = try view ?? RankerView(base, asOf: day, context)
            view = opened
            try add(rows, buckets, opened)
        }
    }

    private typealias Row = (
        user: Int64, item: Int64, surface: String, knownDate: PostgresDate, labels: [Float]
    )

    private func exposures(
        on day: PostgresDate, _ buckets: ClosedRange<Int16>
    ) throws -> [Row] {
        try context.connection.query(
            try context.query(
                "train/exposures",
                [
                    "as_of_date": Bind(request.knownBefore), "exposure_date": Bind(day),
                    "tasks": Bind(taskNames), "from_bucket": Bind(buckets.lowerBound),
                    "until_bucket": Bind(buckets.upperBound),
                ]), as: (Int64, Int64, String, PostgresDate, [Float]).self
        ).map { ($0.0, $0.1, $0.2, $0.3, $0.4) }
    }

    private mutating func add(
        _ rows: [Row], _ buckets: ClosedRange<Int16>, _ opened: RankerView
    ) throws {
        let view = names.map { opened.selecting($0.item) } ?? opened
        var users: [Int64] = []
        for row in rows where users.last != row.user { users.append(row.user) }
        var page = try view.page(of: users, buckets: buckets)
        if let names { page = page.selecting(names.context) }
        names = names ?? (page.numbers.names, view.numbers.names)

        var finder = RowFinder(page.users.ids)
        var exposures = [Exposures](repeating: Exposures(), count: page.users.count)
        for row in rows {
            // A user without a snapshot was not known when the day began, an item likewise.
            guard let position = finder.row(of: row.user) else { continue }
            let item = view.ids.index(of: row.item)
            guard item >= 0 else { continue }
            exposures[position].items.append(UInt32(item))
            exposures[position].surfaces.append(surface(row.surface))
            exposures[position].labels += row.labels
            exposures[position].knownDays.append(row.knownDate.daysSinceEpoch)
        }
        var rowOfItem = [Int32](repeating: -1, count: view.ids.count)
        let width = view.directions.columns
        for (position, shown) in exposures.enumerated() where !shown.items.isEmpty {
            builder.add(
                position, of: page, view, items: shown.items, surfaces: shown.surfaces
            ) { item in
                if rowOfItem[Int(item)] < 0 {
                    rowOfItem[Int(item)] = Int32(embeddings.count / max(width, 1))
                    embeddings += view.directions[row: Int(item)]
                }
                return UInt32(rowOfItem[Int(item)])
            }
            days.append(view.date.daysSinceEpoch)
            labels += shown.labels
            candidateSurfaces += shown.surfaces
            knownDays += shown.knownDays
            contextUsers.append(page.users.ids[position])
        }
    }

    /// The index of a surface; one that the ranker has not learned is none.
    private mutating func surface(_ name: String) -> Int32 {
        if name.isEmpty { return -1 }
        return request.ranker == nil ? surfaces.insert(name) : surfaces.index(of: name)
    }

    func finish() throws -> RankerExposures? {
        guard let names, !candidateSurfaces.isEmpty else { return nil }
        var builder = builder
        let all = Matrix(
            rows: candidateSurfaces.count, columns: taskNames.count, elements: labels)
        let schema: RankerSchema
        if let ranker = request.ranker {
            schema = ranker.ranker.schema
        } else {
            let known = builder.removeUnknownNumbers(
                contextNames: names.context, itemNames: names.item)
            let columns = base.columns(
                contextNumbers: known.context, candidateNumbers: known.item,
                surfaceCount: surfaces.count)
            // What nobody did cannot be learned.
            let tasks = taskNames.enumerated().compactMap { column, name -> RankerTask? in
                let positives = (0..<all.rows).count { all[$0, column] > 0 }
                return positives == 0 ? nil : RankerTasks.task(name, positives: positives)
            }
            guard !tasks.isEmpty else { return nil }
            schema = RankerSchema(
                context: columns.context, candidate: columns.candidate,
                embeddingWidth: base.model.dimension - 1, tasks: tasks)
        }
        let chosen = schema.tasks.map { task in taskNames.firstIndex(of: task.name)! }
        let width = schema.embeddingWidth
        return RankerExposures(
            dataset: try RankerDataset(
                schema: schema,
                inputs: try builder.inputs(
                    contextNames: schema.context.numbers, candidateNames: schema.candidate.numbers,
                    embeddings: Matrix(
                        rows: embeddings.count / max(width, 1), columns: width,
                        elements: embeddings)),
                labels: Matrix(
                    rows: all.rows, columns: chosen.count,
                    elements: (0..<all.rows).flatMap { row in chosen.map { all[row, $0] } }),
                days: days),
            surfaces: surfaces.keys, candidateSurfaces: candidateSurfaces,
            knownDays: knownDays, contextUsers: contextUsers)
    }
}

extension RankerView {
    /// The same with the numbers of some names.
    func selecting(_ names: [String]) -> RankerView {
        var view = self
        view.numbers = numbers.selecting(names)
        return view
    }
}

extension RankerPage {
    /// The same with the numbers of some names.
    func selecting(_ names: [String]) -> RankerPage {
        var page = self
        page.numbers = numbers.selecting(names)
        return page
    }
}
