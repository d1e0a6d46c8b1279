/// Which groups (creators, tags) the candidates of a batch belong to.
///
/// A candidate with several groups belongs to each with an even share; one without any is a group
/// of its own.
struct CandidateGroups: Sendable {
    private let itemOffsets: [Int]
    private let itemGroups: [Int32]

    /// Where the groups of each candidate start; one value more than candidates.
    private(set) var offsets: [Int] = [0]
    /// The groups of all candidates, numbered by first appearance.
    private(set) var groups: [Int32] = []
    /// The number of different groups.
    private(set) var count = 0
    /// The number that a group of the catalogue has in this batch, or −1.
    private var numbers: [Int32]
    private var numbered: [Int32] = []

    /// Groups by item: those of item i are `groups[offsets[i]..<offsets[i + 1]]`, each below `count`.
    init(offsets: [Int], groups: [Int32], count: Int) {
        itemOffsets = offsets
        itemGroups = groups
        numbers = [Int32](repeating: -1, count: count)
    }

    /// The creators of the items of a catalogue.
    static func creators(_ catalogue: Catalogue) -> CandidateGroups {
        var offsets = [0]
        var groups: [Int32] = []
        for creator in catalogue.creators {
            if creator >= 0 { groups.append(creator) }
            offsets.append(groups.count)
        }
        return CandidateGroups(
            offsets: offsets, groups: groups, count: catalogue.creatorCount)
    }

    /// The tags of the items of a catalogue.
    static func tags(_ catalogue: Catalogue) -> CandidateGroups {
        CandidateGroups(
            offsets: catalogue.tagOffsets, groups: catalogue.tags, count: catalogue.tagCount)
    }

    /// Takes the candidates of a batch.
    mutating func prepare(_ candidates: ArraySlice<Int32>) {
        for group in numbered { numbers[Int(group)] = -1 }
        numbered.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        groups.removeAll(keepingCapacity: true)
        offsets.append(0)
        count = 0
        for item in candidates {
            let own = itemOffsets[Int(item)]..<itemOffsets[Int(item) + 1]
            if own.isEmpty {
                groups.append(Int32(count))
                count += 1
            }
            for index in own {
                let group = Int(itemGroups[index])
                if numbers[group] < 0 {
                    numbers[group] = Int32(count)
                    numbered.append(itemGroups[index])
                    count += 1
                }
                groups.append(numbers[group])
            }
            offsets.append(groups.count)
        }
    }
}
