import Foundation
import LinearAlgebra
import NeuralNetwork
import Testing

@testable import TwoTower

@Suite struct ImpressionTests {
    private func message(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ModelError)?.message ?? "\(error)"
        }
    }

    @Test func impressionsThatContradictThemselvesAreRefused() {
        #expect(
            message { _ = try Impressions(offsets: [0, 1], items: [0], days: []) }
                == "1 impressions with 0 days and 1 days of engagement")
        #expect(
            message {
                _ = try Impressions(offsets: [0, 1], items: [0], days: [0], engagedDays: [])
            } == "1 impressions with 1 days and 0 days of engagement")
        #expect(
            message { _ = try Impressions(offsets: [0, 2], items: [0], days: [0]) }
                == "offsets of the impressions do not rise from 0 to their total")
        #expect(
            message { _ = try Impressions(offsets: [0, 1], items: [-1], days: [0]) }
                == "impressions have a negative item index")
        #expect(
            message { _ = try Impressions(offsets: [0, 2], items: [0, 1], days: [1, 0]) }
                == "impressions of a user are not in order of time")
    }

    @Test func impressionsMustFitTheDataset() throws {
        let sequences = try Sequences(offsets: [0, 1], items: [0], days: [0])
        func dataset(_ impressions: Impressions) throws {
            _ = try TwoTowerDataset(
                catalogue: Catalogue(itemCount: 2), sequences: sequences, impressions: impressions)
        }
        #expect(
            message { try dataset(Impressions(offsets: [0], items: [], days: [])) }
                == "impressions of 0 users beside sequences of 1")
        #expect(
            message { try dataset(Impressions(offsets: [0, 1], items: [2], days: [0])) }
                == "impressions have an item beyond the catalogue")
    }

    /// User 0 was shown 1, 2, 3 (which it liked), 2 again and 4; user 1 nothing.
    private func negatives(count: Int, weight: Float = 1) throws -> ImpressionNegatives {
        ImpressionNegatives(
            count: count, weight: weight,
            try Impressions(offsets: [0, 5, 5], items: [1, 2, 3, 2, 4], days: [1, 2, 2, 3, 4]),
            try Sequences(offsets: [0, 2, 3], items: [3, 0, 2], days: [2, 3, 2]))
    }

    /// Item 1 was engaged with on day 3, which is not among the sequences: as when it is liked again
    /// later, or was liked before the history begins.
    @Test func whatWasEngagedWithIsNoNegativeThoughNoHistoryHasIt() throws {
        let impressions = try Impressions(
            offsets: [0, 3], items: [1, 2, 3], days: [1, 1, 2], engagedDays: [3, .max, .max])
        let sequences = try Sequences(offsets: [0, 1], items: [0], days: [2])
        func items(_ impressions: Impressions) -> [Int32] {
            drawn(ImpressionNegatives(count: 5, weight: 1, impressions, sequences), user: 0, day: 9)
                .0
        }
        #expect(items(impressions) == [2, 3])
        // The day of the engagement and of the last impression are yet to come.
        #expect(items(impressions.before([3])) == [1, 2, 3])
        #expect(items(impressions.before([2])) == [1, 2])
        #expect(items(impressions.before([4])) == [2, 3])
    }

    private func drawn(
        _ negatives: ImpressionNegatives, user: Int, day: Int32, seed: UInt64 = 1
    ) -> ([Int32], Double) {
        var items: [Int32] = [9]
        var generator = SeededGenerator(seed: seed)
        let inclusion = negatives.draw(user: user, day: day, using: &generator, into: &items)
        return (Array(items.dropFirst()), inclusion)
    }

    @Test(
        arguments: [(0, []), (1, [1]), (2, [1, 2]), (3, [1, 2]), (9, [1, 2, 4])]
            as [(Int32, [Int32])])
    func onlyWhatWasShownByTheDayWithoutEngagementIsDrawn(day: Int32, items: [Int32]) throws {
        let (all, inclusion) = drawn(try negatives(count: 5), user: 0, day: day)
        #expect(all == items)
        #expect(inclusion == (items.isEmpty ? 0 : 1))
        #expect(drawn(try negatives(count: 5), user: 1, day: day).0.isEmpty)
    }

    @Test func everySubsetIsDrawnAsOften() throws {
        let negatives = try negatives(count: 2)
        var counts: [Set<Int32>: Int] = [:]
        for seed in 0..<3_000 {
            let (items, inclusion) = drawn(negatives, user: 0, day: 9, seed: UInt64(seed))
            #expect(abs(inclusion - 2 / 3) < 1e-12)
            counts[Set(items), default: 0] += 1
        }
        #expect(Set(counts.keys) == [[1, 2], [1, 4], [2, 4]])
        // Five standard deviations of a binomial count.
        #expect(counts.values.allSatisfy { abs($0 - 1_000) < 130 })
    }

    /// By hand: one uniform draw of five items, k = 1 for the two items that user 0 was shown by
    /// day 2, and the weight 3: 3 / (0.2 + 0.8) for row 0. Row 1 does not see them.
    @Test func impressionsAreCandidatesOfTheirRowAlone() throws {
        let days: [Int32] = [2, 3, 2]
        let batch = BatchPositives(
            examples: [
                Example(user: 0, event: 0, weight: 1), Example(user: 1, event: 2, weight: 1),
            ], items: [3, 2], popularity: ItemShares([3, 2]), day: 0,
            step: 1)
        var set = CandidateSet(itemCount: 5)
        var generator = SeededGenerator(seed: 1)
        set.draw(
            for: batch,
            from: NegativeSources(
                shared: [UniformNegatives(count: 1, itemCount: 5)],
                impressions: try negatives(count: 5, weight: 3)),
            days: days, isCorrected: true, using: &generator)
        #expect(set.ownOffsets == [0, 2, 2])
        let own = set.ownCandidates
        #expect(own.map { set.items[Int($0.candidate)] } == [1, 2])
        #expect(own.allSatisfy { abs($0.correction - log(3)) < 1e-6 })

        let columns = set.items.count
        var logits = Matrix(rows: 2, columns: columns)
        logits.withMutableView {
            set.correct(
                CandidateRows(scores: $0, range: 0..<2, users: $0.readOnly, items: $0.readOnly),
                .best)
        }
        for (column, item) in set.items.enumerated() {
            let isDrawn = set.sourceBits[column] != 0
            let uniform = isDrawn ? -log(Float(0.2)) : -.infinity
            let first = item == 3 ? -log(0.2) : [1, 2].contains(item) ? log(3) : uniform
            let second = item == 2 ? -log(0.2) : uniform
            for (actual, expected) in [(logits[0, column], first), (logits[1, column], second)] {
                #expect(actual == expected || abs(actual - expected) < 1e-6)
            }
        }
    }
}
