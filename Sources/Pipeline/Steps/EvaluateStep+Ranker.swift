import Foundation
import Jobs
import Postgres
import Ranking

extension EvaluateStep {
    /// Measures the ranker task by task on what was shown on the days held out, beside a logistic regression
    /// that learns from the same exposures.
    ///
    /// - Returns: Rows written.
    func measureRanker(
        _ rankerID: Int64, _ settings: PipelineSettings, _ context: StepContext
    ) throws -> Int {
        guard let days = settings.rankerDates(for: context.asOfDate) else { return 0 }
        let (ranker, base) = try RankerStore(context: context).load(rankerID, settings)
        let split = settings.split(for: context.asOfDate)
        guard let until = (split as? TimeSplit)?.untilDate,
            let evaluation = try RankerEvaluation(
                ranker, base, days: split.asOfDate..<until, context)
        else {
            context.progress("no exposures on the days held out: the ranker is not measured")
            return 0
        }
        let asTrained = evaluation.asTrained()
        var rows = try record([asTrained, try evaluation.recalibrated()], of: rankerID, context)
        try context.stop.check()

        let configuration = RankerConfiguration.logistic
        guard
            let learned = try RankerExposures.load(
                .init(
                    days: days.learnedBefore, knownBefore: days.learnedBefore.upperBound,
                    historyLength: configuration.historyLength, ranker: ranker), base, context)
        else { return rows }
        let (logistic, _) = try RankerFitting(
            configuration: configuration, seed: ranker.ranker.seed,
            threadCount: settings.threadCount
        ).fit(learned, baseModelID: base.modelID) { _ in try context.stop.check() }
        let figures = try evaluation.measuring(logistic).asTrained()
        try context.connection.withTransaction {
            let modelID = try ModelStore(context: context).save(
                ModelStore.Description(
                    kind: "logistic", purpose: ModelPurpose.evaluation.rawValue,
                    asOfDate: split.asOfDate, configuration: "{}", dataHash: learned.dataHash,
                    seed: settings.seed))
            rows += try MetricStore(context: context).save(
                figures.values, of: modelID, protocol: figures.summary)
        }
        for (name, figures) in [("ranker", asTrained), ("logistic", figures)] {
            context.progress("\(name): \(figures.line)")
        }
        return rows
    }

    private func record(
        _ figures: [RankerEvaluation.Figures], of modelID: Int64, _ context: StepContext
    ) throws -> Int {
        let store = MetricStore(context: context)
        return try context.connection.withTransaction {
            try figures.reduce(0) {
                try $0 + store.save($1.values, of: modelID, protocol: $1.summary)
                    + store.saveReliability($1, of: modelID)
            }
        }
    }
}

extension RankerEvaluation.Figures {
    /// The AUC of each task, in one line.
    fileprivate var line: String {
        values.filter { $0.name.hasSuffix("_auc") }.map {
            "\($0.name.dropLast(4)) \(String(format: "%.4f", $0.value))"
        }.joined(separator: ", ")
    }
}
