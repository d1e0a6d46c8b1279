import LinearAlgebra
import NeuralNetwork

extension TrainingStep {
    /// Takes one chunk of users from histories to gradients; `slab` are the rows whose logits are
    /// kept.
    func userPass(
        _ task: Task, _ plan: BatchPlan.Chunk, _ chunk: Int, _ weights: [Float], _ lane: Lane,
        _ slab: Range<Int>, _ layout: ArenaLayout
    ) {
        let workspace =
            userWorkspaces.withLock { $0.popLast() }
            ?? UserWorkspace(inputs, capacity: chunkCapacity)
        defer { userWorkspaces.withLock { $0.append(workspace) } }
        let users = workspace.chunk
        users.removeAll()
        inputs.sequences.prefetch(plan.runs.lazy.map(\.window), kernels)
        let dropoutSeed = task.dropoutSeed
        for run in plan.runs {
            users.append(task.examples[run.rows], window: run.window) {
                hidden(dropoutSeed, row: run.rows.lowerBound + $0)
            }
        }
        let rows = plan.rows
        let dropout = dropout(task, 1)
        let scored = scoredRows(rows)
        let userRows = embeddings(self.users.base, scored)
        let columns = candidates.items.count
        let itemRows = embeddings(items, 0..<columns)
        let vectors = vectors(of: rows.count, userRows, workspace)
        users.forward(into: vectors, parameters, kernels, dropout: dropout, chunk: chunk)
        mixInterests(rows, vectors.readOnly, itemRows.readOnly, into: userRows, workspace)

        let firstLogit = scored.lowerBound - scoredRows(slab).lowerBound
        let products = MutableMatrixView(
            base: logits.base + firstLogit * columns, rows: userRows.rows, columns: columns,
            stride: columns)
        BLAS.multiply(userRows.readOnly, itemRows.readOnly, transposing: .second, into: products)
        let scores = chooseInterests(products, workspace)
        lane.loss += evaluate(
            CandidateRows(
                scores: scores, range: rows, users: userRows.readOnly, items: itemRows.readOnly),
            task, weights: weights, plain: workspace.plainScores, lane)
        chooseInterestsBackward(scores.readOnly, into: products)
        let userGradients = embeddings(workspace.gradients.base, 0..<userRows.rows)
        // The coordinate of the bias is a constant here, and has no gradient: with it, the product
        // would be one column wider than what is fast.
        let learned = 0..<architecture.interaction.dimension
        BLAS.multiply(
            products.readOnly, itemRows.readOnly.columns(learned),
            into: userGradients.columns(learned))
        let gradients = mixInterestsBackward(
            rows, vectors.readOnly, itemRows.readOnly, userGradients, workspace)
        let interestCount = architecture.configuration.interestCount
        if let penalty = objective.penalty {
            lane.loss += penalty.add(vectors.readOnly, to: gradients, kernels) {
                weights[rows.lowerBound + $0 / interestCount] / Float(interestCount)
            }
        }
        users.backward(
            gradients.readOnly,
            inputGradients: updater.arena.base + rows.lowerBound * interestCount * layout.userWidth,
            eventGradients: updater.arena.base + layout.eventStart
                + plan.firstPosition * layout.eventWidth,
            parameters, kernels, dropout: dropout, chunk: chunk,
            denseGradient: lane.gradients.dense,
            tableGradients: lane.gradients.tables)
    }

    private func hidden(_ seed: UInt64?, row: Int) -> TowerInputs.Hidden {
        guard let seed else { return [] }
        let configuration = architecture.configuration
        var hidden = TowerInputs.Hidden()
        var draws = SplitMix64(state: seed ^ 1 << 60 ^ UInt64(row))
        if draws.share() < configuration.userIdDropout { hidden.insert(.id) }
        if draws.share() < configuration.historyDropout { hidden.insert(.history) }
        return hidden
    }
}

extension SplitMix64 {
    /// A number in 0 ..< 1.
    mutating func share() -> Float { Float(next() >> 40) * 0x1p-24 }
}
