import Foundation
import LinearAlgebra
import Testing

@testable import Evaluation

@Suite struct ScoreCalibrationTests {
    private func lists(_ scores: [[Float]]) -> RankedLists {
        RankedLists(
            items: IndexLists(scores.map { Array(0..<UInt32($0.count)) }),
            scores: scores.flatMap { $0 })
    }

    @Test func theSlopeOfTwoItemsIsThatOfTheirOdds() throws {
        // Scores 2 and 0; 30 of 40 users took the first. The likeliest q is 3/4, so that
        // 2 β = ln 3. Information: 40 users times 2² · 3/4 · 1/4.
        let calibration = try #require(
            ScoreCalibration(
                lists: lists([[Float]](repeating: [2, 0], count: 40)),
                truth: IndexLists((0..<40).map { [$0 < 30 ? 0 : 1] })))
        #expect(abs(calibration.slope - log(3) / 2) < 1e-6)
        #expect(abs(calibration.standardError - 1 / 30.0.squareRoot()) < 1e-6)
        #expect(calibration.hitCount == 40)
        #expect(abs(calibration.miscalibration - log(2 / log(3))) < 1e-6)
    }

    @Test(arguments: [Float(0.5), 1, 4])
    func scoresThatAreStretchedHaveASlopeAsMuchSmaller(stretch: Float) throws {
        // Hits drawn with the probabilities that the scores state, before they are stretched.
        var random = SeededGenerator(seed: 3)
        var (scores, truth) = ([[Float]](), [[UInt32]]())
        for _ in 0..<4000 {
            let list = (0..<6).map { _ in random.gaussian() }.sorted(by: >)
            let weights = list.map { exp(Double($0)) }
            var rest = Double(random.uniform()) * weights.reduce(0, +)
            let hit = weights.firstIndex { weight in
                rest -= weight
                return rest < 0
            }
            scores.append(list.map { $0 * stretch })
            truth.append([UInt32(hit ?? 5)])
        }
        let calibration = try #require(
            ScoreCalibration(lists: lists(scores), truth: IndexLists(truth)))
        let scaled = calibration.slope * Double(stretch)
        #expect(abs(scaled - 1) < 4 * calibration.standardError * Double(stretch))
        #expect(calibration.standardError * Double(stretch) < 0.03)
    }

    @Test func onlyListsWithHitsAndScoresThatDifferCount() throws {
        let missed = ScoreCalibration(
            lists: lists([[1, 0], []]), truth: IndexLists([[7], [1]]))
        #expect(missed == nil)
        #expect(ScoreCalibration(lists: lists([[1, 1]]), truth: IndexLists([[0]])) == nil)
        let calibration = try #require(
            ScoreCalibration(
                lists: lists([[2, 0], [1, 1], [2, 0], [2, 0], [3, 2]]),
                truth: IndexLists([[0], [0], [1], [0, 9], [9]])))
        #expect(calibration.hitCount == 3)
        #expect(abs(calibration.slope - log(2) / 2) < 1e-6)
    }

    @Test func hitsThatAreAllOnTopLeaveTheSlopeOpen() throws {
        let calibration = try #require(
            ScoreCalibration(
                lists: lists([[Float]](repeating: [2, 0], count: 500)),
                truth: IndexLists([[UInt32]](repeating: [0], count: 500))))
        #expect(calibration.slope > 2)
        #expect(calibration.miscalibrationError > calibration.miscalibration)
    }

    @Test func scoresThatPointTheWrongWayEndAtTheBound() throws {
        let calibration = try #require(
            ScoreCalibration(
                lists: lists([[Float]](repeating: [2, 0], count: 500)),
                truth: IndexLists([[UInt32]](repeating: [1], count: 500))))
        #expect(abs(calibration.slope - 1.0 / 64) < 1e-6)
    }

    @Test func severalHitsOfAUserAreOneObservation() throws {
        // Each user took both of two items, or both of the other two: 2 hits that always go
        // together tell as much as one.
        let scores = [[Float]](repeating: [1, 1, 0, 0], count: 100)
        let together = try #require(
            ScoreCalibration(
                lists: lists(scores),
                truth: IndexLists((0..<100).map { $0 < 60 ? [0, 1] : [2, 3] })))
        let apart = try #require(
            ScoreCalibration(
                lists: lists(scores), truth: IndexLists((0..<100).map { $0 < 60 ? [0] : [2] })))
        #expect(abs(together.slope - apart.slope) < 1e-6)
        #expect(abs(together.standardError - apart.standardError) < 1e-6)
    }
}
