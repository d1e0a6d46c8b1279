/// The similarity of two sets: |A ∩ B| / |A ∪ B| (Jaccard 1901), 0 where both are empty, for then
/// nothing is known to be shared.
///
/// A quotient of two small integers in double precision, so that SQL gives the same bits.
enum SetSimilarity {
    /// - Parameters: Two sets, ascending.
    static func jaccard(_ a: ArraySlice<UInt32>, _ b: ArraySlice<UInt32>) -> Double {
        var (i, j, shared) = (a.startIndex, b.startIndex, 0)
        while i < a.endIndex, j < b.endIndex {
            let (left, right) = (a[i], b[j])
            if left == right { shared += 1 }
            if left <= right { i += 1 }
            if right <= left { j += 1 }
        }
        let union = a.count + b.count - shared
        return union == 0 ? 0 : Double(shared) / Double(union)
    }
}
