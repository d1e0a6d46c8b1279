import LinearAlgebra
import Testing

@testable import Ranking

/// What holds of every list, over random candidates.
@Suite struct RerankPropertyTests {
    static let rules = [
        RerankRules(),
        RerankRules(creatorSpacing: CreatorSpacing(), creatorCap: CreatorCap(limit: 3)),
        RerankRules(
            creatorSpacing: CreatorSpacing(),
            diversity: .marginalRelevance(.init(strength: 0.6, window: 4))),
        RerankRules(diversity: .marginalRelevance(.init(strength: 0.9, window: 100))),
        RerankRules(
            creatorCap: CreatorCap(limit: 2), diversity: .determinantal(.init(window: 12))),
        RerankRules(
            creatorSpacing: CreatorSpacing(),
            diversity: .determinantal(.init(similarity: .embeddings, theta: 0.5, window: 100))),
    ]

    @Test("The list is that of the plain way", arguments: rules)
    func plain(rules: RerankRules) throws {
        for seed: UInt64 in 1...20 {
            let world = RerankWorld(seed: seed)
            let found = try world.list(rules)
            let plain = PlainReranker(
                rules: rules, items: world.items, candidates: world.candidates, length: 20
            ).run()
            #expect(found.items.map(\.row) == plain.map(\.row))
            let multipliers = plain.flatMap(\.multipliers)
            try #require(found.multipliers.count == multipliers.count)
            for (fast, slow) in zip(found.multipliers, multipliers) {
                // Determinants are quotients of sums; all other factors are equal to the bit.
                if case .determinantal = rules.diversity {
                    #expect(abs(fast - slow) <= 2e-6 * max(slow, 1))
                } else {
                    #expect(fast == slow)
                }
            }
        }
    }

    static let explorations = [
        RerankRules.Exploration.epsilon(.init(slots: .init(places: [2, 5, 6]), epsilon: 0.5)),
        .thompson(.init(slots: .init(places: [3, 9], sources: [2]), samples: 100)),
    ]

    @Test("Scores add up, caps hold, and every candidate has one fate", arguments: rules)
    func invariants(rules: RerankRules) throws {
        for (seed, exploration) in zip(
            1...20 as ClosedRange<UInt64>, (0..<20).map { Self.explorations[$0 % 2] })
        {
            var rules = rules
            rules.exploration = exploration
            let world = RerankWorld(seed: seed)
            let reranker = try world.reranker(rules)
            let found = try world.list(rules)
            let width = world.candidates.factors.columns + reranker.ruleNames.count
            try #require(found.multipliers.count == width * found.items.count)
            for (place, item) in found.items.enumerated() {
                let terms = world.candidates.terms[row: item.row]
                let sum =
                    terms[terms.startIndex].d - 0.5 * terms[terms.startIndex + 1].d
                    + 0.25 * terms[terms.startIndex + 2].d
                let product = found.multipliers[place * width..<(place + 1) * width]
                    .reduce(sum) { $0 * $1.d }
                #expect(item.value == sum && item.score == product)
                #expect(item.item == world.candidates.items[item.row])
                #expect(item.source == world.candidates.sources[item.row])
                #expect(item.propensity > 0 && item.propensity <= 1)
                #expect(item.slotKind != .ranked || item.propensity == 1)
            }
            #expect(Set(found.items.map(\.item)).count == found.items.count)
            #expect(found.fates.count == world.candidates.count)
            let published = found.fates.indices.filter { found.fates[$0] == .published }
            #expect(published == found.items.map(\.row).sorted())
            for (row, fate) in found.fates.enumerated() {
                let isSuppressed = world.candidates.factors[row: row].contains(0)
                #expect((fate == .suppressed) == isSuppressed)
            }
            if found.fates.contains(.belowLength) { #expect(found.items.count == 20) }
            let limit = rules.creatorCap?.limit ?? .max
            let byCreator = Dictionary(
                grouping: found.items.map { world.items.creators![Int($0.item)] }, by: { $0 })
            for (creator, all) in byCreator where creator >= 0 { #expect(all.count <= limit) }
            for row in found.fates.indices where found.fates[row] == .creatorCap {
                let creator = world.items.creators![Int(world.candidates.items[row])]
                #expect(byCreator[creator]?.count == limit)
            }
        }
    }

    @Test func theOrderOfCandidatesDoesNotMatter() throws {
        let rules = RerankRules(
            creatorSpacing: CreatorSpacing(), diversity: .marginalRelevance(.init()),
            exploration: Self.explorations[0])
        let world = RerankWorld(seed: 3)
        let reranker = try world.reranker(rules)
        var generator = SeededGenerator(seed: 9)
        let order = (0..<world.candidates.count).shuffled(using: &generator)
        var shuffled = CandidateList(
            items: order.map { world.candidates.items[$0] },
            sources: order.map { world.candidates.sources[$0] },
            terms: Matrix(
                rows: order.count, columns: 3,
                elements: order.flatMap { world.candidates.terms[row: $0] }),
            factors: Matrix(
                rows: order.count, columns: 2,
                elements: order.flatMap { world.candidates.factors[row: $0] }))
        shuffled.draws = reranker.draws(for: 1, of: shuffled)
        let (first, second) = (try world.list(rules), try reranker.rerank(shuffled))
        #expect(first.items.map(\.item) == second.items.map(\.item))
        #expect(first.multipliers == second.multipliers)
    }
}

extension Float {
    fileprivate var d: Double { Double(self) }
}
