import LinearAlgebra
import Ranking

extension RankerExposures {
    /// Those of the last days; nil where no day is before them.
    func last(_ dayCount: Int) throws -> RankerExposures? {
        let lastDay = dataset.days.max() ?? 0
        return try on { Int($0) > Int(lastDay) - dayCount }
    }

    /// Those that ``last(_:)`` leaves; nil where no day is left.
    func withoutLast(_ dayCount: Int) throws -> RankerExposures? {
        let lastDay = dataset.days.max() ?? 0
        return try on { Int($0) <= Int(lastDay) - dayCount }
    }

    /// Those of some days that follow one another; nil where these are all days or none.
    ///
    /// - Precondition: Contexts lie in order of days.
    func on(_ isWanted: (Int32) -> Bool) throws -> RankerExposures? {
        guard let first = dataset.days.firstIndex(where: isWanted),
            let last = dataset.days.lastIndex(where: isWanted),
            last - first + 1 < dataset.days.count
        else { return nil }
        let inputs = dataset.inputs
        let offsets = inputs.candidateOffsets
        let candidates = offsets[first]..<offsets[last + 1]
        guard !candidates.isEmpty else { return nil }
        return RankerExposures(
            dataset: try RankerDataset(
                schema: dataset.schema,
                inputs: RankerInputs(
                    contexts: inputs.contexts.rows(first..<last + 1),
                    histories: IndexLists((first...last).map { Array(inputs.histories[$0]) }),
                    candidateOffsets: offsets[first...last + 1].map { $0 - candidates.lowerBound },
                    candidates: inputs.candidates.rows(candidates),
                    candidateRows: Array(inputs.candidateRows[candidates]),
                    embeddings: inputs.embeddings),
                labels: Matrix(
                    rows: candidates.count, columns: dataset.labels.columns,
                    elements: Array(
                        dataset.labels.elements[
                            candidates.lowerBound * dataset.labels.columns..<candidates.upperBound
                                * dataset.labels.columns])),
                days: Array(dataset.days[first...last])),
            surfaces: surfaces, candidateSurfaces: Array(candidateSurfaces[candidates]),
            knownDays: Array(knownDays[candidates]),
            contextUsers: Array(contextUsers[first...last]))
    }
}
