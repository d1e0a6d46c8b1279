import NeuralNetwork

extension DilatedCausalConvolution {
    /// Writes which rows each level has, from the readouts down, and where the taps find theirs.
    func plan(
        _ sequences: SequencePointers, _ place: Workspace,
        _ workspace: UnsafeMutablePointer<Float>
    ) {
        let before = integers(workspace + place.before)
        for sequence in 0..<sequences.count {
            let positions = sequences.positions(sequence)
            for position in positions { before[position] = Int32(position - positions.lowerBound) }
        }
        let rowCounts = integers(workspace + place.rowCounts)
        rowCounts[layerCount] = Int32(sequences.readoutCount)
        integers(workspace + place.rows[layerCount]).update(
            from: sequences.readouts, count: sequences.readoutCount)
        for layer in (0..<layerCount).reversed() {
            rowCounts[layer] = planLayer(
                layer, rows: integers(workspace + place.rows[layer + 1]),
                count: Int(rowCounts[layer + 1]), positionCount: sequences.positionCount, place,
                workspace)
        }
    }

    /// Finds the rows that a layer needs of the level below, and returns how many they are.
    private func planLayer(
        _ layer: Int, rows: UnsafePointer<Int32>, count: Int, positionCount: Int,
        _ place: Workspace, _ workspace: UnsafeMutablePointer<Float>
    ) -> Int32 {
        let before = integers(workspace + place.before)
        let rowOfPosition = integers(workspace + place.rowOfPosition)
        let below = integers(workspace + place.rows[layer])
        let sources = integers(workspace + place.sources[layer])
        let (taps, dilation) = (settings.taps, settings.dilations[layer])
        rowOfPosition.update(repeating: -1, count: positionCount)
        for row in 0..<count {
            let position = Int(rows[row])
            let reach = min(Int(before[position]), (taps - 1) * dilation)
            for distance in stride(from: 0, through: reach, by: dilation) {
                rowOfPosition[position - distance] = 0
            }
        }
        var needed: Int32 = 0
        for position in 0..<positionCount where rowOfPosition[position] == 0 {
            rowOfPosition[position] = needed
            below[Int(needed)] = Int32(position)
            needed += 1
        }
        for row in 0..<count {
            let position = Int(rows[row])
            for tap in 0..<taps {
                let isInside = tap * dilation <= Int(before[position])
                sources[row * taps + tap] = isInside ? rowOfPosition[position - tap * dilation] : -1
            }
        }
        return needed
    }
}
