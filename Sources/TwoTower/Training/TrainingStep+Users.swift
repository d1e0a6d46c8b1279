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
        for run in plan.runs {
            users.append(task.examples[run.rows], window: run.window) {
                hidden(task, row: run.rows.lowerBound + $0)
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
        correct(scores, task, rows)
        lane.loss += candidates.positives.withUnsafeBufferPointer { positives in
            weights.withUnsafeBufferPointer { weights in
                loss.evaluate(
                    scores, positives: positives.baseAddress! + rows.lowerBound,
                    weights: weights.baseAddress! + rows.lowerBound, kernels)
            }
        }
        let gradients = embeddings(workspace.gradients.base, 0..<rows.count)
        BLAS.multiply(scores.readOnly, itemRows.readOnly, into: gradients)
        users.backward(
            gradients.readOnly, inputGradients: arena.base + rows.lowerBound * layout.userWidth,
            eventGradients: arena.base + layout.eventStart
                + plan.firstPosition * layout.eventWidth,
            parameters, kernels, dropout: dropout, chunk: chunk, denseGradient: lane.dense,
            tableGradients: lane.tables)
    }

    private func hidden(_ task: Task, row: Int) -> TowerInputs.Hidden {
        guard let seed = task.dropoutSeed else { return [] }
        let configuration = architecture.configuration
        var hidden = TowerInputs.Hidden()
        var draws = SplitMix64(state: seed ^ 1 << 60 ^ UInt64(row))
        if draws.share() < configuration.userIdDropout { hidden.insert(.id) }
        if draws.share() < configuration.historyDropout { hidden.insert(.history) }
        return hidden
    }

    /// Adds the log-Q corrections and masks what is not a negative for the row.
    private func correct(_ scores: MutableMatrixView, _ task: Task, _ rows: Range<Int>) {
        let candidates = candidates
        let offsets = inputs.sequences.offsets
        let masksOwnEvents = architecture.configuration.masksOwnEvents
        candidates.corrections.withUnsafeBufferPointer { corrections in
            candidates.candidateOfItem.withUnsafeBufferPointer { candidateOfItem in
                inputs.sequences.items.withUnsafeBufferPointer { events in
                    for row in 0..<rows.count {
                        let x = scores.row(row)
                        let positive = Int(candidates.positives[rows.lowerBound + row])
                        let score =
                            x[positive]
                            + candidates.positiveCorrections[rows.lowerBound + row]
                        kernels.axpy(1, corrections.baseAddress!, x, scores.columns)
                        if masksOwnEvents {
                            let user = Int(task.examples[rows.lowerBound + row].user)
                            for event in offsets[user]..<offsets[user + 1] {
                                let candidate = candidateOfItem[Int(events[event])]
                                if candidate >= 0 { x[Int(candidate)] = -.infinity }
                            }
                        }
                        x[positive] = score
                    }
                }
            }
        }
    }
}

extension SplitMix64 {
    /// A number in 0 ..< 1.
    mutating func share() -> Float { Float(next() >> 40) * 0x1p-24 }
}
