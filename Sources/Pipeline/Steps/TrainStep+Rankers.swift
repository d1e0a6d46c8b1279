import Foundation
import Jobs
import Postgres
import Ranking
import TwoTower

extension TrainStep {
    /// Trains the ranker of each purpose, where there are exposures to learn from.
    ///
    /// A ranker must not read a tower that knows the days it learns from. The one that serves learns from
    /// the days held out and reads the tower that was trained without them; the one that is measured
    /// learns from the days before the split, and a tower is trained for it without those.
    ///
    /// - Parameter baseLength: How long that tower is trained.
    func makeRankers(
        baseLength: TrainingLength, _ context: StepContext, _ report: inout StepReport
    ) throws {
        guard let days = settings.rankerDates(for: context.asOfDate) else { return }
        let store = ModelStore(context: context)
        for purpose in settings.models {
            switch purpose {
            case .base: preconditionFailure("a job does not ask for bases")
            case .evaluation:
                let split = EverythingKnown(asOfDate: days.learnedBefore.lowerBound)
                let data = try LearningData.load(context, settings, split)
                guard !data.isEmpty else {
                    context.progress(
                        "nothing to learn under \(split.summary): no ranker is measured")
                    continue
                }
                try make(
                    .base, on: .load(data, context, settings), length: baseLength, context, &report)
                try makeRanker(
                    .evaluation, reading: store.ofRun(purpose: ModelPurpose.base.rawValue).modelID,
                    days: days.learnedBefore, context, &report)
                try makeFirstStage(
                    .evaluation, asOf: days.learnedBefore.upperBound, context, &report)
            case .serving:
                guard let base = try store.find(purpose: ModelPurpose.evaluation.rawValue) else {
                    context.progress("no evaluation model to read: no ranker serves")
                    continue
                }
                try makeRanker(
                    .serving, reading: base.modelID, days: days.heldOut, context, &report)
                try makeFirstStage(.serving, asOf: days.heldOut.upperBound, context, &report)
            }
        }
    }

    /// Trains the ranker for a purpose and saves it, unless an earlier attempt of the run has.
    private func makeRanker(
        _ purpose: ModelPurpose, reading baseModelID: Int64, days: Range<PostgresDate>,
        _ context: StepContext, _ report: inout StepReport
    ) throws {
        let base = try BaseTower(
            baseModelID, profileAttributes: settings.profileAttributes, settings, context)
        let exposures = try RankerExposures.load(
            .init(
                days: days, knownBefore: days.upperBound, historyLength: ranker.historyLength),
            base, context)
        var description = ModelStore.Description(
            kind: RankerStore.kind, purpose: purpose.rawValue, asOfDate: days.upperBound,
            configuration: try json(ranker), dataHash: exposures?.dataHash ?? "",
            seed: settings.seed, baseModelID: baseModelID)
        guard let exposures else {
            context.progress("no exposures to learn from: no ranker for \(purpose)")
            try context.connection.withTransaction {
                try ModelStore(context: context).clear(description)
            }
            return
        }
        guard try ModelStore(context: context).finished(description) == nil else {
            context.progress("\(purpose) ranker: trained by an earlier attempt")
            return
        }
        var pace = Pace(.seconds(5))
        let (trained, record) = try RankerFitting(
            configuration: ranker, seed: UInt64(bitPattern: Int64(settings.seed)),
            threadCount: settings.threadCount
        ).fit(exposures, baseModelID: baseModelID) { progress in
            try context.stop.check()
            if pace.allows() {
                context.progress("\(purpose) ranker: \(progress.line)")
            }
        }
        description.training = try json(record)
        try context.connection.withTransaction {
            try ModelStore(context: context).clear(description)
            try RankerStore(context: context).save(trained, description)
        }
        report.rowsIn = (report.rowsIn ?? 0) + record.exposureCount * record.epochLosses.count
        report.rowsOut = (report.rowsOut ?? 0) + 1
        report.details["\(purpose)_ranker_exposures"] = .integer(record.exposureCount)
        report.details["\(purpose)_ranker_loss"] = .number(record.epochLosses.last ?? 0)
        report.details["\(purpose)_ranker_data_hash"] = .text(description.dataHash)
    }
}

extension RankerProgress {
    /// One line for people.
    fileprivate var line: String {
        let measured = validation.map { ", held out \(String(format: "%.4f", $0.loss))" }
        return "epoch \(epoch)/\(epochCount), loss \(String(format: "%.4f", epochLoss))"
            + "\(measured ?? ""), \(Int(examplesPerSecond.rounded())) examples/s"
    }
}
