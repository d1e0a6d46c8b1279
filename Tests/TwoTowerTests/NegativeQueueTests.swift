import Foundation
import LinearAlgebra
import Testing

@testable import TwoTower

@Suite struct NegativeQueueTests {
    /// Embeddings of two values and a bias; those of an item at a step are told by both.
    private static func embedding(_ item: Int32, _ step: Int) -> [Float] {
        [Float(item), Float(step), 0.5 * Float(item)]
    }

    private func queue(length: Int, staleness: Int = 100, start: Int = 0) -> NegativeQueue {
        NegativeQueue(
            length: length, staleness: staleness, start: start, dimension: 2, width: 3)
    }

    private func push(
        _ items: [Int32], step: Int, day: Int32 = 0, rows: Int = 4, to queue: inout NegativeQueue
    ) {
        let values = items.map { Self.embedding($0, step) }
        values.flatMap { $0 }.withUnsafeBufferPointer { values in
            queue.push(items, rowCount: rows, step: step, day: day, .best) {
                values.baseAddress! + 3 * $0
            }
        }
    }

    /// The step whose embedding of an item counts.
    private func contents(_ queue: NegativeQueue, day: Int32 = 0) -> [Int32: Int] {
        Dictionary(
            queue.slots(day: day).map { (queue.items[$0], Int(queue.embeddings[3 * $0 + 1])) },
            uniquingKeysWith: { newest, _ in newest })
    }

    @Test func theNewestEmbeddingOfAnItemCounts() {
        var queue = queue(length: 6)
        push([0, 1], step: 1, to: &queue)
        push([2, 0], step: 2, to: &queue)
        #expect(contents(queue) == [0: 2, 1: 1, 2: 2])
        let slot = queue.slots(day: 0).first { queue.items[$0] == 2 }!
        #expect(queue.bias(slot) == 1)
        #expect(abs(queue.inverseLengths[slot] - 1 / Float(8).squareRoot()) < 1e-6)
    }

    @Test func theOldestBatchMakesRoomAsAWhole() {
        var queue = queue(length: 5)
        push([0, 1], step: 1, to: &queue)
        push([2, 3], step: 2, to: &queue)
        push([4, 5], step: 3, to: &queue)
        #expect(contents(queue) == [2: 2, 3: 2, 4: 3, 5: 3])
        #expect(queue.batches.map(\.step) == [2, 3])
        // Around the ring several times.
        for step in 4..<40 {
            push([Int32(step % 8), Int32((step + 3) % 8)], step: step, to: &queue)
        }
        #expect(contents(queue) == [6: 38, 1: 38, 7: 39, 2: 39])
    }

    @Test func whatIsStaleIsDropped() {
        var queue = queue(length: 6, staleness: 2)
        push([0, 1], step: 1, to: &queue)
        push([2], step: 2, to: &queue)
        queue.expire(step: 3)
        #expect(contents(queue) == [0: 1, 1: 1, 2: 2])
        queue.expire(step: 4)
        #expect(contents(queue) == [2: 2])
        queue.expire(step: 5)
        #expect(contents(queue).isEmpty && queue.batches.isEmpty)
        push([0], step: 5, to: &queue)
        #expect(contents(queue) == [0: 5])
    }

    @Test func theQueueFillsBeforeItIsUsed() {
        var queue = queue(length: 6, start: 3)
        #expect(!queue.isUsed(step: 4, day: 0), "empty")
        push([0, 1], step: 1, to: &queue)
        #expect(!queue.isUsed(step: 3, day: 0))
        #expect(queue.isUsed(step: 4, day: 0))
        #expect(!queue.isUsed(step: 4, day: 1), "of another day")
    }

    @Test func aDaySeesItsOwnEntries() {
        var queue = queue(length: 8)
        push([0, 1], step: 1, day: 5, to: &queue)
        push([1, 2], step: 2, day: 6, to: &queue)
        push([3, 1], step: 3, day: 5, to: &queue)
        #expect(contents(queue, day: 5) == [0: 1, 1: 3, 3: 3])
        #expect(contents(queue, day: 6) == [1: 2, 2: 2])
        #expect(contents(queue, day: 7).isEmpty)
    }

    @Test func aQueueThatIsTakenUpGoesOnAsItWas() throws {
        var whole = queue(length: 6, staleness: 5)
        for step in 1..<9 { push([Int32(step % 8), Int32(step * 3 % 8)], step: step, to: &whole) }
        var restored = queue(length: 6, staleness: 5)
        push([7], step: 1, to: &restored)
        let store = MemoryStore()
        try store.save { emit in
            try withoutActuallyEscaping(emit) { emit in
                var writer = try CheckpointWriter(
                    header: whole.position, partSize: 1 << 10, emit: emit)
                try whole.write(to: &writer)
                try writer.finish()
            }
        }
        var reader = try #require(try CheckpointReader(store))
        let position = try reader.header(as: NegativeQueue.Position.self)
        try restored.read(position, from: &reader)
        try reader.finish()
        for step in 9..<15 {
            #expect(restored.position == whole.position)
            #expect(restored.slots(day: 0) == whole.slots(day: 0))
            #expect(
                whole.slots(day: 0).allSatisfy {
                    restored.inverseLengths[$0] == whole.inverseLengths[$0]
                        && restored.bias($0) == whole.bias($0)
                })
            let items = [Int32(step % 5), Int32(step % 3 + 5)]
            push(items, step: step, to: &whole)
            push(items, step: step, to: &restored)
            whole.expire(step: step + 1)
            restored.expire(step: step + 1)
        }
        #expect(contents(restored) == contents(whole))
    }

    /// By hand, q = 0.6, 0.3, 0.1, 0: two rows now and eight of the queue, together ten draws; those of
    /// another day are none.
    @Test func candidatesOfTheQueueAreCorrectedByTheBatchesItSpans() {
        var queue = queue(length: 6)
        push([2, 1], step: 1, to: &queue)
        push([2, 3], step: 2, day: 1, to: &queue)
        push([0, 1], step: 3, to: &queue)
        let set = CandidateSetTests.draw(
            [0, 0], NegativeSources(shared: [InBatchNegatives()], queue: queue))
        #expect(set.items == [0, 1, 2])
        #expect(set.embeddedCount == 1, "an item of the batch has its own embedding")
        #expect(set.queueSlots.map { queue.items[$0] } == [1, 2])
        let expected = [0.6, 0.3, 0.1].map { -log(1 - pow(1 - $0, 10)) }
        #expect(set.queueSlots.map { queue.embeddings[3 * $0 + 1] } == [3, 1], "the newest of 1")
        for (actual, expected) in zip(set.corrections, expected) {
            #expect(abs(Double(actual) - expected) < 1e-6)
        }
        #expect(abs(Double(set.positiveCorrections[0]) - expected[0]) < 1e-6)
        #expect(set.sourceCounts == [1, 3])
    }
}

@Suite struct HardNegativesTests {
    private func negatives(
        limit: Int = 2, threshold: Float = 0.5, isRelative: Bool = false
    ) -> HardNegatives {
        HardNegatives(
            limit: limit, threshold: threshold, isRelative: isRelative, start: 10, ramp: 4)
    }

    /// Scores of entries with the given similarities, lengths and biases for a user of length 2.
    private func choose(
        _ negatives: HardNegatives, limit: Int, similarities: [Float], positive: Float
    ) -> [Bool] {
        let lengths = similarities.indices.map { 0.5 + Float($0) }
        let biases = similarities.indices.map { 3 - Float($0) }
        var scores = similarities.indices.map { similarities[$0] * lengths[$0] * 2 + biases[$0] }
        let before = scores
        // A positive of length 4 at that cosine from the user.
        let user: [Float] = [2, 0]
        let item = [4 * positive, 4 * (1 - positive * positive).squareRoot()]
        let band = negatives.band(user: user, item: item, dimension: 2, .best)
        let count = scores.withUnsafeMutableBufferPointer {
            negatives.choose(
                $0, limit: limit, band, biases: biases, inverseLengths: lengths.map { 1 / $0 })
        }
        #expect(scores.count { $0 > -.infinity } == count)
        #expect(zip(scores, before).allSatisfy { $0 == -.infinity || $0 == $1 })
        return scores.map { $0 > -.infinity }
    }

    @Test func theMostSimilarOfTheBandAreChosen() {
        let similarities: [Float] = [0.6, 0.95, 0.4, 0.7, 0.55, -1, 0.9]
        #expect(
            choose(negatives(), limit: 2, similarities: similarities, positive: 0.85)
                == [true, false, false, true, false, false, false])
        #expect(
            choose(negatives(), limit: 9, similarities: similarities, positive: 0.85)
                == [true, false, false, true, true, false, false])
        #expect(
            choose(negatives(), limit: 0, similarities: similarities, positive: 0.85)
                == [Bool](repeating: false, count: 7))
    }

    @Test func inRelativeModeTheThresholdIsAShareOfThePositive() {
        let relative = negatives(threshold: 0.5, isRelative: true)
        #expect(
            choose(relative, limit: 9, similarities: [0.1, 0.21, 0.39, 0.41], positive: 0.4)
                == [false, true, true, false])
        // Nothing is alike to what is itself unlike.
        #expect(
            choose(relative, limit: 9, similarities: [-0.5, -0.3, 0.1], positive: -0.4)
                == [false, false, false])
    }

    /// Against a sort of everything in the band.
    @Test func theChoiceIsThatOfASort() {
        var generator = SeededGenerator(seed: 8)
        for limit in [1, 5, 50] {
            let similarities = (0..<300).map { _ in 2 * generator.uniform() - 1 }
            let kept = choose(
                negatives(), limit: limit, similarities: similarities, positive: 0.9)
            let inBand = similarities.indices
                .filter { similarities[$0] >= 0.5 && similarities[$0] < 0.9 }
                .sorted { similarities[$0] > similarities[$1] }
            #expect(
                Set(kept.indices.filter { kept[$0] }) == Set(inBand.prefix(limit)),
                "limit \(limit)")
        }
    }

    @Test func theLimitRisesOverTheRamp() {
        let negatives = negatives(limit: 8)
        #expect((9...16).map(negatives.limit(step:)) == [0, 0, 2, 4, 6, 8, 8, 8])
        let steep = HardNegatives(
            limit: 8, threshold: 0, isRelative: false, start: 0, ramp: 0)
        #expect(steep.limit(step: 1) == 8)
    }
}
