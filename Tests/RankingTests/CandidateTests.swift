import LinearAlgebra
import Ranking
import Testing

extension ProposalFate {
    fileprivate static let removed = ProposalFate(rawValue: 10)
    fileprivate static let language = ProposalFate(rawValue: 14)
    fileprivate static let hiddenItem = ProposalFate(rawValue: 15)
    fileprivate static let seen = ProposalFate(rawValue: 18)
}

@Suite struct CandidateTests {
    @Test func `an item counts for the first source, and every proposal is accounted for`() {
        var merger = CandidateMerger(itemCount: 10)
        let merged = merger.merge([
            Proposals(source: 1, items: [3, 7, -1, 3]), Proposals(source: 4, items: [7, 2]),
        ])
        #expect(merged.items == [3, 7, 2])
        #expect(merged.sources == [1, 1, 4])
        #expect(merged.fates == [[nil, nil, .unknownItem, .duplicate], [.duplicate, nil]])
    }

    @Test func `one user's candidates are no duplicates for the next`() {
        var merger = CandidateMerger(itemCount: 4)
        _ = merger.merge([Proposals(source: 1, items: [0, 1])])
        #expect(merger.merge([Proposals(source: 1, items: [1, 2])]).items == [1, 2])
    }

    @Test func `a candidate carries the first reason, and those without one stay in order`() {
        let filter = CandidateFilter([
            (.removed, .items([false, true, false, false, true])),
            (.hiddenItem, .pairs(IndexLists([[], [1, 2]]))),
            (
                .language,
                .traits(
                    .init(
                        ofItems: IndexLists([[0], [0], [1], [2, 5], []]),
                        refused: IndexLists([[], [1, 5]])))
            ),
        ])
        func filtered(user: Int) -> MergedCandidates {
            var merger = CandidateMerger(itemCount: 5)
            var candidates = merger.merge([Proposals(source: 1, items: [4, 3, 2, 1, 0])])
            filter.apply(to: &candidates, ofUser: user)
            return candidates
        }
        #expect(filtered(user: 0).items == [3, 2, 0])
        #expect(filtered(user: 0).fates == [[.removed, nil, nil, .removed, nil]])
        #expect(filtered(user: 1).items == [0])
        #expect(
            filtered(user: 1).fates == [[.removed, .language, .hiddenItem, .removed, nil]])
    }

    @Test func `a candidate that was kept ends where its proposal stands`() {
        var merger = CandidateMerger(itemCount: 5)
        var candidates = merger.merge([
            Proposals(source: 1, items: [4]), Proposals(source: 2, items: [4, 1, 0]),
        ])
        CandidateFilter([(.seen, .pairs(IndexLists([[4]])))]).apply(to: &candidates, ofUser: 0)
        candidates.end(1, .best)
        candidates.end(0, .belowLength)
        #expect(candidates.fates == [[.seen], [.duplicate, .belowLength, .best]])
    }

    @Test func `nothing vanishes among many proposals`() {
        var generator = SeededGenerator(seed: 3)
        var merger = CandidateMerger(itemCount: 50)
        let refused = IndexLists(
            (0..<40).map { _ in
                Set((0..<8).map { _ in UInt32(generator.index(below: 50)) }).sorted()
            })
        let filter = CandidateFilter([(.seen, .pairs(refused))])
        for user in 0..<40 {
            let proposals = (1...3).map { source in
                Proposals(
                    source: Int16(source),
                    items: (0..<20).map { _ in Int32(generator.index(below: 52)) - 2 }.map {
                        max($0, -1)
                    })
            }
            var candidates = merger.merge(proposals)
            filter.apply(to: &candidates, ofUser: user)
            #expect(Set(candidates.items).count == candidates.count)
            #expect(candidates.items.allSatisfy { !refused[user].contains($0) })
            for candidate in 0..<candidates.count { candidates.end(candidate, .best) }
            #expect(candidates.fates.joined().allSatisfy { $0 != nil })
            #expect(candidates.fates.map(\.count) == [20, 20, 20])
            let published = candidates.fates.joined().count { $0 == .best }
            #expect(published == candidates.count)
        }
    }

    @Test func `factors stand beside what they are about`() {
        let factors = CandidateFactors(
            [
                ("fresh", .items([1.5, 1, 1, 1])),
                ("fatigue", .pairs(IndexLists([[1, 3], []]), [0.7, 0.49])),
                ("network", .creators(IndexLists([[8], [7, 9]]), [1, 1, 1], others: 0.75)),
            ], creators: [7, 8, 9, -1])
        let first = factors.factors(of: [3, 0, 1], user: 0)
        #expect(
            first == Matrix(rows: 3, columns: 3, elements: [1, 0.49, 1, 1.5, 1, 0.75, 1, 0.7, 1]))
        #expect(
            factors.factors(of: [1, 2], user: 1)
                == Matrix(rows: 2, columns: 3, elements: [1, 1, 0.75, 1, 1, 1]))
        // Of somebody unknown the rules about users say nothing.
        #expect(
            factors.factors(of: [0, 1], user: nil)
                == Matrix(rows: 2, columns: 3, elements: [1.5, 1, 1, 1, 1, 1]))
    }
}
