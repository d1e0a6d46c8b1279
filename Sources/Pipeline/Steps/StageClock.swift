import Jobs

/// Where the time of a step goes: the time of each of its stages, added up over pages of users, and how
/// much work was done in it.
final class StageClock {
    private var counts: [String: Int] = [:]
    private var stages: [(name: String, time: Duration)] = []

    /// Runs `body` as a part of a stage.
    func measure<Result>(_ stage: String, _ body: () throws -> Result) rethrows -> Result {
        let start = ContinuousClock.now
        defer {
            let time = ContinuousClock.now - start
            if let index = stages.firstIndex(where: { $0.name == stage }) {
                stages[index].time += time
            } else {
                stages.append((stage, time))
            }
        }
        return try body()
    }

    /// Adds to the count of a name, such as `second_stage_candidates`.
    func count(_ number: Int, of name: String) {
        counts[name, default: 0] += number
    }

    /// `<stage>_milliseconds` and the counts, which add up over shards.
    var details: [String: StepReport.Detail] {
        Dictionary(
            uniqueKeysWithValues: stages.map { name, time in
                ("\(name)_milliseconds", .integer(Int((time / .milliseconds(1)).rounded())))
            }
        ).merging(counts.mapValues { .integer($0) }) { $1 }
    }
}
