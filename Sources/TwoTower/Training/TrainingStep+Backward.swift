import LinearAlgebra

extension TrainingStep {
    func userBackward(
        _ task: Task, chunk: Int, _ rows: Range<Int>, _ weights: [Float]
    ) {
        let workspace = userChunks[chunk]
        let columns = candidates.items.count
        let scores = MutableMatrixView(
            base: logits + rows.lowerBound * columns, rows: rows.count, columns: columns,
            stride: columns)
        let (userRows, itemRows) = (embeddings(users, rows), embeddings(items, 0..<columns))
        BLAS.multiply(
            userRows.readOnly, itemRows.readOnly, transposing: .second, into: scores)
        correct(scores, task, rows)
        workspace.loss = candidates.positives.withUnsafeBufferPointer { positives in
            weights.withUnsafeBufferPointer { weights in
                loss.evaluate(
                    scores, positives: positives.baseAddress! + rows.lowerBound,
                    weights: weights.baseAddress! + rows.lowerBound, kernels)
            }
        }
        let gradients = embeddings(userGradients, rows)
        BLAS.multiply(scores.readOnly, itemRows.readOnly, into: gradients)
        architecture.interaction.backward(
            userPass.output(rows).readOnly, userPass.outputGradient(rows), gradients.readOnly,
            .user, kernels)
        let dense = denseGradients[chunk]
        (dense + architecture.userDense.lowerBound).update(
            repeating: 0, count: architecture.userDense.count)
        userPass.backward(
            rows, workspace.bags, parameters, kernels, dropout: dropout(task, 1), chunk: chunk,
            denseGradient: dense, tableGradients: workspace.tableGradients)
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

    func itemBackward(_ task: Task, rows: Int, chunk: Int, _ columns: Range<Int>) {
        let workspace = itemChunks[chunk]
        let count = candidates.items.count
        let scores = MatrixView(base: logits, rows: rows, columns: count, stride: count)
        let gradients = embeddings(itemGradients, columns)
        BLAS.multiply(
            scores.columns(columns), embeddings(users, 0..<rows).readOnly, transposing: .first,
            into: gradients)
        architecture.interaction.backward(
            itemPass.output(columns).readOnly, itemPass.outputGradient(columns),
            gradients.readOnly, .item, kernels)
        let dense = denseGradients[userChunks.count + chunk]
        (dense + architecture.itemDense.lowerBound).update(
            repeating: 0, count: architecture.itemDense.count)
        itemPass.backward(
            columns, workspace.bags, parameters, kernels, dropout: dropout(task, 2),
            chunk: chunk, denseGradient: dense, tableGradients: workspace.tableGradients)
    }
}
