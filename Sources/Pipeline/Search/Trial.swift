import TwoTower

/// One configuration of a study, to be trained and measured.
struct Trial: Equatable {
    /// Place in the study, from 1.
    var number: Int
    var name: String
    var configuration: TwoTowerConfiguration
    /// Seed of the training.
    var seed: Int
    var itemNumbers: ItemNumbers

    /// The same trial with the training of a rung.
    func on(_ rung: Rung) -> Trial {
        var trial = self
        if let epochs = rung.epochs { trial.configuration.epochs = epochs }
        return trial
    }
}

/// A round of a study.
struct Rung: Equatable {
    /// Trials that take part, at most: the best of the round before.
    var trialCount: Int
    /// Epochs of each training; nil for those that the trial says.
    var epochs: Int?
}
