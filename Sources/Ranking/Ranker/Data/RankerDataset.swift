import LinearAlgebra
public import NeuralNetwork

/// What a ranker learns from: inputs, and what became of every candidate.
public struct RankerDataset: Sendable {
    /// What is read and predicted.
    public let schema: RankerSchema
    /// Contexts and their candidates.
    public let inputs: RankerInputs
    /// The label of each candidate for each task, NaN where it is not known: shape
    /// `[candidates, tasks]`.
    public let labels: Matrix
    /// The day of each context, in any count; the last days can be held out.
    public let days: [Int32]

    /// A dataset whose parts agree.
    ///
    /// - Throws: `invalidData` when they do not, when a label is out of its task's range, or when a task
    ///   has no label.
    public init(
        schema: RankerSchema, inputs: RankerInputs, labels: Matrix, days: [Int32]
    ) throws(ModelError) {
        try schema.validate()
        try inputs.check(schema)
        guard labels.rows == inputs.candidateCount, labels.columns == schema.tasks.count else {
            throw ModelError(
                .invalidData,
                "labels of shape \(labels.shape) for \(inputs.candidateCount) candidates and"
                    + " \(schema.tasks.count) tasks")
        }
        guard days.count == inputs.contexts.count else {
            throw ModelError(
                .invalidData, "\(days.count) days for \(inputs.contexts.count) contexts")
        }
        for (index, task) in schema.tasks.enumerated() {
            var isLabelled = false
            for row in 0..<labels.rows {
                let label = labels.elements[row * labels.columns + index]
                if label.isNaN { continue }
                isLabelled = true
                guard task.kind == .binary ? label == 0 || label == 1 : label >= 0 && label.isFinite
                else {
                    throw ModelError(
                        .invalidData, "a label of \(task.name) is out of range",
                        hint: task.kind == .binary
                            ? "Use 0 and 1, and NaN where it is not known."
                            : "Use seconds from 0, and NaN where they are not known.")
                }
            }
            guard isLabelled else {
                throw ModelError(.invalidData, "no candidate has a label of \(task.name)")
            }
        }
        self.schema = schema
        self.inputs = inputs
        self.labels = labels
        self.days = days
    }
}
