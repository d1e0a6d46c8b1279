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
        let candidateRows = CandidateRows(
            scores: scores, range: rows, users: userRows.readOnly, items: itemRows.readOnly)
        var tally = SamplerTally(sourceCount: sources.names.count)
        candidates.mask(
            candidateRows, task.examples, inputs.sequences,
            masksOwnEvents: architecture.configuration.masksOwnEvents,
            hardNegatives: sources.hardNegatives, step: 1,
            dimension: architecture.configuration.embeddingDimension, into: &tally, kernels)
        candidates.correct(candidateRows, kernels)
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
