/// How the examples of a batch are cut into chunks of users.
struct BatchPlan: Sendable {
    /// Examples of one user that share a history.
    struct Run: Sendable {
        let rows: Range<Int>
        /// The events of the history.
        let window: Range<Int>
    }

    /// Rows that one worker takes at a time.
    struct Chunk: Sendable {
        let rows: Range<Int>
        /// Runs that cover the rows, in order.
        let runs: [Run]
        /// The first of its positions among those of the batch.
        let firstPosition: Int
    }

    let chunks: [Chunk]
    /// The most positions of histories that the batch can have; 0 where histories are pooled.
    let positionCount: Int

    init(
        _ examples: [Example], _ sequences: Sequences, historyLength: Int, hasSequences: Bool,
        chunkCapacity: Int
    ) {
        var chunks: [Chunk] = []
        var (runs, firstRow, positions, firstPosition) = ([Run](), 0, 0, 0)
        func close(_ row: Int) {
            if row == firstRow { return }
            chunks.append(
                Chunk(rows: firstRow..<row, runs: runs, firstPosition: firstPosition))
            (runs, firstRow, firstPosition) = ([], row, positions)
        }
        var row = 0
        while row < examples.count {
            var window = sequences.window(
                first: examples[row], last: examples[row], length: historyLength)!
            var end = row + 1
            while hasSequences, end < examples.count, end - row < chunkCapacity,
                let longer = sequences.window(
                    first: examples[row], last: examples[end], length: historyLength)
            {
                window = longer
                end += 1
            }
            // A hidden history is a sequence of one position of its own.
            let length = hasSequences ? 1 + window.count + (end - row) : 0
            if end - firstRow > chunkCapacity
                || positions - firstPosition + length > TrainingStep.positionLimit
            {
                close(row)
            }
            runs.append(Run(rows: row..<end, window: window))
            positions += length
            row = end
        }
        close(row)
        self.chunks = chunks
        positionCount = positions
    }

    /// Chunks whose logits are kept at the same time: as many as the limit allows, and at least four,
    /// so that there is work for several threads.
    func slabs(columns: Int, logitLimit: Int) -> [Range<Int>] {
        var slabs: [Range<Int>] = []
        var start = 0
        for end in 1...chunks.count {
            let isLast = end == chunks.count
            let rows = isLast ? 0 : chunks[end].rows.upperBound - chunks[start].rows.lowerBound
            if isLast || (rows * columns > logitLimit && end - start >= 4) {
                slabs.append(start..<end)
                start = end
            }
        }
        return slabs
    }
}
