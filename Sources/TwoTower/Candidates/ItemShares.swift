import Foundation

/// How some training examples spread over items.
///
/// A table of open addressing, at most half full: drawing candidates asks for the counts of
/// some thousand items, one batch after the other.
struct ItemShares: Sendable {
    /// Item and count in one word; 0 where there is none, since a count is at least 1.
    private var entries: [UInt64]
    private let mask: Int
    /// The number of examples.
    let total: Int
    /// The number of examples that the most frequent item has.
    private(set) var largestCount = 0

    /// - Parameter positives: The item of each example, in any order.
    init(_ positives: [Int32]) {
        var runs: [(item: Int32, count: Int)] = []
        for item in positives.sorted() {
            if runs.last?.item == item {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((item, 1))
            }
        }
        var capacity = 2
        while capacity < 2 * runs.count { capacity *= 2 }
        entries = [UInt64](repeating: 0, count: capacity)
        mask = capacity - 1
        total = positives.count
        for (item, count) in runs {
            var slot = slot(of: item)
            while entries[slot] != 0 { slot = (slot + 1) & mask }
            entries[slot] = UInt64(UInt32(bitPattern: item)) << 32 | UInt64(count)
            largestCount = max(largestCount, count)
        }
    }

    /// The number of examples that have an item.
    func count(of item: Int32) -> Int {
        var slot = slot(of: item)
        while entries[slot] != 0 {
            if Int32(truncatingIfNeeded: entries[slot] >> 32) == item {
                return Int(entries[slot] & 0xFFFF_FFFF)
            }
            slot = (slot + 1) & mask
        }
        return 0
    }

    /// The share of an item among the examples.
    func share(of item: Int32) -> Double {
        total == 0 ? 0 : Double(count(of: item)) / Double(total)
    }

    /// The items that have an example, each once, with their counts.
    var counts: [(item: Int32, count: Int)] {
        entries.filter { $0 != 0 }
            .map { (Int32(truncatingIfNeeded: $0 >> 32), Int($0 & 0xFFFF_FFFF)) }
            .sorted { $0.0 < $1.0 }
    }

    private func slot(of item: Int32) -> Int {
        let product = UInt64(UInt32(bitPattern: item)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: product >> 32) & mask
    }
}

/// The probability that an item is drawn at least once, by the number of examples that it has.
///
/// Most counts are small and come again and again: what they give is computed once.
struct InclusionTable: Sendable {
    private let small: [Double]
    private let total: Double
    private let draws: Int

    /// - Parameters:
    ///   - draws: How often one of all examples is drawn, each with the same probability.
    init(_ shares: ItemShares, draws: Int) {
        let total = Double(max(shares.total, 1))
        self.total = total
        self.draws = draws
        small = (0...min(shares.largestCount, 255)).map {
            atLeastOnce(Double($0) / total, draws: draws)
        }
    }

    subscript(count: Int) -> Double {
        count < small.count ? small[count] : atLeastOnce(Double(count) / total, draws: draws)
    }
}

/// 1 − (1 − q)^n, without loss of digits for a small q.
func atLeastOnce(_ q: Double, draws: Int) -> Double {
    q >= 1 ? (draws > 0 ? 1 : 0) : -expm1(Double(draws) * log1p(-q))
}
