import LinearAlgebra
import NeuralNetwork

/// Which candidates of a dataset are learned from, and which held out.
struct RankerSplit: Sendable {
    /// The contexts that are learned from.
    let training: [Int32]
    /// Candidates of the last days; none when nothing is held out.
    let validation: RankerExamples

    /// - Throws: `invalidData` when no candidate is left to learn from.
    init(_ dataset: RankerDataset, validationDays: Int) throws(ModelError) {
        let offsets = dataset.inputs.candidateOffsets
        let lastDay = dataset.days.max() ?? 0
        var (training, validation) = ([Int32](), RankerExamples())
        var isEmpty = true
        for (context, day) in dataset.days.enumerated() {
            let candidates = offsets[context]..<offsets[context + 1]
            if validationDays > 0 && Int(day) > Int(lastDay) - validationDays {
                validation.rows += candidates.map { Int32($0) }
                validation.contexts += candidates.map { _ in Int32(context) }
            } else {
                training.append(Int32(context))
                isEmpty = isEmpty && candidates.isEmpty
            }
        }
        guard !isEmpty else {
            throw ModelError(
                .invalidData, "no candidate is left to learn from",
                hint: "Give the ranker more days, or hold out fewer.")
        }
        validation.weights = [Float](repeating: 1, count: validation.count)
        self.training = training
        self.validation = validation
    }

    /// The candidates of an epoch, contexts in an order of its own.
    ///
    /// Of those without a positive label, this share is drawn, and weighs its inverse: an estimate of the
    /// loss over all of them without bias, so that nothing has to be corrected when the model serves.
    func epoch(
        _ dataset: RankerDataset, negativeShare: Float, using generator: inout SeededGenerator
    ) -> RankerExamples {
        let offsets = dataset.inputs.candidateOffsets
        let taskCount = dataset.schema.tasks.count
        var examples = RankerExamples()
        dataset.labels.elements.withUnsafeBufferPointer { labels in
            for context in training.shuffled(using: &generator) {
                for row in offsets[Int(context)]..<offsets[Int(context) + 1] {
                    let isPositive = (0..<taskCount).contains { labels[row * taskCount + $0] > 0 }
                    if negativeShare < 1 && !isPositive && generator.uniform() >= negativeShare {
                        continue
                    }
                    examples.rows.append(Int32(row))
                    examples.contexts.append(context)
                    examples.weights.append(isPositive ? 1 : 1 / negativeShare)
                }
            }
        }
        return examples
    }

    /// All candidates that are learned from, in order.
    func trainingRows(_ dataset: RankerDataset) -> [Int] {
        let offsets = dataset.inputs.candidateOffsets
        return training.flatMap { offsets[Int($0)]..<offsets[Int($0) + 1] }
    }
}
