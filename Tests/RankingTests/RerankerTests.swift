import LinearAlgebra
import Testing

@testable import Ranking

/// Small lists, by hand.
@Suite struct RerankerTests {
    private let value = try! ValueModel(terms: [.init("like", weight: 1)])

    private func items(
        _ count: Int, creators: [Int32]? = nil, tags: [[UInt32]]? = nil
    ) -> RerankItems {
        RerankItems(
            ids: (0..<Int64(count)).map { $0 }, creators: creators,
            tags: tags.map { IndexLists($0) })
    }

    private func candidates(_ terms: [Float], factors: Matrix? = nil) -> CandidateList {
        CandidateList(
            items: (0..<UInt32(terms.count)).map { $0 },
            sources: [Int16](repeating: 1, count: terms.count),
            terms: Matrix(rows: terms.count, columns: 1, elements: terms), factors: factors)
    }

    private func list(
        _ terms: [Float], _ rules: RerankRules, _ items: RerankItems, length: Int = 10,
        factors: Matrix? = nil
    ) throws -> RerankedList {
        try Reranker(rules: rules, value: value, items: items, length: length)
            .rerank(candidates(terms, factors: factors))
    }

    @Test func withoutRulesTheOrderIsThatOfValuesTiesByItem() throws {
        let found = try list([1, 3, 1, 2, 1], RerankRules(), items(5), length: 4)
        #expect(found.items.map(\.item) == [1, 3, 0, 2])
        #expect(found.items.map(\.score) == [3, 2, 1, 1])
        #expect(found.items.allSatisfy { $0.propensity == 1 && $0.slotKind == .ranked })
        #expect(found.multipliers == [])
        #expect(found.fates[4] == .belowLength)
        #expect(found.fates.count { $0 == .published } == 4)
    }

    @Test func noCandidatesGiveNoList() throws {
        #expect(try list([], RerankRules(), items(3)) == RerankedList())
    }

    @Test func factorsMultiplyAndZeroSuppresses() throws {
        let factors = Matrix(rows: 3, columns: 2, elements: [0.5, 1, 1, 0, 1.5, 0.5])
        let found = try list([2, 9, 1], RerankRules(), items(3), factors: factors)
        #expect(found.items.map(\.item) == [0, 2])
        #expect(found.items.map(\.score) == [1, 0.75])
        #expect(found.multipliers == [0.5, 1, 1.5, 0.5])
        #expect(found.fates == [.published, .suppressed, .published])
    }

    @Test func aDemotedItemOfNegativeValueFalls() throws {
        let factors = Matrix(rows: 2, columns: 1, elements: [0.5, 1])
        let found = try list([-1, -1.5], RerankRules(), items(2), factors: factors)
        #expect(found.items.map(\.item) == [1, 0])
        #expect(found.items.map(\.score) == [-1.5, -2])
        #expect(found.multipliers == [1, 2])
    }

    @Test func creatorsAreSpaced() throws {
        // Items 0 to 2 are of one creator: 8, 7 → 4.375 behind one, 6 → 2.625 behind two.
        let rules = RerankRules(creatorSpacing: CreatorSpacing(decay: 0.5, floor: 0.25))
        let found = try list(
            [8, 7, 6, 4, 3, 2], rules, items(6, creators: [4, 4, 4, -1, -1, 9]))
        #expect(found.items.map(\.item) == [0, 1, 3, 4, 2, 5])
        #expect(found.multipliers == [1, 0.625, 1, 1, 0.4375, 1])
        #expect(found.items.map(\.score) == [8, 4.375, 4, 3, 2.625, 2])
    }

    @Test func aCapDropsTheRestOfACreator() throws {
        let rules = RerankRules(creatorCap: CreatorCap(limit: 2))
        let found = try list(
            [8, 7, 6, 5, 4, 3], rules, items(6, creators: [4, 4, 4, -1, -1, -1]), length: 4)
        #expect(found.items.map(\.item) == [0, 1, 3, 4])
        #expect(found.fates[2] == .creatorCap)
        #expect(found.fates[5] == .belowLength)
        #expect(found.multipliers == [])
    }

    @Test func marginalRelevanceSpreadsTags() throws {
        // Behind item 0 of tags 1 and 2, item 1 shares both and item 2 one of three.
        let rules = RerankRules(
            diversity: .marginalRelevance(MaximalMarginalRelevance(strength: 0.75, window: 1)))
        let found = try list(
            [8, 7, 6, 2], rules, items(4, tags: [[1, 2], [1, 2], [2, 3], []]))
        #expect(found.items.map(\.item) == [0, 2, 1, 3])
        #expect(found.multipliers == [1, 0.75, 0.75, 1])
        #expect(found.items.map(\.score) == [8, 4.5, 5.25, 2])
    }

    @Test func theWindowOfMarginalRelevanceForgets() throws {
        // All of item 0's tag but item 3, which follows once; then nothing is looked back upon.
        let tags: [[UInt32]] = [[1], [1], [1], [2]]
        func multipliers(window: Int) throws -> [Float] {
            let rule = MaximalMarginalRelevance(strength: 0.5, window: window)
            return try list(
                [8, 7, 6, 5], RerankRules(diversity: .marginalRelevance(rule)),
                items(4, tags: tags)
            ).multipliers
        }
        #expect(try multipliers(window: 1) == [1, 1, 1, 0.5])
        #expect(try multipliers(window: 10) == [1, 1, 0.5, 0.5])
    }

    @Test func aDeterminantalProcessSpreadsTags() throws {
        // θ of ½ makes the factor d² itself: 1 less the square of the similarity to one item above.
        let rule = DeterminantalPointProcess(theta: 0.5, window: 2, ridge: 1e-6)
        let found = try list(
            [8, 7, 6, 2], RerankRules(diversity: .determinantal(rule)),
            items(4, tags: [[1, 2], [1, 2], [2, 3], []]))
        #expect(found.items.map(\.item) == [0, 2, 1, 3])
        #expect(abs(found.multipliers[1] - 8 / 9) < 1e-5)
        #expect(found.multipliers[2...] == [1, 1])
    }

    @Test func embeddingsThatPointApartAreNotAlike() throws {
        let items = RerankItems(
            ids: [1, 2, 3, 4],
            embeddings: Matrix(rows: 4, columns: 2, elements: [1, 0, 3, 0, -2, 0, 0, 0]))
        let rule = DeterminantalPointProcess(
            similarity: .embeddings, theta: 0.5, window: 2, ridge: 1e-6)
        var process = DeterminantalPointProcess.Process(
            rule, items: [0, 1, 2, 3], catalogue: items)
        process.choose(0, remaining: [1, 2, 3])
        #expect(process.factors[1] < 1e-5)
        #expect(abs(process.factors[2] - 1) < 1e-6)
        // Nothing is known of an item without embedding: half alike.
        #expect(abs(process.factors[3] - 0.75) < 1e-5)
    }

    @Test func rulesNeedWhatTheyReadOfItems() throws {
        for (rules, attribute) in [
            (RerankRules(creatorSpacing: CreatorSpacing()), "creators"),
            (RerankRules(creatorCap: CreatorCap()), "creators"),
            (RerankRules(diversity: .marginalRelevance(.init())), "tags"),
            (RerankRules(diversity: .determinantal(.init())), "tags"),
            (RerankRules(diversity: .determinantal(.init(similarity: .embeddings))), "embeddings"),
            (RerankRules(exploration: .thompson(.init())), "feedback"),
        ] {
            let error = #expect(throws: RankingRuleError.self) {
                try Reranker(rules: rules, value: value, items: items(2), length: 3)
            }
            #expect(error?.code == .missingAttribute)
            #expect(error?.message.contains(attribute) == true)
        }
        let error = #expect(throws: RankingRuleError.self) {
            try Reranker(
                rules: RerankRules(creatorCap: CreatorCap(limit: 0)), value: value,
                items: items(2), length: 3)
        }
        #expect(error?.code == .invalidParameter)
    }

    @Test func badCandidatesAreRefused() throws {
        let reranker = try Reranker(
            rules: RerankRules(), value: value, items: items(3), length: 3)
        #expect(throws: RankingRuleError.notFinite(row: 1)) {
            try reranker.rerank(candidates([1, .infinity, 2]))
        }
        for factor: Float in [-1, .nan, .infinity, 1e-9] {
            let factors = Matrix(rows: 2, columns: 1, elements: [1, factor])
            #expect(throws: RankingRuleError.invalidMultiplier(row: 1)) {
                try reranker.rerank(candidates([1, 2], factors: factors))
            }
        }
        var twice = candidates([1, 2])
        twice.items = [2, 2]
        #expect(throws: RankingRuleError.duplicateItem(row: 1)) { try reranker.rerank(twice) }
    }
}
