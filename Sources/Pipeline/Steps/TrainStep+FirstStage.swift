import Foundation
import Jobs
import Postgres
import Ranking

extension TrainStep {
    /// Distils the first stage of the ranker for a purpose and saves it, unless an earlier attempt of the
    /// run has, or the two-tower's score chooses as well.
    func makeFirstStage(
        _ purpose: ModelPurpose, asOf date: PostgresDate, _ context: StepContext,
        _ report: inout StepReport
    ) throws {
        let store = ModelStore(context: context)
        guard let ranker = try store.find(kind: RankerStore.kind, purpose: purpose.rawValue) else {
            return
        }
        var description = ModelStore.Description(
            kind: FirstStageStore.kind, purpose: purpose.rawValue, asOfDate: date,
            configuration: try json(FirstStage.configuration),
            dataHash: "ranker \(ranker.modelID)", seed: settings.seed,
            baseModelID: ranker.modelID)
        guard try store.finished(description) == nil else {
            context.progress("\(purpose) first stage: distilled by an earlier attempt")
            return
        }
        let tower = try BaseTower(
            store.ofRun(purpose: purpose.rawValue).modelID,
            profileAttributes: settings.profileAttributes, settings, context)
        let found = try FirstStageDistillation(context: context, settings: settings, date: date)
            .distil(rankerID: ranker.modelID, tower: tower)
        try context.connection.withTransaction { try store.clear(description) }
        guard let (model, record) = found else {
            context.progress(
                "no user has more candidates than the second stage takes: no first stage")
            return
        }
        report.details["\(purpose)_first_stage_kept_share"] = .number(record.keptShare)
        report.details["\(purpose)_first_stage_kept_share_by_tower"] = .number(
            record.keptShareByTower)
        context.progress("\(purpose) first stage: \(record.line)")
        guard record.keptShare > record.keptShareByTower else {
            context.progress("the two-tower's score keeps as much: it decides in the first stage")
            return
        }
        description.training = try json(record)
        try context.connection.withTransaction {
            try FirstStageStore(context: context).save(model, description)
        }
        report.rowsOut = (report.rowsOut ?? 0) + 1
    }
}

extension FirstStageDistillation.Record {
    /// One line for people.
    fileprivate var line: String {
        func share(_ number: Double) -> String { String(format: "%.4f", number) }
        return "lets through \(share(keptShare)) of what the second stage keeps,"
            + " the two-tower's score \(share(keptShareByTower))"
    }
}
