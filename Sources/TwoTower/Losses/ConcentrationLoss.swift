import LinearAlgebra

/// Keeps the top list of a user from being all of one creator, or all about one tag.
///
/// The soft top list is p = softmax(s / T) over the candidates, by plain scores, as a list is
/// ranked when it is served. With the share aᵢ꜀ of candidate i in group c, the list has
/// S꜀ = Σᵢ pᵢ aᵢ꜀ of each group, and its concentration is the Herfindahl index
///
///     H = Σ꜀ S꜀²          1 / (number of groups) for an even list, 1 for a list of one group
///     gᵢ = ∂H/∂pᵢ = 2 Σ꜀ aᵢ꜀ S꜀,  so that Σᵢ pᵢ gᵢ = 2 H
///     ∂H/∂sᵢ = pᵢ (gᵢ − 2 H) / T
struct ConcentrationLoss: Sendable {
    /// T.
    let temperature: Float
    /// Kinds of groups, each with the weight of its index beside the loss of a row.
    private(set) var kinds: [(weight: Float, groups: CandidateGroups)]

    /// Takes the candidates of a batch.
    mutating func prepare(_ candidates: ArraySlice<Int32>) {
        for index in kinds.indices { kinds[index].groups.prepare(candidates) }
    }

    /// Returns the weighted sum of the indexes, and adds their gradients to those of the scores.
    ///
    /// - Parameters:
    ///   - scores: Scores with the candidates taken, shape `[n, candidates]`; −∞ for what is not shown.
    ///     They become the soft top lists.
    ///   - gradient: Gradient of the scores, shape `[n, candidates]` or with more columns.
    ///   - weights: The weight of each row.
    func add(
        _ scores: MutableMatrixView, to gradient: MutableMatrixView,
        weights: UnsafePointer<Float>, _ kernels: Kernels
    ) -> Double {
        var sum = 0.0
        for row in 0..<scores.rows {
            let p = scores.row(row)
            kernels.scale(1 / temperature, p, scores.columns)
            _ = kernels.softmax(p, scores.columns)
            for (weight, groups) in kinds {
                let factor = weight * weights[row]
                sum +=
                    Double(factor)
                    * Self.add(p, groups, factor / temperature, to: gradient.row(row))
            }
        }
        return sum
    }

    /// Adds `factor` · p (g − 2 H) and returns H.
    private static func add(
        _ p: UnsafePointer<Float>, _ groups: CandidateGroups, _ factor: Float,
        to gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(groups.count, 1)) { sums in
            sums.initialize(repeating: 0)
            return groups.offsets.withUnsafeBufferPointer { offsets in
                groups.groups.withUnsafeBufferPointer { members in
                    let candidateCount = offsets.count - 1
                    for candidate in 0..<candidateCount {
                        let own = offsets[candidate]..<offsets[candidate + 1]
                        let part = p[candidate] / Float(own.count)
                        for index in own { sums[Int(members[index])] += part }
                    }
                    let concentration = sums.reduce(Float(0)) { $0 + $1 * $1 }
                    for candidate in 0..<candidateCount {
                        let own = offsets[candidate]..<offsets[candidate + 1]
                        var mean: Float = 0
                        for index in own { mean += sums[Int(members[index])] }
                        mean /= Float(own.count)
                        gradient[candidate] +=
                            factor * p[candidate] * 2 * (mean - concentration)
                    }
                    return Double(concentration)
                }
            }
        }
    }
}

extension TwoTowerConfiguration {
    /// The concentration that a training keeps down, or nil for none.
    func concentrationLoss(_ catalogue: Catalogue) -> ConcentrationLoss? {
        var kinds: [(weight: Float, groups: CandidateGroups)] = []
        if creatorConcentrationWeight > 0 {
            kinds.append((creatorConcentrationWeight, .creators(catalogue)))
        }
        if tagConcentrationWeight > 0 {
            kinds.append((tagConcentrationWeight, .tags(catalogue)))
        }
        return kinds.isEmpty
            ? nil : ConcentrationLoss(temperature: concentrationTemperature, kinds: kinds)
    }
}
