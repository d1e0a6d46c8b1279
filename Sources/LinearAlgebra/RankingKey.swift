/// A score and an index in one 64-bit integer, so that ranking compares integers.
///
/// A larger key ranks first: the higher score, and among equal scores the smaller index. The upper
/// half is the score's bits mapped to an order-preserving integer, the lower half the complement
/// of the index. Zero and minus zero count as equal.
public enum RankingKey {
    /// The key of an item.
    ///
    /// - Precondition: `score` is a number (checked in debug builds).
    @inlinable
    public static func make(score: Float, index: UInt32) -> UInt64 {
        assert(!score.isNaN, "the score of item \(index) is not a number")
        // Adding zero turns minus zero into zero.
        let bits = (score + 0).bitPattern
        let ordered = bits ^ (bits >> 31 == 1 ? 0xFFFF_FFFF : 0x8000_0000)
        return UInt64(ordered) << 32 | UInt64(~index)
    }

    /// The score of a key.
    @inlinable
    public static func score(of key: UInt64) -> Float {
        let ordered = UInt32(key >> 32)
        return Float(bitPattern: ordered ^ (ordered >> 31 == 1 ? 0x8000_0000 : 0xFFFF_FFFF))
    }

    /// The index of a key.
    @inlinable
    public static func index(of key: UInt64) -> UInt32 {
        ~UInt32(truncatingIfNeeded: key)
    }
}

/// Moves the `count` largest keys to the front, in no particular order.
///
/// Quickselect (Hoare 1961, "Algorithm 65: Find") with a branch-free partition. When the keys
/// repeat, a run of equal ones costs quadratic time; keys of distinct indexes never do.
///
/// - Precondition: `count` is in 0 ... `keys.count`.
/// - Complexity: O(n) on average.
public func selectLargest(_ count: Int, of keys: UnsafeMutableBufferPointer<UInt64>) {
    precondition(
        count >= 0 && count <= keys.count, "\(count) largest of \(keys.count) keys")
    guard count > 0, count < keys.count, let base = keys.baseAddress else { return }
    let sortedDirectly = 12
    var low = 0
    var high = keys.count
    // The boundary lies in low ... high; what stands before is larger, what follows smaller.
    while high - low > sortedDirectly {
        let first = base[low]
        let middle = base[low + (high - low) / 2]
        let last = base[high - 1]
        let pivot = max(min(first, middle), min(max(first, middle), last))
        var store = low
        for position in low..<high {
            let key = base[position]
            base[position] = base[store]
            base[store] = key
            store += key > pivot ? 1 : 0
        }
        if count < store {
            high = store
        } else if store > low {
            low = store
        } else {
            // Nothing exceeds the pivot, which therefore goes first.
            let position = (low..<high).first { base[$0] == pivot }!
            base[position] = base[low]
            base[low] = pivot
            low += 1
        }
        if low == count { return }
    }
    for position in low + 1..<max(high, low + 1) {
        let key = base[position]
        var hole = position
        while hole > low && base[hole - 1] < key {
            base[hole] = base[hole - 1]
            hole -= 1
        }
        base[hole] = key
    }
}
