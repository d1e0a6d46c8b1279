/// The sequences of one chunk, one after the other without padding.
///
/// A sequence starts with a position for "nothing yet", before the oldest event, so that none is empty.
package struct PackedSequences: Sendable {
    /// Where each sequence starts among the positions; one value more than sequences.
    package var offsets: [Int32]
    /// For each position, how many positions of its sequence come after it: 0 for the newest.
    package var ages: [Int32]
    /// The positions whose state is asked for, strictly ascending; each sequence has at least one.
    package var readouts: [Int32]
    /// Where the readouts of each sequence start; one value more than sequences.
    package var readoutOffsets: [Int32]

    /// Sequences by their offsets, ages and readouts.
    package init(
        offsets: [Int32], ages: [Int32], readouts: [Int32], readoutOffsets: [Int32]
    ) {
        self.offsets = offsets
        self.ages = ages
        self.readouts = readouts
        self.readoutOffsets = readoutOffsets
    }
}

/// Packed sequences held in place while an encoder works on them.
struct SequencePointers {
    /// The number of sequences.
    let count: Int
    /// The number of positions of all sequences.
    let positionCount: Int
    /// The number of readouts of all sequences.
    let readoutCount: Int
    /// Positions of the longest sequence.
    let longest: Int
    /// Where sequences start.
    let offsets: UnsafePointer<Int32>
    /// Positions that come after each.
    let ages: UnsafePointer<Int32>
    /// The positions that are read.
    let readouts: UnsafePointer<Int32>
    /// Where the readouts of sequences start.
    let readoutOffsets: UnsafePointer<Int32>

    /// The positions of a sequence.
    @inline(__always)
    func positions(_ sequence: Int) -> Range<Int> {
        Int(offsets[sequence])..<Int(offsets[sequence + 1])
    }

    /// The readouts of a sequence, as indexes of readouts.
    @inline(__always)
    func readouts(_ sequence: Int) -> Range<Int> {
        Int(readoutOffsets[sequence])..<Int(readoutOffsets[sequence + 1])
    }
}

extension PackedSequences {
    /// Calls the closure with pointers that are valid only inside it; without positions, not at all.
    func withPointers(_ body: (SequencePointers) -> Void) {
        if ages.isEmpty { return }
        precondition(
            offsets.last.map(Int.init) == ages.count
                && readoutOffsets.last.map(Int.init) == readouts.count
                && readoutOffsets.count == offsets.count,
            "\(offsets.count) offsets for \(ages.count) positions, "
                + "\(readoutOffsets.count) for \(readouts.count) readouts")
        offsets.withUnsafeBufferPointer { offsets in
            ages.withUnsafeBufferPointer { ages in
                readouts.withUnsafeBufferPointer { readouts in
                    readoutOffsets.withUnsafeBufferPointer { readoutOffsets in
                        var longest = 0
                        for sequence in 1..<offsets.count {
                            longest = max(longest, Int(offsets[sequence] - offsets[sequence - 1]))
                        }
                        for index in 1..<max(readouts.count, 1) {
                            precondition(
                                readouts[index - 1] < readouts[index],
                                "readout \(index) does not come after the one before")
                        }
                        body(
                            SequencePointers(
                                count: offsets.count - 1, positionCount: ages.count,
                                readoutCount: readouts.count, longest: longest,
                                offsets: offsets.baseAddress!, ages: ages.baseAddress!,
                                readouts: readouts.baseAddress!,
                                readoutOffsets: readoutOffsets.baseAddress!))
                    }
                }
            }
        }
    }
}
