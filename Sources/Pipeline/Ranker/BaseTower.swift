import Jobs
import Postgres
import TwoTower

/// The two-tower whose embeddings and scores a ranker reads.
///
/// It was trained as of the start of the days that the ranker learns from. A tower that had learned
/// those days would know their labels, and the ranker would trust its scores more than they deserve
/// on the days to come. The ranker goes on reading the same tower when it serves, so that the numbers
/// mean what they meant in training; the tower that serves has the term `affinity`.
struct BaseTower: Sendable {
    let modelID: Int64
    let model: TwoTowerModel
    let vocabularies: Vocabularies
    /// Those of the job, with the inputs that the tower reads.
    let settings: PipelineSettings

    init(
        _ modelID: Int64, profileAttributes: [String], _ settings: PipelineSettings,
        _ context: StepContext
    ) throws {
        let artefact = try ModelStore(context: context).load(modelID)
        self.modelID = modelID
        model = artefact.model
        vocabularies = artefact.vocabularies
        self.settings = settings.reading(model, profileAttributes: profileAttributes)
    }
}
