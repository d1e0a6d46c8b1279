import Postgres
import Ranking

/// The rules of a publication: those that give factors, and those of the re-ranker.
struct FunnelRules {
    /// A row of `serving.rules`.
    struct Row {
        var name: String
        var version: Int32
        /// JSON.
        var parameters: String
    }

    var policyDemotion: PolicyDemotion?
    var freshnessBoost: FreshnessBoost?
    var exposureCap: ExposureCap?
    var outOfNetwork: OutOfNetwork?
    var fatigue: Fatigue?
    var hideMemory: HideMemory?
    /// The rules that look at the list.
    let rerank: RerankRules
    let rows: [Row]

    /// - Throws: `RankingRuleError` for a rule that does not exist or parameters that it cannot read.
    init(_ rows: [Row]) throws {
        var others: [(name: String, parameters: String)] = []
        for row in rows {
            let json = row.parameters
            switch row.name {
            case PolicyDemotion.name: policyDemotion = try PolicyDemotion(parameters: json)
            case FreshnessBoost.name: freshnessBoost = try FreshnessBoost(parameters: json)
            case ExposureCap.name: exposureCap = try ExposureCap(parameters: json)
            case OutOfNetwork.name: outOfNetwork = try OutOfNetwork(parameters: json)
            case Fatigue.name: fatigue = try Fatigue(parameters: json)
            case HideMemory.name: hideMemory = try HideMemory(parameters: json)
            default: others.append((row.name, json))
            }
        }
        rerank = try RerankRules(rows: others)
        self.rows = rows
    }

    /// The rules that give factors, in the order of their columns.
    var factorNames: [String] {
        [
            policyDemotion.map { _ in PolicyDemotion.name },
            freshnessBoost.map { _ in FreshnessBoost.name },
            exposureCap.map { _ in ExposureCap.name },
            outOfNetwork.map { _ in OutOfNetwork.name }, fatigue.map { _ in Fatigue.name },
            hideMemory.map { _ in HideMemory.name },
        ].compactMap { $0 }
    }

    /// The row of a rule.
    func row(_ name: String) -> Row? { rows.first { $0.name == name } }
}
