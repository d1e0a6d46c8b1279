import LinearAlgebra
import Postgres
import Ranking
import Testing

/// `serving.rerank` makes the lists of ``Reranker``, to the bit.
@Suite struct RerankStatementTests {
    static let slots = ExplorationSlots(places: [2, 5, 6], sources: [1, 2], poolSize: 6)

    static let rules = [
        RerankRules(),
        RerankRules(creatorSpacing: CreatorSpacing(), creatorCap: CreatorCap(limit: 3)),
        RerankRules(
            creatorSpacing: CreatorSpacing(decay: 0, floor: 0.001),
            diversity: .marginalRelevance(.init(strength: 0.6, window: 4))),
        RerankRules(
            creatorCap: CreatorCap(limit: 1),
            diversity: .marginalRelevance(.init(strength: 0.9, window: 100)),
            exploration: .epsilon(.init(slots: slots, epsilon: 0.5))),
        RerankRules(creatorSpacing: CreatorSpacing(), diversity: .determinantal(.init(window: 9))),
        RerankRules(
            creatorCap: CreatorCap(limit: 2),
            diversity: .determinantal(.init(theta: 0.5, window: 100, ridge: 0.001)),
            exploration: .thompson(
                .init(slots: slots, exposureLimit: 30, samples: 100))),
        RerankRules(exploration: .epsilon(.init(slots: slots, epsilon: 0))),
    ]

    @Test(arguments: rules) func `lists have the same bits`(rules: RerankRules) throws {
        try Databases.withSchema { connection, _ throws in
            for seed: UInt64 in 1...30 {
                let world = World(seed: seed)
                let reranker = try Reranker(
                    rules: rules, value: World.value, items: world.items,
                    length: 1 + Int(seed % 25))
                var candidates = world.candidates
                candidates.draws = reranker.draws(for: Int64(seed), of: candidates)
                let expected = try reranker.rerank(candidates).items
                let found = try world.list(candidates, rules, length: reranker.length, connection)
                try #require(found.map(\.0) == expected.map { Int32($0.row + 1) }, "\(seed)")
                #expect(found.map(\.1) == expected.map(\.value), "\(seed)")
                #expect(found.map(\.2) == expected.map(\.score), "\(seed)")
            }
        }
    }

    /// Random items, all candidates of one user. Few different numbers, so that scores are often equal.
    private struct World {
        static let value = try! ValueModel(terms: [
            .init("like", weight: 1), .init("hide", weight: -0.7),
        ])

        let items: RerankItems
        let candidates: CandidateList
        private let tagCount = 70

        init(seed: UInt64) {
            var generator = SeededGenerator(seed: seed)
            let count = 1 + generator.index(below: 60)
            let (tagCount, isUntagged) = (tagCount, seed == 7)
            items = RerankItems(
                ids: (0..<count).map { 100 + 3 * Int64($0) },
                creators: (0..<count).map { _ in Int32(generator.index(below: 8)) - 1 },
                tags: IndexLists(
                    (0..<count).map { _ in
                        let many = isUntagged ? 0 : generator.index(below: 4)
                        return Set(
                            (0..<many).map { _ in
                                let tag = generator.index(below: 8)
                                return UInt32(tag == 7 ? tagCount - 1 : tag)
                            }
                        ).sorted()
                    }),
                feedback: (0..<count).map { _ in
                    .init(exposures: UInt32(generator.index(below: 60)), positives: 0)
                })
            func choice(_ numbers: [Float]) -> Float {
                numbers[generator.index(below: numbers.count)]
            }
            candidates = CandidateList(
                items: Array(0..<UInt32(count)),
                sources: (0..<count).map { _ in Int16(1 + generator.index(below: 3)) },
                terms: Matrix(
                    rows: count, columns: 2,
                    elements: (0..<2 * count).map { _ in choice([0, 0.1, 0.25, 0.7, 0.75, 1]) }),
                factors: Matrix(
                    rows: count, columns: 2,
                    elements: (0..<2 * count).map { _ in choice([0, 0.3, 0.5, 1, 1, 1, 1.5]) }))
        }

        /// Candidate, value and score by place, by the statement.
        func list(
            _ candidates: CandidateList, _ rules: RerankRules, length: Int, _ connection: Connection
        ) throws -> [(Int32, Double, Double)] {
            func elements(_ matrix: Matrix) -> [Float] {
                (0..<matrix.rows).flatMap { matrix[row: $0] }
            }
            let tagSets = (0..<candidates.count).map { row in
                (0..<tagCount).map { items.tags![row].contains(UInt32($0)) ? "1" : "0" }.joined()
            }
            return try connection.query(
                """
                select r.candidate, r.value, r.score
                from serving.rerank(
                    \(candidates.sources),
                    array(
                        select nullif(c.number, 0)
                        from unnest(\(items.creators!.map { $0 + 1 })) with ordinality as c (number, place)
                        order by c.place),
                    \(tagSets)::bit varying[],
                    \(items.feedback!.map { Int32($0.exposures) }),
                    \(elements(candidates.terms)), \(elements(candidates.factors)),
                    \(elements(candidates.draws)), \(Self.value.terms.map(\.weight)),
                    \(try Self.parameters(of: rules)), \(Int32(length))) as r
                order by r.rank
                """, as: (Int32, Double, Double).self)
        }

        /// Parameters by the names of the rules.
        private static func parameters(of rules: RerankRules) throws -> JSONB {
            var entries: [String] = []
            func add<Rule: RankingRule>(_ rule: Rule?) throws {
                guard let rule else { return }
                entries.append(#""\#(Rule.name)": \#(try rule.parameters)"#)
            }
            try add(rules.creatorSpacing)
            try add(rules.creatorCap)
            switch rules.diversity {
            case .marginalRelevance(let rule): try add(rule)
            case .determinantal(let rule): try add(rule)
            case nil: break
            }
            switch rules.exploration {
            case .epsilon(let rule): try add(rule)
            case .thompson(let rule): try add(rule)
            case nil: break
            }
            return JSONB("{\(entries.joined(separator: ", "))}")
        }
    }
}
