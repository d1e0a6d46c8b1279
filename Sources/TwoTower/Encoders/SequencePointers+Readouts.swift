import LinearAlgebra

extension SequencePointers {
    /// Copies the rows of the readouts.
    func gather(_ rows: UnsafePointer<Float>, _ width: Int, into out: UnsafeMutablePointer<Float>) {
        for readout in 0..<readoutCount {
            (out + readout * width).update(
                from: rows + Int(readouts[readout]) * width, count: width)
        }
    }

    /// Adds a row for each readout to that of its position.
    func scatterAdd(
        _ rows: UnsafePointer<Float>, _ width: Int, to out: UnsafeMutablePointer<Float>,
        _ kernels: Kernels
    ) {
        for readout in 0..<readoutCount {
            kernels.axpy(1, rows + readout * width, out + Int(readouts[readout]) * width, width)
        }
    }

    /// Writes how many positions of its sequence each readout sees.
    func writeVisible(_ visible: UnsafeMutablePointer<Int32>) {
        for sequence in 0..<count {
            let start = offsets[sequence]
            for readout in readouts(sequence) { visible[readout] = readouts[readout] - start + 1 }
        }
    }
}
