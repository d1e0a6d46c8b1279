/// How long a training lasts.
public enum TrainingLength: Sendable, Equatable, Codable {
    /// As the configuration says: all epochs, or until what is held out is ranked no better.
    case configured
    /// This share of the batches of all epochs, in 0 ... 1, and nothing held out: for training on
    /// everything as long as another training found best. The learning rates move as if all
    /// batches were to come.
    case share(Double)
}
