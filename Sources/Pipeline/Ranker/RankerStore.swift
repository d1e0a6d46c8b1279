import Foundation
import Jobs
import Postgres
import Ranking

/// Rankers in `model.models`, `model.artefacts` and `model.calibrations`.
struct RankerStore {
    static let kind = "ranker"

    let context: StepContext

    /// Saves a ranker in the transaction that is open.
    ///
    /// - Parameter description: With its base and what training said of itself.
    func save(_ trained: TrainedRanker, _ description: ModelStore.Description) throws {
        let modelID = try ModelStore(context: context).save(
            description, artefact: trained.ranker.encoded())
        try context.connection.copyIn(
            into: "model.calibrations",
            columns: [
                "model_id", "task_name", "surface", "observation_count", "slope", "intercept",
                "scores", "predictions",
            ]
        ) { writer in
            for curve in trained.calibrator.curves {
                try writer.row { writer in
                    writer.append(modelID)
                    writer.append(curve.taskName)
                    writer.append(curve.group.map { trained.surfaces[Int($0)] } ?? "")
                    writer.append(Int64(curve.count))
                    switch curve.curve {
                    case .platt(let slope, let intercept):
                        writer.append(slope)
                        writer.append(intercept)
                        writer.append([Double]())
                        writer.append([Double]())
                    case .isotonic(let scores, let values):
                        writer.appendNull()
                        writer.appendNull()
                        writer.append(scores)
                        writer.append(values)
                    }
                }
            }
        }
    }

    /// The ranker that goes with a two-tower: that of the same run and purpose, where the bytes of both
    /// it and its base are kept.
    func find(forTower modelID: Int64) throws -> Int64? {
        try context.connection.first(
            try context.query("rank/ranker_of_tower", ["model_id": Bind(modelID)]), as: Int64.self)
    }

    /// Reads a ranker and its base.
    ///
    /// - Throws: ``PipelineError`` when it is no longer kept.
    func load(
        _ modelID: Int64, _ settings: PipelineSettings
    ) throws -> (ranker: TrainedRanker, base: BaseTower) {
        let row = try context.connection.first(
            try context.query("rank/ranker", ["model_id": Bind(modelID)]),
            as: (Int64, [String], JSONB).self)
        guard let (baseModelID, profileAttributes, training) = row else {
            throw PipelineError("there is no ranker \(modelID)", hint: "Train again.")
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let record = try decoder.decode(
            RankerFitting.Record.self, from: Data(training.text.utf8))
        let trained = TrainedRanker(
            ranker: try Ranker(
                decoding: try ModelStore(context: context).bytes(of: modelID)),
            calibrator: Calibrator(curves: try curves(of: modelID, surfaces: record.surfaces)),
            surfaces: record.surfaces, servingSurface: record.servingSurface,
            baseModelID: baseModelID)
        return (
            trained,
            try BaseTower(baseModelID, profileAttributes: profileAttributes, settings, context)
        )
    }

    private func curves(of modelID: Int64, surfaces: [String]) throws -> [Calibrator.Curve] {
        try context.connection.query(
            try context.query("rank/calibrations", ["model_id": Bind(modelID)]),
            as: (String, String, Int64, Double?, Double?, [Double], [Double]).self
        ).map { task, surface, count, slope, intercept, scores, predictions in
            let curve: CalibrationCurve =
                if let slope, let intercept {
                    .platt(slope: slope, intercept: intercept)
                } else {
                    .isotonic(scores: scores, values: predictions)
                }
            return Calibrator.Curve(
                taskName: task,
                group: surfaces.firstIndex(of: surface).map { Int32($0) },
                count: Int(count), curve: curve)
        }
    }
}
