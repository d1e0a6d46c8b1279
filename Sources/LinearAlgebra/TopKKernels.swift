import CKernels

/// The SIMD loops of exact top-k search, at one instruction set.
///
/// Every level gives the same bits.
public struct TopKKernels: Sendable {
    /// The instruction set of these kernels.
    public let level: Kernels.Level

    // Points to a constant of the C module, which nothing changes after it is loaded.
    private nonisolated(unsafe) let table: UnsafePointer<vitrine_topk_kernels>

    /// The kernels of the highest level that this processor can run.
    public static let best = TopKKernels(level: Kernels.best.level)!

    /// Kernels of one level, or nil when this processor cannot run it.
    public init?(level: Kernels.Level) {
        guard let table = vitrine_topk_kernels_at(level.rawValue) else { return nil }
        self.level = level
        self.table = table
    }

    /// The places that `filter` must find free to make progress on any scores.
    public static let smallestRoom = 64

    /// Writes the keys (`RankingKey`) of scores that reach a threshold, in order of index.
    ///
    /// Stops when the places run out; call again with what was not looked at.
    ///
    /// - Parameters:
    ///   - scores: `count` scores, of the indexes from `firstIndex`. A NaN never passes.
    ///   - keys: Where to write, with `room` places.
    /// - Returns: The number of keys written and the number of scores looked at.
    public func filter(
        _ scores: UnsafePointer<Float>, count: Int, threshold: Float, firstIndex: UInt32,
        into keys: UnsafeMutablePointer<UInt64>, room: Int
    ) -> (kept: Int, consumed: Int) {
        var consumed = 0
        let kept = table.pointee.threshold_filter(
            scores, count, threshold, firstIndex, keys, room, &consumed)
        return (kept, consumed)
    }

    /// Replaces the score of each key by the inner product of the query and the key's row of
    /// `items`, summed in double precision and rounded once.
    ///
    /// - Parameters:
    ///   - query: As many values as `items` has columns.
    ///   - keys: `count` keys whose indexes are rows of `items`.
    public func rescore(
        _ query: UnsafePointer<Float>, items: MatrixView,
        keys: UnsafeMutablePointer<UInt64>, count: Int
    ) {
        table.pointee.rescore(query, items.base, items.stride, items.columns, keys, count)
    }

    /// The position of the largest `scores`[i] + `addends`[i], the first of equal ones, and that sum.
    ///
    /// - Precondition: `count` is positive, and no sum is a NaN.
    public func largestSum(
        _ scores: UnsafePointer<Float>, _ addends: UnsafePointer<Float>, count: Int
    ) -> (position: UInt32, sum: Float) {
        var position: UInt32 = 0
        let sum = table.pointee.largest_sum(scores, addends, count, &position)
        return (position, sum)
    }

    /// Replaces the score of each key by the negative squared distance of the query and the key's row
    /// of `items`, summed in double precision and rounded once.
    ///
    /// - Parameters:
    ///   - query: As many values as `items` has columns.
    ///   - keys: `count` keys whose indexes are rows of `items`.
    public func rescoreByDistance(
        _ query: UnsafePointer<Float>, items: MatrixView,
        keys: UnsafeMutablePointer<UInt64>, count: Int
    ) {
        table.pointee.rescore_distance(
            query, items.base, items.stride, items.columns, keys, count)
    }
}
