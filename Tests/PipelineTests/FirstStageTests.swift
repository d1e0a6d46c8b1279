import LinearAlgebra
import Ranking
import Testing

@testable import Pipeline

/// What goes on to the second stage: for its score, or for its place in the list of its source.
@Suite struct FirstStageTests {
    /// What becomes of 10 items of one source and 3 of another: without embeddings all scores are
    /// equal, and smaller items come first.
    private func fates(
        length: Int, places: [Int16: Int] = [:], screen: Funnel.Screening? = nil
    ) throws -> [[ProposalFate]] {
        let itemCount = 20
        let items = Funnel.Items(
            ids: try #require(Vocabulary((0..<itemCount).map { Int64($0) })),
            embeddings: Matrix(rows: itemCount, columns: 3, repeating: 1),
            terms: Matrix(rows: itemCount, columns: 0), termNames: [])
        let funnel = Funnel(
            items: items, taskNames: [],
            reranker: try Reranker(
                rules: RerankRules(), value: ValueModel(terms: [.init(Affinity.name, weight: 1)]),
                items: RerankItems(ids: items.ids.keys), length: itemCount),
            factorNames: [], firstStage: .init(length: length, places: places), threadCount: 1)
        let user = Funnel.User(
            id: 1, row: nil,
            proposals: [
                Proposals(source: 1, items: (0..<10).map { Int32($0) }),
                Proposals(source: 2, items: [17, 16, 15]),
            ], history: [])
        let outcome = try funnel.rank(
            [user], UserEmbeddings(matrix: Matrix(rows: 0, columns: 3), interestCount: 1),
            filter: CandidateFilter([]),
            factors: CandidateFactors([], creators: [Int32](repeating: -1, count: itemCount)),
            screen: screen, predict: { _, _ in Matrix(rows: 0, columns: 0) })[0]
        return try #require(outcome).fates
    }

    @Test func `by score alone, one source takes all there is`() throws {
        let fates = try fates(length: 5, places: [:])
        #expect(fates[0].map { $0 == .best } == (0..<10).map { $0 < 5 })
        #expect(fates[1] == [.firstStageScore, .firstStageScore, .firstStageScore])
    }

    @Test func `places of a source go to the first of its list, the others to the best scores`()
        throws
    {
        let fates = try fates(length: 5, places: [2: 2])
        #expect(fates[0].map { $0 == .best } == (0..<10).map { $0 < 3 })
        #expect(fates[1] == [.best, .best, .firstStageScore])
    }

    @Test func `places never make the list longer, and those that are not used are open to all`()
        throws
    {
        let many = try fates(length: 5, places: [1: 4, 2: 4])
        #expect(many[0].count { $0 == .best } == 4)
        #expect(many[1].map { $0 == .best } == [true, false, false])
        let unused = try fates(length: 12, places: [2: 9])
        #expect(unused[0].count { $0 == .best } == 9)
        #expect(unused[1].allSatisfy { $0 == .best })
        #expect(try fates(length: 13, places: [:]).joined().allSatisfy { $0 == .best })
    }

    @Test func `a light model decides where it is given, and is asked where there is a choice`()
        throws
    {
        // It wants large items.
        let screen: Funnel.Screening = { users in
            users.map { user in
                #expect(user.user == 0 && user.sources.count == user.items.count)
                #expect(user.towerScores == user.items.map { _ in 0 })
                return user.items.map { Float($0) }
            }
        }
        let fates = try fates(length: 5, screen: screen)
        #expect(fates[0].map { $0 == .best } == (0..<10).map { $0 >= 8 })
        #expect(fates[1] == [.best, .best, .best])
        #expect(
            try self.fates(length: 5, places: [1: 2], screen: screen)[0].prefix(2) == [
                .best, .best,
            ])
        let all = try self.fates(length: 13) { users in
            #expect(users.isEmpty)
            return []
        }
        #expect(all.joined().allSatisfy { $0 == .best })
    }
}
