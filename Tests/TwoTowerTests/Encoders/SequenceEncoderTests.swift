import GradientTestSupport
import LinearAlgebra
import Testing

@testable import TwoTower

/// What every encoder promises, at every level of kernels.
@Suite struct SequenceEncoderTests {
    static let levels = Kernels.Level.allCases.filter { Kernels(level: $0) != nil }

    private func direction(_ count: Int) -> [Float] {
        var generator = SeededGenerator(seed: 4)
        return (0..<count).map { _ in generator.gaussian() }
    }

    /// The largest difference, relative to values above 1.
    private func difference(_ a: [Float], _ b: [Float]) -> Float {
        guard a.count == b.count else { return .infinity }
        // A NaN is no difference to max: it has to be let through by hand.
        return zip(a, b).map { abs($0 - $1) / max(1, abs($1)) }
            .reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
    }

    // Some hundred sums of a few dozen products, in another order.
    static let tolerance: Float = 1e-4

    @Test(arguments: EncoderVariant.allCases, levels)
    func theStatesAreThoseOfPlainLoops(variant: EncoderVariant, level: Kernels.Level) throws {
        for seed: UInt64 in 1...3 {
            var run = EncoderRun(variant.encoder, seed: seed)
            run.kernels = try #require(Kernels(level: level))
            let expected = try #require(variant.plainStates(run))
            #expect(difference(run.states(), expected) < Self.tolerance)
        }
    }

    @Test(arguments: EncoderVariant.allCases, [Float(0), 0.4])
    func gradientsAreThoseOfFiniteDifferences(variant: EncoderVariant, dropout: Float) throws {
        // At this seed no rectifier has its kink, and no normalised row its zero, within a short step.
        var run = EncoderRun(variant.encoder, seed: 7)
        run.dropout = SequenceDropout(rate: dropout, seed: 9)
        let direction = direction(run.stateCount * run.encoder.width)
        func function() -> Double {
            zip(run.states(), direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let gradients = run.gradients(direction: direction)
        // States are of the size of 1, and their sum carries some 1e-6 of noise. Against that, a
        // floor and long steps first.
        let differences = FiniteDifferences(steps: [1e-2, 3e-3, 1e-3], floor: 0.1)
        let parameters = differences.worst(
            of: stride(from: 0, to: run.parameters.count, by: run.parameters.count / 2_000 + 1),
            gradient: gradients.parameters, value: { run.parameters[$0] },
            set: { run.parameters[$0] = $1 }, function: function)
        let events = differences.worst(
            of: run.events.indices, gradient: gradients.events, value: { run.events[$0] },
            set: { run.events[$0] = $1 }, function: function)
        #expect(parameters < FiniteDifferences.tolerance)
        #expect(events < FiniteDifferences.tolerance)
        #expect(gradients.parameters.contains { abs($0) > 0.1 })
        #expect(gradients.events.contains { abs($0) > 0.1 })
    }

    @Test(arguments: EncoderVariant.allCases, levels)
    func everyLevelHasTheSameGradients(variant: EncoderVariant, level: Kernels.Level) throws {
        // Long enough for more than one tile and more than one vector of keys.
        var run = EncoderRun(
            variant.encoder, lengths: [37, 20, 1], readouts: [[3, 17, 36], Array(0..<20), [0]])
        run.dropout = SequenceDropout(rate: 0.2, seed: 9)
        let direction = direction(run.stateCount * run.encoder.width)
        run.kernels = try #require(Kernels(level: .base))
        let expected = run.gradients(direction: direction)
        run.kernels = try #require(Kernels(level: level))
        let actual = run.gradients(direction: direction)
        #expect(difference(actual.events, expected.events) < 1e-3)
        #expect(difference(actual.parameters, expected.parameters) < 1e-3)
    }

    @Test(arguments: EncoderVariant.allCases)
    func laterEventsChangeNoEarlierState(variant: EncoderVariant) {
        let encoder = variant.encoder
        let readouts = Array(0..<21)
        var run = EncoderRun(encoder, lengths: [21, 3], readouts: [readouts, [2]])
        let before = run.states()
        let width = encoder.width
        let stateWidth = encoder.stateCount * width
        // Not by the same number everywhere, which a normalisation would take away.
        for index in 13 * width..<14 * width { run.events[index] += Float(index % 3) }
        let after = run.states()
        for row in 0..<22 {
            let range = row * stateWidth..<(row + 1) * stateWidth
            let isSame = before[range] == after[range]
            // A convolution need not see as far back as the last positions are away.
            if !(13..<21).contains(row) { #expect(isSame, "row \(row)") }
            if (13...14).contains(row) { #expect(!isSame, "row \(row)") }
        }
    }

    @Test(arguments: EncoderVariant.allCases)
    func aSequenceAloneHasTheStatesItHasAmongOthers(variant: EncoderVariant) {
        let together = EncoderRun(variant.encoder)
        let states = together.states()
        let sequences = together.sequences
        let width = together.encoder.width
        let stateWidth = together.encoder.stateCount * width
        for sequence in 0..<sequences.offsets.count - 1 {
            let start = Int(sequences.offsets[sequence])
            let end = Int(sequences.offsets[sequence + 1])
            let firstRow = Int(sequences.readoutOffsets[sequence])
            let rows = firstRow..<Int(sequences.readoutOffsets[sequence + 1])
            var alone = together
            alone.sequences = PackedSequences(
                lengths: [end - start],
                readouts: [rows.map { Int(sequences.readouts[$0]) - start }])
            alone.events = Array(together.events[start * width..<end * width])
            let expected = Array(
                states[rows.lowerBound * stateWidth..<rows.upperBound * stateWidth])
            #expect(difference(alone.states(), expected) < Self.tolerance)
        }
    }

    @Test(arguments: EncoderVariant.allCases)
    func dropoutRepeatsForASeed(variant: EncoderVariant) {
        var run = EncoderRun(variant.encoder)
        let without = run.states()
        run.dropout = SequenceDropout(rate: 0.5, seed: 3)
        let first = run.states()
        #expect(first == run.states())
        #expect(first != without)
        run.dropout = SequenceDropout(rate: 0.5, seed: 4)
        #expect(first != run.states())
        run.dropout = SequenceDropout(rate: 0, seed: 3)
        #expect(run.states() == without)
    }

    @Test(arguments: EncoderVariant.allCases)
    func parameterGradientsAreAdded(variant: EncoderVariant) {
        let run = EncoderRun(variant.encoder)
        let direction = direction(run.stateCount * run.encoder.width)
        let once = run.gradients(direction: direction).parameters
        var sum = once
        run.addGradients(direction: direction, to: &sum)
        #expect(difference(sum, once.map { 2 * $0 }) < Self.tolerance)
    }

    @Test(arguments: EncoderVariant.allCases)
    func noSequencesNeedNoWork(variant: EncoderVariant) {
        let run = EncoderRun(variant.encoder, lengths: [], readouts: [])
        #expect(run.states().isEmpty)
        let gradients = run.gradients(direction: [])
        #expect(gradients.events.isEmpty)
        #expect(gradients.parameters.allSatisfy { $0 == 0 })
    }
}
