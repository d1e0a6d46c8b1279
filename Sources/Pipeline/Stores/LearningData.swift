import Jobs
import LinearAlgebra
import Postgres
import TwoTower

/// Items and users as a model learns them on one side of a split.
struct LearningData {
    let split: any EvaluationSplit
    let items: ItemTable
    /// With the histories that may be learned.
    let users: UserTable
    /// The same users with all that was known of them, held out or not.
    let completeUsers: UserTable
    /// What the indexes of both stand for.
    let vocabularies: Vocabularies

    static func load(
        _ context: StepContext, _ settings: PipelineSettings, _ split: any EvaluationSplit
    ) throws -> LearningData {
        var vocabularies = Vocabularies()
        let items = try ItemTable.load(
            context, asOf: split.asOfDate, extending: &vocabularies,
            contentEncoders: settings.contentEncoders)
        let users = try UserTable.load(
            context, settings, asOf: split.asOfDate, vocabularies: &vocabularies, learning: true)
        return LearningData(
            split: split, items: items, users: split.learned(from: users),
            completeUsers: users, vocabularies: vocabularies)
    }

    /// Whether there is nothing to learn.
    var isEmpty: Bool { users.sequences.items.isEmpty || items.ids.count == 0 }
}
