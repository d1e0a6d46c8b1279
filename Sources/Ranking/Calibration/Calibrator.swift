import LinearAlgebra
public import NeuralNetwork

/// The calibration of all tasks of a ranker, as data: a curve for each task, and one for each group of
/// candidates (such as a surface) where observations allow.
public struct Calibrator: Codable, Sendable, Equatable {
    /// How a calibrator is fitted.
    public struct Settings: Codable, Sendable, Equatable {
        /// The curve of binary tasks; durations have isotonic ones, which need no probability.
        ///
        /// Of some ten thousand observations, as of a day, an isotonic curve learns more noise than shape.
        public var method = CalibrationCurve.Method.platt
        /// The share of what Platt curves correct that is left out, 0 to 1.
        ///
        /// However many observations a day has, all share what was special about it, which the next day
        /// does not: where a day departs from the next as much as the ranker from the truth, half of
        /// the departure is to be believed.
        public var shrinkage = 0.5
        /// Observations of the rarer outcome that a group needs for a curve of its own, and a task for
        /// an isotonic one where that is the method: a group with fewer has the curve of its task, a task
        /// with fewer a Platt curve. For durations, observations.
        public var minimumCount = 200

        /// The defaults.
        public init() {}
    }

    /// A curve of one task.
    public struct Curve: Codable, Sendable, Equatable {
        /// The task.
        public let taskName: String
        /// The group, or nil for candidates of all groups that have none of their own.
        public let group: Int32?
        /// Observations that it was fitted to.
        public let count: Int
        /// The map from prediction to calibrated prediction.
        public let curve: CalibrationCurve

        /// A curve that was fitted before.
        public init(taskName: String, group: Int32?, count: Int, curve: CalibrationCurve) {
            self.taskName = taskName
            self.group = group
            self.count = count
            self.curve = curve
        }
    }

    /// The curves, by task, that of all groups first.
    public let curves: [Curve]

    /// Curves that were fitted before; without any, predictions stay as they are.
    public init(curves: [Curve]) {
        self.curves = curves
    }

    /// Fits the curves to what became of candidates that the ranker did not learn from.
    ///
    /// - Parameters:
    ///   - tasks: Those of the ranker.
    ///   - scores: What it predicted, shape `[candidates, tasks]`.
    ///   - labels: What became of them, NaN where it is not known: shape `[candidates, tasks]`.
    ///   - groups: The group of each candidate, negative for one that has none; nil for none.
    /// - Throws: `invalidData` when the shapes differ, a score is not finite, or a task has no label.
    public init(
        tasks: [RankerTask], scores: Matrix, labels: Matrix, groups: [Int32]? = nil,
        settings: Settings = Settings()
    ) throws(ModelError) {
        guard scores.columns == tasks.count, labels.shape == scores.shape,
            groups == nil || groups?.count == scores.rows
        else {
            throw ModelError(
                .invalidData,
                "scores of shape \(scores.shape), labels of shape \(labels.shape) and"
                    + " \(groups?.count ?? 0) groups for \(tasks.count) tasks")
        }
        guard scores.elements.allSatisfy(\.isFinite) else {
            throw ModelError(.invalidData, "a score to calibrate is not finite")
        }
        var curves: [Curve] = []
        for (index, task) in tasks.enumerated() {
            let known = (0..<scores.rows).filter { !labels[$0, index].isNaN }
            guard !known.isEmpty else {
                throw ModelError(.invalidData, "no candidate has a label of \(task.name)")
            }
            func observations(_ rows: [Int]) -> Observations {
                Observations(
                    task: task, scores: rows.map { Double(scores[$0, index]) },
                    outcomes: rows.map { Double(labels[$0, index]) })
            }
            curves.append(
                Curve(
                    taskName: task.name, group: nil, count: known.count,
                    curve: observations(known).curve(settings)))
            guard let groups else { continue }
            for (group, rows) in Dictionary(grouping: known, by: { groups[$0] })
                .sorted(by: { $0.key < $1.key }) where group >= 0
            {
                let observations = observations(rows)
                guard observations.evidence >= settings.minimumCount else { continue }
                curves.append(
                    Curve(
                        taskName: task.name, group: group, count: rows.count,
                        curve: observations.curve(settings)))
            }
        }
        self.curves = curves
    }

    private struct Observations {
        let task: RankerTask
        let scores: [Double]
        let outcomes: [Double]

        /// Observations of the rarer outcome; all, for durations.
        var evidence: Int {
            guard task.kind == .binary else { return outcomes.count }
            let positives = outcomes.count { $0 > 0 }
            return min(positives, outcomes.count - positives)
        }

        func curve(_ settings: Settings) -> CalibrationCurve {
            let count = Double(outcomes.count)
            switch task.kind {
            case .duration:
                return .isotonic(scores: scores, outcomes: outcomes, within: 0...(.infinity))
            case .binary where settings.method == .isotonic && evidence >= settings.minimumCount:
                // Laplace's rule: what never happened in n observations may in the next.
                return .isotonic(
                    scores: scores, outcomes: outcomes,
                    within: 1 / (count + 2)...(count + 1) / (count + 2))
            case .binary:
                return .platt(probabilities: scores, labels: outcomes.map { $0 > 0 })
                    .shrunk(by: settings.shrinkage)
            }
        }
    }

    /// Calibrates what a ranker predicted.
    ///
    /// - Parameters:
    ///   - scores: Shape `[candidates, tasks]`.
    ///   - tasks: Those of the ranker; a task without a curve stays as it is.
    ///   - groups: The group of each candidate; nil for none.
    public func calibrated(
        _ scores: Matrix, tasks: [RankerTask], groups: [Int32]? = nil, threadCount: Int
    ) -> Matrix {
        precondition(
            scores.columns == tasks.count && (groups == nil || groups!.count == scores.rows),
            "scores of shape \(scores.shape) for \(tasks.count) tasks")
        let general = tasks.map { task in
            curves.first { $0.taskName == task.name && $0.group == nil }?.curve
        }
        let special = tasks.map { task in
            Dictionary(
                curves.filter { $0.taskName == task.name && $0.group != nil }
                    .map { ($0.group!, $0.curve) },
                uniquingKeysWith: { first, _ in first })
        }
        var result = scores
        result.withMutableView { result in
            parallelChunks(of: result.rows, chunkSize: 2048, threadCount: threadCount) { _, rows in
                for row in rows {
                    for task in 0..<result.columns {
                        let curve = groups.flatMap { special[task][$0[row]] } ?? general[task]
                        guard let curve else { continue }
                        result.row(row)[task] = Float(curve(Double(result.row(row)[task])))
                    }
                }
            }
        }
        return result
    }

    // MARK: - Coding

    private static let format = ArtefactFormat(
        magic: "VTCALIBR", version: 1, kind: "a calibration")

    /// The calibrator as bytes, which `init(decoding:)` reads back.
    public func encoded() -> [UInt8] { Self.format.encoded(header: self) { _ in } }

    /// Reads what `encoded` wrote.
    ///
    /// - Throws: `corruptArtefact` when bytes are missing, damaged, or of another version, or a curve is
    ///   none.
    public init(decoding bytes: [UInt8]) throws(ModelError) {
        let reader: ArtefactReader
        (self, reader) = try Self.format.reader(bytes, header: Calibrator.self)
        try reader.checkLength(0)
        guard curves.allSatisfy(\.curve.isSound) else {
            throw ModelError(.corruptArtefact, "a curve of the calibration is none")
        }
    }
}

extension CalibrationCurve {
    /// Whether it is finite and never falls.
    var isSound: Bool {
        switch self {
        case .platt(let slope, let intercept):
            slope >= 0 && slope.isFinite && intercept.isFinite
        case .isotonic(let scores, let values):
            !scores.isEmpty && scores.count == values.count
                && (scores + values).allSatisfy(\.isFinite)
                && zip(scores, scores.dropFirst()).allSatisfy { $0 < $1 }
                && zip(values, values.dropFirst()).allSatisfy { $0 <= $1 }
        }
    }
}
