import TwoTower

extension PipelineSettings {
    /// The same settings with the inputs that a trained model reads, whatever the job names now.
    ///
    /// - Parameter profileAttributes: Those on record with the model; its artefact names the rest.
    func reading(_ model: TwoTowerModel, profileAttributes: [String]) -> PipelineSettings {
        var settings = self
        settings.profileAttributes = profileAttributes
        settings.profileNumbers = model.profileNumberNames
        settings.contentEncoders = model.contentNames
        settings.itemNumbers = model.numericFeatureNames.isEmpty ? .none : .daily
        return settings
    }
}
