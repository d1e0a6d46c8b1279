import Jobs

/// Where the time of a step goes: the time of each of its stages, added up over pages of users.
final class StageClock {
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

    /// `<stage>_milliseconds`, which add up over shards.
    var details: [String: StepReport.Detail] {
        Dictionary(
            uniqueKeysWithValues: stages.map { name, time in
                ("\(name)_milliseconds", .integer(Int((time / .milliseconds(1)).rounded())))
            })
    }
}
