import Evaluation
import LinearAlgebra
import Testing

@Suite struct DomainClassifierTests {
    private func sample(
        _ ids: Range<Int64>, seed: UInt64, shift: Float = 0, scale: Float = 1
    ) -> DomainClassifier.Sample {
        var random = SeededGenerator(seed: seed)
        let elements = (0..<ids.count * 8).map { place in
            // Uniform with variance 1.
            (random.uniform() - 0.5) * 3.4641 * scale + (place % 8 == 0 ? shift : 0)
        }
        return .init(
            ids: Array(ids), vectors: Matrix(rows: ids.count, columns: 8, elements: elements))
    }

    @Test func `samples of one distribution cannot be told apart`() throws {
        // At 1 % of false alarms, 40 replays have more than three once in a thousand times.
        var alarms = 0
        for seed in 0..<40 as Range<UInt64> {
            let found = try #require(
                DomainClassifier(
                    sample(0..<400, seed: 2 * seed), sample(1_000..<1_400, seed: 2 * seed + 1)))
            if found.pValue < 0.01 { alarms += 1 }
            #expect(abs(found.auc - 0.5) < 0.15)
        }
        #expect(alarms <= 3)
    }

    @Test func `a shift in one component is seen`() throws {
        let found = try #require(
            DomainClassifier(sample(0..<1_000, seed: 1), sample(5_000..<6_000, seed: 2, shift: 1)))
        // Two normals a deviation apart would give Φ(1 / √2) = 0.76; uniform ones 0.75.
        #expect(abs(found.auc - 0.75) < 0.04)
        #expect(found.pValue < 1e-9)
    }

    @Test func `what shrinks around the same mean is seen`() throws {
        let found = try #require(
            DomainClassifier(
                sample(0..<1_000, seed: 1), sample(5_000..<6_000, seed: 2, scale: 0.5)))
        #expect(found.auc > 0.8)
    }

    @Test func `the same vectors again are no news`() throws {
        let both = sample(0..<500, seed: 3)
        let found = try #require(DomainClassifier(both, both))
        #expect(abs(found.auc - 0.5) < 1e-6)
        #expect(found.pValue > 0.4)
    }

    @Test func `vectors that are all alike, and constant components, have an answer`() throws {
        let flat = DomainClassifier.Sample(
            ids: Array(0..<100), vectors: Matrix(rows: 100, columns: 8, repeating: 1))
        let found = try #require(DomainClassifier(sample(200..<300, seed: 4), flat))
        #expect(found.auc > 0.9)
        #expect(DomainClassifier(flat, flat)?.auc == 0.5)
    }

    @Test func `without enough vectors there is none`() {
        let one = sample(0..<1, seed: 1)
        #expect(DomainClassifier(one, one) == nil)
    }
}
