import Jobs
import LinearAlgebra
import Postgres
import Ranking

/// The factors of rules: what their statements say of items and users.
struct FactorStore {
    let context: StepContext
    /// The settings of the job, with the date.
    let arguments: [String: Bind]

    /// The factors that depend on the item alone, by the names of their rules.
    func itemFactors(
        _ rules: FunnelRules, items: Vocabulary<Int64>
    ) throws -> [String: CandidateFactors.Rule] {
        var factors: [String: CandidateFactors.Rule] = [:]
        if let rule = rules.policyDemotion {
            var values = [Float](repeating: 1, count: items.count)
            try context.connection.forEachRow(
                try context.query("rank/factors/policy_demotion", arguments),
                as: (Int64, [String]).self
            ) { itemID, flags in
                let index = items.index(of: itemID)
                if index >= 0 { values[Int(index)] = rule.factor(flags: flags) }
            }
            factors[PolicyDemotion.name] = .items(values)
        }
        if let rule = rules.freshnessBoost {
            var values = [Float](repeating: rule.factor(ageHours: nil), count: items.count)
            try context.connection.forEachRow(
                try context.query("rank/factors/freshness_boost", arguments),
                as: (Int64, Double).self
            ) { itemID, hours in
                let index = items.index(of: itemID)
                if index >= 0 { values[Int(index)] = rule.factor(ageHours: hours) }
            }
            factors[FreshnessBoost.name] = .items(values)
        }
        if let rule = rules.exposureCap {
            var values = [Float](repeating: 1, count: items.count)
            try context.connection.forEachRow(
                try context.query("rank/factors/exposure_cap", arguments),
                as: (Int64, Double).self
            ) { itemID, share in
                let index = items.index(of: itemID)
                if index >= 0 { values[Int(index)] = rule.factor(share: share) }
            }
            factors[ExposureCap.name] = .items(values)
        }
        return factors
    }

    /// All factors, for some users.
    ///
    /// - Parameters:
    ///   - itemFactors: Those of ``itemFactors(_:items:)``.
    ///   - users: Those of the buckets, ascending.
    ///   - creators: The creator of each item as an index, and the index of a creator.
    func factors(
        _ rules: FunnelRules, _ itemFactors: [String: CandidateFactors.Rule], users: [Int64],
        buckets: ClosedRange<Int16>, items: Vocabulary<Int64>,
        creators: (ofItems: [Int32], ids: Vocabulary<Int64>)
    ) throws -> CandidateFactors {
        let rows = UserRows(context, users: users)
        var factors = itemFactors
        let creator = { (id: Int64) in creators.ids.index(of: id) }
        if let rule = rules.outOfNetwork {
            let network = try rows.lists(
                "rank/factors/out_of_network", arguments, buckets, index: creator)
            factors[OutOfNetwork.name] = .creators(
                network, network.values.map { _ in rule.factor(isInNetwork: true) },
                others: rule.factor(isInNetwork: false))
        }
        if let rule = rules.fatigue {
            var arguments = arguments
            arguments["window_days"] = Bind(Int32(rule.windowDays))
            let shown = try rows.numbers("rank/factors/fatigue", arguments, buckets) {
                (id: Int64) in items.index(of: id)
            }
            factors[Fatigue.name] = .pairs(
                shown.lists, shown.numbers.map { rule.factor(impressions: Int($0)) })
        }
        if let rule = rules.hideMemory {
            let hidden = try rows.numbers(
                "rank/factors/hide_memory", arguments, buckets, index: creator)
            factors[HideMemory.name] = .creators(
                hidden.lists, hidden.numbers.map { rule.factor(daysSinceHide: $0) }, others: 1)
        }
        return CandidateFactors(
            rules.factorNames.map { name in
                guard let rule = factors[name] else { preconditionFailure("no factors of \(name)") }
                return (name, rule)
            }, creators: creators.ofItems)
    }
}
