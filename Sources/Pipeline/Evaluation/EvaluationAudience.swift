import Evaluation
import Jobs
import LinearAlgebra
import Postgres

/// Everybody of whom something is held out.
///
/// Lists are asked for once, for ``everybody``, and measured in two worlds: those with a history are
/// measured among all, newcomers as a cohort apart.
struct EvaluationAudience {
    /// Those of ``known``, then ``newcomers``.
    let everybody: EvaluationWorld
    /// Users with as many positives among what is learned as the evaluation asks for.
    let known: EvaluationWorld
    /// Users with fewer: of some a profile is all that is known.
    let newcomers: EvaluationWorld

    /// Rows of ``known`` in ``everybody``.
    var knownRows: Range<Int> { 0..<known.users.count }
    /// Rows of ``newcomers`` in ``everybody``.
    var newcomerRows: Range<Int> { known.users.count..<everybody.users.count }

    static func load(
        _ data: LearningData, _ context: StepContext, _ settings: PipelineSettings,
        _ evaluation: EvaluationSettings
    ) throws -> EvaluationAudience {
        let rowOf = Dictionary(
            uniqueKeysWithValues: data.users.ids.enumerated().map { ($0.element, $0.offset) })
        var counts = HeldOutCounts()
        var (known, new) = ([(row: Int, heldOut: HeldOut)](), [(row: Int, heldOut: HeldOut)]())
        for heldOut in try data.split.heldOut(of: data.completeUsers, items: data.items, context) {
            counts.pairs += heldOut.itemIDs.count
            guard let row = rowOf[heldOut.userID] else {
                counts.unknownUsers += 1
                counts.unknownUserPairs += heldOut.itemIDs.count
                continue
            }
            if data.users.positiveCounts[row] >= evaluation.minimumPositives {
                known.append((row, heldOut))
            } else {
                counts.usersWithFewPositives += 1
                new.append((row, heldOut))
            }
        }
        // An item that is not in the catalogue could not be recommended: it counts as missed by all,
        // under an index of its own, so that a changing catalogue cannot flatter. Those of newcomers
        // come last: what is measured among all does not depend on them.
        var items = data.items.ids
        let learned = data.users.itemSets
        func members(
            _ users: [(row: Int, heldOut: HeldOut)], _ counts: inout HeldOutCounts
        ) -> [EvaluationWorld.Member] {
            users.compactMap { row, heldOut in
                let excluded = evaluation.excludesKnown ? Set(learned[row]) : []
                let truth = heldOut.itemIDs.map { UInt32(items.insert($0)) }.filter {
                    !excluded.contains($0)
                }
                counts.learnedPairs += heldOut.itemIDs.count - truth.count
                counts.unknownItemPairs += truth.count { $0 >= UInt32(data.items.ids.count) }
                guard !truth.isEmpty else { return nil }
                return EvaluationWorld.Member(row: row, truth: truth, day: heldOut.day)
            }
        }
        let knownMembers = members(known, &counts)
        let knownItemCount = items.count
        var newcomerCounts = HeldOutCounts()
        let newcomers = members(new, &newcomerCounts)
        let date = data.split.asOfDate
        let numbers =
            settings.itemNumbers == .none
            ? nil
            : try data.items.numbers(context, from: date, until: date)?
                .matrix(day: date.daysSinceEpoch)
        func world(_ members: [EvaluationWorld.Member], _ itemCount: Int) -> EvaluationWorld {
            EvaluationWorld(
                of: members, in: data, learned: learned, itemCount: itemCount, numbers: numbers,
                counts: counts, settings, evaluation)
        }
        return EvaluationAudience(
            everybody: world(knownMembers + newcomers, items.count),
            known: world(knownMembers, knownItemCount),
            newcomers: world(newcomers, items.count))
    }
}

/// What became of the pairs of user and item that are held out.
struct HeldOutCounts: Equatable {
    var pairs = 0
    /// Users of whom nothing is known: they are not measured.
    var unknownUsers = 0
    var unknownUserPairs = 0
    /// Users who are not measured because the job asks for more positives.
    var usersWithFewPositives = 0
    /// Pairs with an item that is not in the catalogue: they count as missed.
    var unknownItemPairs = 0
    /// Pairs whose item is taken out of the lists because it was learned: they are not measured.
    var learnedPairs = 0

    /// What a step says of them.
    var details: [String: StepReport.Detail] {
        [
            "pairs": .integer(pairs), "unknown_users": .integer(unknownUsers),
            "pairs_of_unknown_users": .integer(unknownUserPairs),
            "users_with_few_positives": .integer(usersWithFewPositives),
            "pairs_of_unknown_items": .integer(unknownItemPairs),
            "pairs_learned": .integer(learnedPairs),
        ]
    }
}
