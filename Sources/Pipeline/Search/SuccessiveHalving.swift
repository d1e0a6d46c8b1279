/// Many configurations are trained briefly, and each round trains the best of the last one longer.
///
/// With η = ``factor``, round k, from 0, trains max(1, ⌊n / ηᵏ⌋) configurations for
/// min(``lastEpochs``, ``firstEpochs`` · ηᵏ) epochs; the last round is that with ``lastEpochs``. A
/// round of one leads straight to the last.
///
/// Every round trains from the beginning instead of going on with the parameters of the round
/// before: learning rates fall until the last epoch, so that a training which was planned to be
/// short is not the first part of a long one. The winner's figures are then those that the job has
/// with its settings. That takes η / (η − 1) times as long as going on would, at most.
///
/// Source: Jamieson, Talwalkar, "Non-stochastic best arm identification and hyperparameter
/// optimization", AISTATS 2016; the geometric rounds as in Li, Jamieson, DeSalvo, Rostamizadeh,
/// Talwalkar, "Hyperband", JMLR 18, 2018, Algorithm 1.
struct SuccessiveHalving: Equatable {
    /// One in so many goes on, and is trained so many times as long: η, at least 2.
    var factor: Int
    /// Epochs in the first round.
    var firstEpochs: Int
    /// Epochs in the last round, no fewer than in the first.
    var lastEpochs: Int

    func rungs(trialCount: Int) -> [Rung] {
        var rungs: [Rung] = []
        var (count, epochs) = (trialCount, firstEpochs)
        while epochs < lastEpochs && count > 1 {
            rungs.append(Rung(trialCount: count, epochs: epochs))
            count = max(1, count / factor)
            epochs = min(lastEpochs, epochs * factor)
        }
        return rungs + [Rung(trialCount: count, epochs: lastEpochs)]
    }
}
