import Jobs
import Postgres
import Ranking

/// How candidates are ranked: the terms of their value with weights, and rules.
struct FunnelSettings {
    /// Terms that every item has of itself, after the affinity.
    static let itemTermNames = ["popularity", "freshness"]

    /// Terms in the order in which lists have them, with those of a ranker.
    static func termNames(tasks: [String]) -> [String] {
        [Affinity.name] + itemTermNames + tasks
    }

    var value: ValueModel
    var rules: FunnelRules
    /// Candidates of a source that pass the first stage for their place in its list.
    var firstStagePlaces: [Int16: Int]

    /// As they are set now.
    ///
    /// - Parameter tasks: Those of the ranker, where there is one.
    static func now(tasks: [String], _ context: StepContext) throws -> FunnelSettings {
        let weights = try context.connection.query(
            try context.query("rank/weights_now"), as: (String, Double).self)
        let byName = Dictionary(uniqueKeysWithValues: weights)
        return FunnelSettings(
            value: try ValueModel(
                terms: termNames(tasks: tasks).map { ValueModel.Term($0, weight: byName[$0] ?? 0) }),
            rules: try FunnelRules.load(context, "rank/rules"),
            firstStagePlaces: places(try SourceStore(context: context).sourcesNow()))
    }

    /// As they were recorded for a publication.
    static func recorded(of publicationID: Int64, _ context: StepContext) throws -> FunnelSettings {
        let publication = ["publication_id": Bind(publicationID)]
        let terms = try context.connection.query(
            try context.query("rank/publication_terms", publication), as: (String, Double).self)
        return FunnelSettings(
            value: try ValueModel(terms: terms.map { ValueModel.Term($0.0, weight: $0.1) }),
            rules: try FunnelRules.load(context, "rank/publication_rules", publication),
            firstStagePlaces: places(
                try SourceStore(context: context).sources(of: publicationID)))
    }

    private static func places(_ sources: [SourceStore.Source]) -> [Int16: Int] {
        Dictionary(uniqueKeysWithValues: sources.map { ($0.id, $0.firstStagePlaces) })
    }

    /// Records for a publication what is set now.
    ///
    /// - Parameter tasks: Those of the ranker, where there is one.
    static func record(
        for publicationID: Int64, tasks: [String], _ context: StepContext
    ) throws {
        let publication = ["publication_id": Bind(publicationID)]
        try context.run("rank/clear_settings", publication)
        try context.run(
            "rank/record_terms",
            publication.merging(["term_names": Bind(termNames(tasks: tasks))]) { $1 })
        let rules = try FunnelRules.load(context, "rank/rules")
        let rows = rules.rowsInOrder
        try context.run(
            "rank/record_rules",
            publication.merging([
                "rule_names": Bind(rows.map(\.name)), "rule_versions": Bind(rows.map(\.version)),
                "multiplier_count": Bind(Int32(rules.multiplierNames.count)),
            ]) { $1 })
    }
}

extension FunnelRules {
    /// Reads the rules that a statement lists.
    ///
    /// - Throws: ``PipelineError`` for a rule that does not exist or parameters that it cannot read.
    static func load(
        _ context: StepContext, _ script: String, _ arguments: [String: Bind] = [:]
    ) throws -> FunnelRules {
        let rows = try context.connection.query(
            try context.query(script, arguments), as: (String, Int32, JSONB).self
        ).map { Row(name: $0.0, version: $0.1, parameters: $0.2.text) }
        do {
            return try FunnelRules(rows)
        } catch let error as RankingRuleError {
            throw PipelineError(error.message, hint: error.hint)
        }
    }

    /// The rules whose multipliers stand in lists, in their order.
    var multiplierNames: [String] { factorNames + rerank.multiplierNames }

    /// All rules, those with multipliers first.
    var rowsInOrder: [Row] {
        let names = multiplierNames
        return names.compactMap(row) + rows.filter { !names.contains($0.name) }
    }
}
