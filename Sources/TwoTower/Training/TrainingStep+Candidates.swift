import LinearAlgebra
import NeuralNetwork

extension TrainingStep {
    /// Draws the candidates of a batch.
    func drawCandidates(_ task: Task, using generator: inout SeededGenerator) {
        sources.queue?.expire(step: task.step)
        candidates.draw(
            for: BatchPositives(
                examples: task.examples,
                items: task.examples.map { inputs.sequences.items[Int($0.event)] },
                popularity: task.group.popularity, day: task.group.day, step: task.step),
            from: sources, days: inputs.sequences.days, isCorrected: objective.isCorrected,
            using: &generator)
        let embedded = candidates.embeddedCount
        objective.concentration?.prepare(candidates.items[..<embedded])
        if objective.spread != nil {
            spreadShift = embedded > 1 ? 1 + generator.index(below: embedded - 1) : 0
        }
    }

    /// Copies the embeddings of candidates that the queue has behind those of the others.
    func copyQueue() {
        guard let queue = sources.queue, !candidates.queueSlots.isEmpty else { return }
        let slots = candidates.queueSlots
        let first = candidates.embeddedCount
        queue.embeddings.withUnsafeBufferPointer { source in
            let source = TableView(
                base: UnsafeMutableRawPointer(mutating: source.baseAddress!), width: queue.width,
                storage: .float32)
            parallelChunks(of: slots.count, chunkSize: 512, threadCount: threadCount) { _, range in
                for row in range {
                    source.read(slots[row], into: items + (first + row) * source.width)
                }
            }
        }
    }

    /// Turns the scores of some rows into gradients of the objective, and returns its weighted sum.
    ///
    /// - Parameters:
    ///   - plain: Takes a copy of the scores where the objective needs one.
    ///   - weights: The weight of each row of the batch.
    func evaluate(
        _ rows: CandidateRows, _ task: Task, weights: [Float], plain: FloatBuffer, _ lane: Lane
    ) -> Double {
        let configuration = architecture.configuration
        candidates.mask(
            rows, task.examples, inputs.sequences, masksOwnEvents: configuration.masksOwnEvents,
            hardNegatives: sources.hardNegatives, step: task.step,
            dimension: configuration.embeddingDimension, into: &lane.tally, kernels)
        var shown: MutableMatrixView?
        if objective.concentration != nil {
            let columns = candidates.embeddedCount
            let copy = MutableMatrixView(
                base: plain.reserve(rows.range.count * columns), rows: rows.range.count,
                columns: columns, stride: columns)
            for row in 0..<copy.rows {
                copy.row(row).update(from: rows.scores.row(row), count: columns)
            }
            shown = copy
        }
        candidates.correct(rows, kernels)
        return weights.withUnsafeBufferPointer { weights in
            let weights = weights.baseAddress! + rows.range.lowerBound
            var sum = candidates.positives.withUnsafeBufferPointer { positives in
                objective.loss.evaluate(
                    rows.scores, positives: positives.baseAddress! + rows.range.lowerBound,
                    weights: weights, kernels)
            }
            if let shown, let concentration = objective.concentration {
                sum += concentration.add(shown, to: rows.scores, weights: weights, kernels)
            }
            return sum
        }
    }

    /// Adds what the objective asks of the embeddings of some candidates to their gradients, and
    /// returns the weighted sum of that.
    func regularise(_ columns: Range<Int>) -> Double {
        let embedded = candidates.embeddedCount
        var sum = 0.0
        if let spread = objective.spread, spreadShift > 0 {
            sum += spread.add(
                columns, embeddings(items, 0..<embedded).readOnly,
                to: embeddings(itemGradients, 0..<embedded), shift: spreadShift, kernels)
        }
        if let penalty = objective.penalty {
            sum += penalty.add(
                embeddings(items, columns).readOnly, to: embeddings(itemGradients, columns), kernels
            ) { _ in 1 / Float(embedded) }
        }
        return sum
    }

    /// How each source did over the batches so far.
    var samplers: [SamplerReport] { tally.reports(sources.names) }

    /// Keeps what later batches need of the one that was computed last: the embeddings of its
    /// positives, and its counts.
    func remember(_ task: Task) {
        for lane in userLanes { tally += lane.tally }
        guard sources.queue != nil else { return }
        var seen: Set<Int32> = []
        let positives = candidates.positives.filter { seen.insert($0).inserted }
        let width = architecture.interaction.width
        sources.queue?.push(
            positives.map { candidates.items[Int($0)] }, rowCount: task.examples.count,
            step: task.step, day: task.group.day, kernels
        ) { UnsafePointer(items) + Int(positives[$0]) * width }
    }
}
