import Postgres

/// Who is ranked first where there may not be time for all.
///
/// The most active users, as they come back soonest. But those for whom there was no time for days have a
/// turn before them, whoever has waited longest first: otherwise the least active would wait for ever.
struct TurnOrder {
    /// The date of the run.
    let date: PostgresDate
    /// Days since the first run that had no time for a user after which the user goes before others.
    let longestWaitDays: Int

    /// The rows of users by turn; those of equal standing in the order given.
    func rows(_ standings: [CandidateStore.Standing]) -> [Int] {
        let keys = standings.map { standing in
            let wait = standing.deferredSince.map { date.daysSinceEpoch - $0.daysSinceEpoch } ?? 0
            return (wait >= longestWaitDays ? -wait : 0, -standing.eventCount)
        }
        return standings.indices.sorted {
            (keys[$0].0, keys[$0].1, $0) < (keys[$1].0, keys[$1].1, $1)
        }
    }
}
