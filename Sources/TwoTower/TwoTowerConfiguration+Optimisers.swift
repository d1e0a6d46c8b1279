import NeuralNetwork

extension TwoTowerConfiguration {
    /// The optimiser of the tables that the configuration names.
    var tableOptimiserValue: any TableOptimiser {
        switch tableOptimiser {
        case .rowWiseAdagrad: RowWiseAdagrad(decay: tableDecay)
        case .adagrad: Adagrad(decay: tableDecay)
        case .lazyAdam: LazyAdam(decay: tableDecay)
        }
    }

    /// The optimiser of the dense layers that the configuration names.
    var denseOptimiserValue: any DenseOptimiser {
        switch denseOptimiser {
        case .adam: Adam(penalty: denseDecay)
        case .adamW: Adam(decay: denseDecay)
        }
    }

    /// The course of the learning rates over so many batches.
    func schedule(stepCount: Int) -> LearningRateSchedule {
        LearningRateSchedule(
            shape: learningRateSchedule, warmUp: warmUpBatches, stepCount: stepCount,
            finalShare: finalLearningRateShare)
    }
}
