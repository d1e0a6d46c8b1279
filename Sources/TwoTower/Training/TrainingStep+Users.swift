import LinearAlgebra

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
        let userRows = embeddings(self.users.base, rows)
        users.forward(into: userRows, parameters, kernels, dropout: dropout, chunk: chunk)

        let columns = candidates.items.count
        let scores = MutableMatrixView(
            base: logits.base + (rows.lowerBound - slab.lowerBound) * columns, rows: rows.count,
            columns: columns, stride: columns)
        let itemRows = embeddings(items, 0..<columns)
        BLAS.multiply(userRows.readOnly, itemRows.readOnly, transposing: .second, into: scores)
        lane.loss += evaluate(
            CandidateRows(
                scores: scores, range: rows, users: userRows.readOnly, items: itemRows.readOnly),
            task, weights: weights, plain: workspace.plainScores, lane)
        let gradients = embeddings(workspace.gradients.base, 0..<rows.count)
        // The coordinate of the bias is a constant here, and has no gradient: with it, the product
        // would be one column wider than what is fast.
        let learned = 0..<architecture.interaction.dimension
        BLAS.multiply(
            scores.readOnly, itemRows.readOnly.columns(learned), into: gradients.columns(learned))
        if let penalty = objective.penalty {
            lane.loss += penalty.add(userRows.readOnly, to: gradients, kernels) {
                weights[rows.lowerBound + $0]
            }
        }
        users.backward(
            gradients.readOnly, inputGradients: arena.base + rows.lowerBound * layout.userWidth,
            eventGradients: arena.base + layout.eventStart
                + plan.firstPosition * layout.eventWidth,
            parameters, kernels, dropout: dropout, chunk: chunk, denseGradient: lane.dense,
            tableGradients: lane.tables)
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
