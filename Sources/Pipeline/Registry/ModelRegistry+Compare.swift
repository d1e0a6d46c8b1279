public import Evaluation
import Postgres

extension ModelRegistry {
    /// What two models' figures differ by.
    public struct Comparison: Sendable {
        /// How both were measured, with the dates.
        public var protocolSummary: String
        /// Whether it was found by the gate, and not computed now.
        public var isStored: Bool
        /// First less second; all users before the cohorts.
        public var differences: [PairedDifference]
    }

    /// Compares two models user by user: as the gate found them to differ where it compared them,
    /// otherwise from their figures by user, where both were measured on the same.
    ///
    /// - Parameters:
    ///   - first: A serving model, or the evaluation model that measures it.
    ///   - second: Another one.
    ///   - bootstrap: How to compute intervals that are not stored.
    /// - Throws: ``PipelineError`` when there is nothing to compare them by.
    public func compare(
        _ first: Int64, with second: Int64, bootstrap: Bootstrap = Bootstrap()
    ) throws -> Comparison {
        guard first != second else {
            throw PipelineError("model \(first) is named twice", hint: "Name two models.")
        }
        let pairs = try [first, second].map { modelID -> (servingID: Int64?, evaluationID: Int64) in
            let model = try details(of: modelID)
            guard model.kind == "two_tower", let evaluationID = model.evaluationID else {
                throw Self.notMeasured(modelID)
            }
            return (model.servingID, evaluationID)
        }
        guard pairs[0].evaluationID != pairs[1].evaluationID else {
            throw PipelineError("models \(first) and \(second) are one: a run's pair")
        }
        if let (one, other) = pairs[0].servingID.flatMap({ one in
            pairs[1].servingID.map { (one, $0) }
        }), let stored = try stored(one, other) {
            return stored
        }
        return try computed(
            pairs[0].evaluationID, pairs[1].evaluationID, named: (first, second), bootstrap)
    }

    private func stored(_ first: Int64, _ second: Int64) throws -> Comparison? {
        let rows = try connection.query(
            try catalog.script("compare/stored").query([
                "first_model_id": Bind(first), "second_model_id": Bind(second),
            ]),
            as: (
                String, String, String, Int32, Double, Double, Double, Double, Double, Int64
            ).self)
        guard let summary = rows.first?.0 else { return nil }
        return Comparison(
            protocolSummary: summary, isStored: true,
            differences: rows.map { row in
                PairedDifference(
                    cohort: row.1 == "all" ? nil : row.1,
                    measure: .init(name: row.2, k: Int(row.3)), first: row.4, second: row.5,
                    difference: row.6, interval: row.7...row.8, userCount: Int(row.9))
            })
    }

    private func computed(
        _ first: Int64, _ second: Int64, named: (Int64, Int64), _ bootstrap: Bootstrap
    ) throws -> Comparison {
        func required(_ modelID: Int64, _ name: Int64) throws -> Measurement {
            guard let found = try measurement(of: modelID) else { throw Self.notMeasured(name) }
            return found
        }
        let (one, other) = (try required(first, named.0), try required(second, named.1))
        guard one.heldOutHash == other.heldOutHash else {
            throw PipelineError(
                "models \(named.0) and \(named.1) were not measured on the same: "
                    + "\(one.summary), and \(other.summary)",
                hint:
                    "Runs for one date with the same settings measure on the same users and items."
            )
        }
        let measures = one.measures.filter(other.measures.contains)
        let columnsOfMeasures = measures.map { measure in
            (one.measures.firstIndex(of: measure)!, other.measures.firstIndex(of: measure)!)
        }
        var columns = [[[Float]]](
            repeating: [[Float]](repeating: [], count: measures.count), count: 2)
        var cohorts: [String] = []
        try connection.forEachRow(
            try catalog.script("compare/user_metrics").query([
                "first_model_id": Bind(first), "second_model_id": Bind(second),
            ]), as: (String, [Float], [Float]).self
        ) { cohort, firstValues, secondValues in
            for (index, column) in columnsOfMeasures.enumerated() {
                columns[0][index].append(firstValues[column.0])
                columns[1][index].append(secondValues[column.1])
            }
            cohorts.append(cohort)
        }
        guard !cohorts.isEmpty else {
            throw PipelineError(
                "the figures by user of models \(named.0) and \(named.1) are no longer kept",
                hint: "They are kept as long as the bytes of both models.")
        }
        let names = Set(cohorts).sorted()
        let places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
        let comparison = try PairedComparison(
            measures: measures, first: columns[0], second: columns[1],
            cohorts: cohorts.map { places[$0]! }, cohortNames: names)
        return Comparison(
            protocolSummary: one.summary, isStored: false,
            differences: comparison.differences(bootstrap: bootstrap))
    }

    /// What is kept by user of an evaluation model.
    struct Measurement {
        /// How it was measured, in words.
        var summary: String
        /// `PipelineSettings.learnedBy` when it was trained.
        var learnedBy: String
        var heldOutHash: String
        var measures: [PairedComparison.Measure]
    }

    /// nil when nothing is.
    func measurement(of modelID: Int64) throws -> Measurement? {
        let row = try connection.first(
            try catalog.script("compare/measurement").query(["model_id": Bind(modelID)]),
            as: (String, String, String, [String], [Int32]).self)
        guard let (summary, learnedBy, heldOutHash, names, cutoffs) = row else { return nil }
        return Measurement(
            summary: summary, learnedBy: learnedBy, heldOutHash: heldOutHash,
            measures: zip(names, cutoffs).map { .init(name: $0, k: Int($1)) })
    }

    private static func notMeasured(_ modelID: Int64) -> PipelineError {
        PipelineError(
            "model \(modelID) was not measured by user",
            hint: "vitrine models lists those that were: they have a quality.")
    }
}
