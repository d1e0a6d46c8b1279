import LinearAlgebra
import TwoTower

/// The least time that a batch can take on this machine: its matrix products at the speed that each
/// shape reaches alone, and the table rows that it touches at the speed of memory.
struct Floor {
    /// Seconds for all matrix products of a batch.
    let productSeconds: Double
    /// Floating-point operations of those products.
    let operations: Double
    /// Rows that a batch reads, and seconds to read them.
    let readRows: Double
    let readSeconds: Double
    /// Different rows that a batch changes, and seconds to read and write each once.
    let changedRows: Double
    let changeSeconds: Double

    var seconds: Double { productSeconds + readSeconds + changeSeconds }

    /// Measures with the rows of some batches drawn from the examples.
    init(_ workload: Workload, threadCount: Int, seed: UInt64) {
        let sample = RowSample(workload, batches: 16, seed: seed)
        let batches = Double(sample.batches.count)
        let candidates = sample.batches.reduce(0) { $0 + $1.candidates } / sample.batches.count
        let products = workload.products(candidates: candidates)
        productSeconds = products.reduce(0) { $0 + $1.seconds(threadCount: threadCount) }
        operations = products.reduce(0) { $0 + $1.operations }
        readRows = Double(sample.batches.reduce(0) { $0 + $1.read.count }) / batches
        changedRows = Double(sample.batches.reduce(0) { $0 + $1.changed.count }) / batches

        let width = workload.configuration.embeddingDimension
        var table = Matrix(rows: sample.tableRows, columns: width, repeating: 0.5)
        let kernels = Kernels.best
        let clock = ContinuousClock()
        var (reading, changing) = (Duration.seconds(1_000_000), Duration.seconds(1_000_000))
        for _ in 0..<3 {
            table.withMutableView { table in
                reading = min(
                    reading,
                    clock.measure {
                        sample.forEachPart(threadCount, \.read) { rows in
                            kernels.addRows(rows, of: table.readOnly)
                        }
                    })
                changing = min(
                    changing,
                    clock.measure {
                        sample.forEachPart(threadCount, \.changed) { rows in
                            for row in rows { kernels.scale(0.999, table.row(Int(row)), width) }
                        }
                    })
            }
        }
        readSeconds = reading / .seconds(1) / batches
        changeSeconds = changing / .seconds(1) / batches
    }
}

extension Kernels {
    /// Reads rows of a table as pooling does.
    fileprivate func addRows(_ rows: UnsafeBufferPointer<UInt32>, of table: MatrixView) {
        let weights = [Float](repeating: 1, count: rows.count)
        var sum = Matrix(rows: 1, columns: table.columns)
        sum.withMutableView { sum in
            [0, rows.count].withUnsafeBufferPointer { offsets in
                weights.withUnsafeBufferPointer { weights in
                    multiply(
                        SparseRows(
                            count: 1, offsets: offsets.baseAddress!,
                            indexes: rows.baseAddress!, weights: weights.baseAddress!),
                        table.base, stride: table.stride, into: sum)
                }
            }
        }
    }
}

/// The rows of the tables of items and users, one after the other, that some batches touch.
private struct RowSample {
    struct Batch {
        /// Rows in the order of examples, repeats included.
        var read: [UInt32] = []
        /// Different rows, in order.
        var changed: [UInt32] = []
        /// Different items among the positives.
        var candidates = 0
    }

    let batches: [Batch]
    let tableRows: Int

    init(_ workload: Workload, batches count: Int, seed: UInt64) {
        let (dataset, configuration) = (workload.world.dataset, workload.configuration)
        let (sequences, itemCount) = (dataset.sequences, dataset.catalogue.itemCount)
        tableRows = itemCount + sequences.userCount
        var generator = SeededGenerator(seed: seed)
        batches = (0..<count).map { _ in
            var batch = Batch()
            var positives: Set<Int32> = []
            for _ in 0..<configuration.batchSize {
                let user = generator.index(below: sequences.userCount)
                let event =
                    sequences.offsets[user + 1] - 1
                    - generator.index(below: workload.examplesPerUser)
                for item in sequences.items[event - configuration.historyLength..<event] {
                    batch.read.append(UInt32(item))
                }
                batch.read.append(UInt32(sequences.items[event]))
                batch.read.append(UInt32(itemCount + user))
                positives.insert(sequences.items[event])
            }
            batch.changed = Set(batch.read).sorted()
            batch.candidates = positives.count
            return batch
        }
    }

    /// Calls the closure with the rows of each batch, shared out among threads.
    func forEachPart(
        _ threadCount: Int, _ rows: (Batch) -> [UInt32],
        _ body: @Sendable (UnsafeBufferPointer<UInt32>) -> Void
    ) {
        for batch in batches {
            let rows = rows(batch)
            let part = (rows.count + threadCount - 1) / threadCount
            parallelChunks(of: rows.count, chunkSize: part, threadCount: threadCount) { _, range in
                rows.withUnsafeBufferPointer {
                    body(UnsafeBufferPointer(rebasing: $0[range]))
                }
            }
        }
    }
}
