import LinearAlgebra
import Testing

@testable import Ranking

@Suite struct ExplorationTests {
    /// Five items of falling value; what is known of their rates differs.
    private let items = RerankItems(
        ids: [11, 12, 13, 14, 15],
        feedback: [
            .init(exposures: 20, positives: 2), .init(exposures: 0, positives: 0),
            .init(exposures: 200, positives: 30), .init(exposures: 50, positives: 1),
            .init(exposures: 5, positives: 1),
        ])
    private let candidates = CandidateList(
        items: [0, 1, 2, 3, 4], sources: [1, 7, 7, 1, 7],
        terms: Matrix(rows: 5, columns: 1, elements: [5, 4, 3, 2, 1]))

    private func reranker(_ exploration: RerankRules.Exploration) throws -> Reranker {
        try Reranker(
            rules: RerankRules(exploration: exploration),
            value: ValueModel(terms: [.init("like", weight: 1)]), items: items, length: 4)
    }

    private func list(_ reranker: Reranker, user: Int64) throws -> RerankedList {
        var candidates = candidates
        candidates.draws = reranker.draws(for: user, of: candidates)
        return try reranker.rerank(candidates)
    }

    /// The lists of many users: frequencies at each place against stored propensities, given the items
    /// above, within 4 standard errors; those of an estimate of `samples` are added.
    private func checkFrequencies(
        _ exploration: RerankRules.Exploration, users: Range<Int64>, samples: Int? = nil
    ) throws {
        let reranker = try reranker(exploration)
        var groups: [[UInt32]: [UInt32: (count: Int, propensity: Double)]] = [:]
        for user in users {
            let list = try list(reranker, user: user).items
            for (place, item) in list.enumerated() {
                let above = list.prefix(place).map(\.item)
                let propensity = Double(item.propensity)
                var entry = groups[above, default: [:]][item.item] ?? (0, propensity)
                #expect(entry.propensity == propensity)
                entry.count += 1
                groups[above, default: [:]][item.item] = entry
            }
        }
        for entries in groups.values {
            let total = Double(entries.values.reduce(0) { $0 + $1.count })
            #expect(entries.values.reduce(0) { $0 + $1.propensity } < 1 + 1e-6)
            for (count, propensity) in entries.values {
                let variance = propensity * (1 - propensity)
                let error = (variance / total + variance / Double(samples ?? .max)).squareRoot()
                #expect(abs(Double(count) / total - propensity) <= 4 * error + 1e-6)
            }
        }
    }

    @Test func epsilonIsHeldAtEverySlot() throws {
        let rule = EpsilonExploration(
            slots: .init(places: [1, 2], sources: [7]), epsilon: 0.3)
        try checkFrequencies(.epsilon(rule), users: 0..<5_000)
    }

    @Test func thompsonDrawsAsOftenAsItsPropensitiesSay() throws {
        let rule = ThompsonExploration(slots: .init(places: [1, 3]), samples: 500)
        try checkFrequencies(.thompson(rule), users: 0..<1_000, samples: 500)
    }

    @Test func epsilonByHand() {
        let rule = EpsilonExploration(epsilon: 0.25)
        func choose(_ best: Int, _ pool: [Int], _ draws: [Float]) -> SlotChoice {
            rule.choose(best: best, pool: pool) { draws[$0] }
        }
        #expect(
            choose(0, [1, 2, 3], [0.25, 0.1, 0.9, 0.3])
                == SlotChoice(row: 0, propensity: 0.75, kind: .exploited))
        #expect(
            choose(0, [1, 2], [0.2, 0.1, 0.9])
                == SlotChoice(row: 2, propensity: 0.125, kind: .explored))
        // The best item's own draw takes no slot.
        #expect(
            choose(2, [2, 1, 0], [0.01, 0.02, 0.2])
                == SlotChoice(row: 1, propensity: 0.125, kind: .explored))
        #expect(
            choose(0, [0], [0]) == SlotChoice(row: 0, propensity: 1, kind: .ranked))
        #expect(choose(0, [], [0]) == SlotChoice(row: 0, propensity: 1, kind: .ranked))
    }

    @Test func thompsonTakesTheLargestDraw() {
        let rule = ThompsonExploration(samples: 100)
        let pool: [(row: Int, item: UInt32)] = [(3, 0), (1, 1), (0, 2)]
        let draws: [Float] = [0.2, 0.5, 1, 0.4]
        let choice = rule.choose(best: 2, pool: pool, catalogue: items) { draws[$0] }
        #expect(choice.row == 1 && choice.kind == .explored)
        #expect(choice.propensity == rule.propensities(of: [0, 1, 2], in: items)[1])
        #expect(
            rule.choose(best: 2, pool: [], catalogue: items) { draws[$0] } == .best(2))
        #expect(rule.propensities(of: [4], in: items) == [1])
    }

    @Test func propensitiesOfAPoolAddUpToOneAndNoneIsZero() {
        let world = RerankWorld(seed: 5)
        let rule = ThompsonExploration(samples: 100)
        let pool = (0..<30 as Range<UInt32>).map { $0 }
        let found = rule.propensities(of: pool, in: world.items)
        #expect(abs(found.reduce(0, +) - 1) < 1e-12)
        #expect(found.allSatisfy { $0 > 0 })
        #expect(rule.propensities(of: pool, in: world.items) == found)
    }

    @Test func thePropensityOfTwoRatesIsTheOneInClosedForm() {
        // P(X > Y) for X of Beta(1, 2) and Y of Beta(1, 4): ∫ 2 (1 − x) (1 − (1 − x)⁴) dx = 2 / 3.
        let items = RerankItems(
            ids: [1, 2],
            feedback: [.init(exposures: 0, positives: 0), .init(exposures: 2, positives: 0)])
        let rule = ThompsonExploration(alpha: 1, beta: 2, samples: 40_000)
        let found = rule.propensities(of: [0, 1], in: items)
        #expect(abs(found[0] - 2.0 / 3) < 4 * (2.0 / 9 / 40_000).squareRoot())
    }

    @Test(
        "The beta distribution has its mean and variance",
        arguments: [
            (0.5, 3.0), (1, 1), (4, 40), (0.2, 0.3),
        ])
    func beta(alpha: Double, beta: Double) {
        var generator = SeededGenerator(seed: 2)
        let distribution = BetaDistribution(alpha: alpha, beta: beta)
        let count = 40_000
        let samples = (0..<count).map { _ in distribution.sample(using: &generator) }
        #expect(samples.allSatisfy { $0 >= 0 && $0 <= 1 })
        let total = alpha + beta
        let mean = alpha / total
        let variance = mean * (1 - mean) / (total + 1)
        let found = samples.reduce(0, +) / Double(count)
        #expect(abs(found - mean) < 4 * (variance / Double(count)).squareRoot())
        let spread = samples.map { ($0 - mean) * ($0 - mean) }
        let foundVariance = spread.reduce(0, +) / Double(count)
        let fourth = spread.map { $0 * $0 }.reduce(0, +) / Double(count)
        let error = ((fourth - foundVariance * foundVariance) / Double(count)).squareRoot()
        #expect(abs(foundVariance - variance) < 4 * error)
    }

    @Test func thePoolIsOfItsSourcesAndOfItemsSeldomShown() throws {
        let rule = ThompsonExploration(
            slots: .init(places: [1], sources: [7]), exposureLimit: 100, samples: 100)
        let reranker = try reranker(.thompson(rule))
        #expect(
            (0..<5).map { reranker.isExplorable($0, of: candidates) } == [
                false, true, false, false, true,
            ])
        let draws = reranker.draws(for: 3, of: candidates)
        #expect((0..<5).map { draws[$0, 0] > 0 } == [false, true, false, false, true])
        let small = EpsilonExploration(
            slots: .init(places: [1], sources: [7], poolSize: 1), epsilon: 1)
        // Of the pool only the best is tried.
        let list = try list(try self.reranker(.epsilon(small)), user: 8)
        #expect(list.items.map(\.item) == [1, 0, 2, 3])
        #expect(list.items[0].slotKind == .explored && list.items[0].propensity == 1)
    }

    @Test func drawsDependOnSeedUserItemAndSlotAlone() throws {
        func draws(seed: UInt64, user: Int64, _ candidates: CandidateList) throws -> Matrix {
            try reranker(.epsilon(.init(slots: .init(places: [1, 4], seed: seed)))).draws(
                for: user, of: candidates)
        }
        let first = try draws(seed: 1, user: 5, candidates)
        #expect(try draws(seed: 1, user: 5, candidates) == first)
        #expect(Set(first.elements).count == first.elements.count)
        #expect(try draws(seed: 2, user: 5, candidates) != first)
        #expect(try draws(seed: 1, user: 6, candidates) != first)
        let some = CandidateList(
            items: [3, 1], sources: [1, 1], terms: Matrix(rows: 2, columns: 1))
        let fewer = try draws(seed: 1, user: 5, some)
        #expect(fewer[row: 0] == first[row: 3] && fewer[row: 1] == first[row: 1])
    }

    @Test func aSlotBehindTheEndOfTheListIsLeftOut() throws {
        let rule = EpsilonExploration(slots: .init(places: [40]), epsilon: 1)
        let list = try list(try reranker(.epsilon(rule)), user: 1)
        #expect(list.items.map(\.item) == [0, 1, 2, 3])
    }
}
