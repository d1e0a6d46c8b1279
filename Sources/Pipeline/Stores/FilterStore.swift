import Jobs
import LinearAlgebra
import Postgres
import Ranking

/// The filters of `serving.filters` and what their statements take out.
///
/// A folder under `sql/rank/filters` is one filter. It holds `items.sql` (items that are out for
/// everybody), `pairs.sql` (items that are out for a user), or `item_traits.sql` beside
/// `refused_traits.sql` (items with a trait are out for those who refuse it).
struct FilterStore {
    let context: StepContext
    /// The settings of the job, with the date.
    let arguments: [String: Bind]

    /// A filter, with what it needs to know of the items.
    struct Filter {
        let name: String
        let fate: ProposalFate
        fileprivate let arguments: [String: Bind]
        fileprivate let kind: Kind

        /// For a filter that takes items out for everybody: which, by index.
        var itemFlags: [Bool]? {
            guard case .items(let flags) = kind else { return nil }
            return flags
        }

        fileprivate enum Kind {
            case items([Bool])
            case pairs
            case traits(IndexLists, names: [String: UInt32])
        }
    }

    /// The filters that are switched on, in the order in which their reasons count.
    ///
    /// - Throws: ``PipelineError`` for a filter whose folder is missing or holds something else.
    func filters(of items: Vocabulary<Int64>) throws -> [Filter] {
        let files = Set(try context.catalog.names(in: "rank/filters"))
        let rows = try context.connection.query(
            try context.query("rank/filters"), as: (String, Int16?, JSONB).self)
        return try rows.map { name, fateID, parameters in
            let folder = "rank/filters/\(name)"
            guard let fateID else {
                throw PipelineError(
                    "filter \(name) has no fate",
                    hint: "Add a row to serving.fates: stage filter, reason \(name).")
            }
            let fate = ProposalFate(rawValue: fateID)
            let own = try StatementParameters.binds(parameters, of: "filter \(name)")
            let arguments = arguments.merging(own) { _, own in own }
            let kind: Filter.Kind
            if files.contains("\(folder)/items") {
                kind = .items(try flags("\(folder)/items", arguments, items))
            } else if files.contains("\(folder)/pairs") {
                kind = .pairs
            } else if files.contains("\(folder)/item_traits") {
                kind = try traits("\(folder)/item_traits", arguments, items)
            } else {
                throw PipelineError(
                    "filter \(name) has no statement",
                    hint: "Write sql/\(folder)/items.sql, or switch it off in serving.filters.")
            }
            return Filter(name: name, fate: fate, arguments: arguments, kind: kind)
        }
    }

    /// What the filters take out for some users.
    ///
    /// - Parameters:
    ///   - users: Those of the buckets, ascending.
    func filter(
        _ filters: [Filter], users: [Int64], buckets: ClosedRange<Int16>, items: Vocabulary<Int64>
    ) throws -> CandidateFilter {
        CandidateFilter(
            try filters.map { filter in
                let folder = "rank/filters/\(filter.name)"
                let rule: CandidateFilter.Rule
                switch filter.kind {
                case .items(let flags): rule = .items(flags)
                case .pairs:
                    rule = .pairs(
                        try UserRows(context, users: users).lists(
                            "\(folder)/pairs", filter.arguments, buckets
                        ) { (item: Int64) in items.index(of: item) })
                case .traits(let traits, let names):
                    rule = .traits(
                        .init(
                            ofItems: traits,
                            refused: try UserRows(context, users: users).lists(
                                "\(folder)/refused_traits", filter.arguments, buckets
                            ) { (trait: String) in names[trait].map { Int32($0) } ?? -1 }))
                }
                return (filter.fate, rule)
            })
    }

    private func flags(
        _ script: String, _ arguments: [String: Bind], _ items: Vocabulary<Int64>
    ) throws -> [Bool] {
        var flags = [Bool](repeating: false, count: items.count)
        try context.connection.forEachRow(
            try context.query(script, arguments), as: Int64.self
        ) { itemID in
            let index = items.index(of: itemID)
            if index >= 0 { flags[Int(index)] = true }
        }
        return flags
    }

    private func traits(
        _ script: String, _ arguments: [String: Bind], _ items: Vocabulary<Int64>
    ) throws -> Filter.Kind {
        var names: [String: UInt32] = [:]
        var lists = [[UInt32]](repeating: [], count: items.count)
        try context.connection.forEachRow(
            try context.query(script, arguments), as: (Int64, [String]).self
        ) { itemID, traits in
            let index = items.index(of: itemID)
            guard index >= 0 else { return }
            lists[Int(index)] = Set(
                traits.map { trait in
                    let number = names[trait] ?? UInt32(names.count)
                    names[trait] = number
                    return number
                }
            ).sorted()
        }
        return .traits(IndexLists(lists), names: names)
    }
}
