import Evaluation
import Foundation
import LinearAlgebra
import NeuralNetwork
import Testing

@testable import Ranking

@Suite struct CalibrationTests {
    private static let unit = 0.0...1.0

    /// Pooled by hand: 1 before 0 is pooled to a half, and so is what follows below it.
    @Test func adjacentViolatorsArePooled() {
        let curve = CalibrationCurve.isotonic(
            scores: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], outcomes: [0, 1, 0, 0, 1, 1],
            within: Self.unit)
        // 1, 0, 0 at 0.2 … 0.4 become a third at 0.3; ones are one block.
        guard case .isotonic(let scores, let values) = curve else {
            Issue.record("no isotonic curve")
            return
        }
        #expect(zip(scores, [0.1, 0.3, 0.55]).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(zip(values, [0, 1.0 / 3, 1]).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(curve(0) == 0 && curve(0.9) == 1)
        #expect(abs(curve(0.2) - 1.0 / 6) < 1e-12)
    }

    @Test func equalScoresAreOneBlock() {
        let curve = CalibrationCurve.isotonic(
            scores: [0.5, 0.5, 0.5, 0.5], outcomes: [0, 1, 0, 0], within: Self.unit)
        #expect(curve == .isotonic(scores: [0.5], values: [0.25]))
    }

    /// Against the definition: the value of a block is max over starts of min over ends of means.
    @Test func theCurveIsTheMaximumOfMinima() {
        var generator = SeededGenerator(seed: 4)
        let outcomes = (0..<40).map { _ in Double(generator.uniform() < 0.4 ? 1 : 0) }
        let curve = CalibrationCurve.isotonic(
            scores: outcomes.indices.map(Double.init), outcomes: outcomes, within: Self.unit)
        guard case .isotonic(let scores, let values) = curve else {
            Issue.record("no isotonic curve")
            return
        }
        func mean(_ range: ClosedRange<Int>) -> Double {
            outcomes[range].reduce(0, +) / Double(range.count)
        }
        func expected(_ index: Int) -> Double {
            let ends = index..<outcomes.count
            let minima: [Double] = (0...index).map { start in
                ends.map { mean(start...$0) }.min()!
            }
            return minima.max()!
        }
        for (score, value) in zip(scores, values) {
            #expect(abs(value - expected(Int(score))) < 1e-12)
        }
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
    }

    /// Labels drawn from σ(0.6 logit + 0.5): the regression finds both numbers.
    @Test func plattFindsSlopeAndIntercept() {
        var generator = SeededGenerator(seed: 6)
        let probabilities = (0..<60_000).map { _ in Double(generator.uniform()) }
        let labels = probabilities.map {
            Double(generator.uniform()) < 1 / (1 + exp(-0.6 * CalibrationCurve.logit($0) - 0.5))
        }
        guard
            case .platt(let slope, let intercept) = CalibrationCurve.platt(
                probabilities: probabilities, labels: labels)
        else {
            Issue.record("no Platt curve")
            return
        }
        #expect(abs(slope - 0.6) < 0.03 && abs(intercept - 0.5) < 0.03)
    }

    @Test func plattNeverTurnsTheOrderRound() {
        let curve = CalibrationCurve.platt(
            probabilities: [0.1, 0.2, 0.8, 0.9], labels: [true, true, false, false])
        #expect(curve(0.1) == curve(0.9))
        #expect(abs(curve(0.1) - 0.5) < 1e-9)
        // A class that is not there leaves something to be seen.
        let never = CalibrationCurve.platt(
            probabilities: [0.1, 0.2, 0.3], labels: [false, false, false])
        #expect(never(0.9) > 0 && never(0.9) < 0.5)
    }

    /// Predictions that are off in each of two groups in its own way.
    @Test(arguments: [CalibrationCurve.Method.isotonic, .platt])
    func everyGroupIsCalibrated(method: CalibrationCurve.Method) throws {
        let tasks = [RankerTask(name: "click"), RankerTask(name: "watch", kind: .duration)]
        func world(_ seed: UInt64) -> (scores: Matrix, labels: Matrix, groups: [Int32]) {
            var generator = SeededGenerator(seed: seed)
            var (scores, labels, groups) = ([Float](), [Float](), [Int32]())
            for _ in 0..<40_000 {
                let p = generator.uniform()
                let group = Int32(generator.index(below: 2))
                let shift: Float = group == 0 ? 1 : -2
                let truth = RankerWorlds.sigmoid(Float(CalibrationCurve.logit(Double(p))) + shift)
                scores += [p, 10 * p]
                labels += [generator.uniform() < truth ? 1 : 0, 40 * p * generator.uniform()]
                groups.append(group)
            }
            return (
                Matrix(rows: groups.count, columns: 2, elements: scores),
                Matrix(rows: groups.count, columns: 2, elements: labels), groups
            )
        }
        let (train, test) = (world(1), world(2))
        var settings = Calibrator.Settings()
        settings.method = method
        settings.shrinkage = 0
        let calibrator = try Calibrator(
            tasks: tasks, scores: train.scores, labels: train.labels, groups: train.groups,
            settings: settings)
        #expect(calibrator.curves.count == 6)
        let calibrated = calibrator.calibrated(
            test.scores, tasks: tasks, groups: test.groups, threadCount: 2)
        for group in Int32(0)...1 {
            let rows = test.groups.indices.filter { test.groups[$0] == group }
            func error(_ scores: Matrix) throws -> Double {
                try #require(
                    ProbabilityEvaluation(
                        predictions: rows.map { scores[$0, 0] },
                        labels: rows.map { test.labels[$0, 0] == 1 })
                ).expectedCalibrationError
            }
            #expect(try error(test.scores) > 0.1)
            #expect(try error(calibrated) < 0.025)
        }
        // Durations: twice what was predicted.
        let ratio =
            (0..<calibrated.rows).reduce(0) { $0 + calibrated[$1, 1] }
            / (0..<calibrated.rows).reduce(0) { $0 + test.labels[$1, 1] }
        #expect(abs(ratio - 1) < 0.05)
        // A group that calibration never saw has the curve of all.
        let unknown = calibrator.calibrated(
            test.scores, tasks: tasks, groups: test.groups.map { _ in 7 }, threadCount: 1)
        #expect(
            unknown == calibrator.calibrated(test.scores, tasks: tasks, threadCount: 1))
        #expect(try Calibrator(decoding: calibrator.encoded()) == calibrator)
    }

    @Test func candidatesOfNoGroupHaveNoCurveOfTheirOwn() throws {
        let tasks = [RankerTask(name: "click")]
        let scores = Matrix(
            rows: 2_000, columns: 1, elements: (0..<2_000).map { Float($0) / 2_000 })
        let labels = Matrix(
            rows: 2_000, columns: 1, elements: (0..<2_000).map { $0.isMultiple(of: 3) ? 1 : 0 })
        let groups = (0..<2_000).map { Int32($0 % 2 - 1) }
        var settings = Calibrator.Settings()
        settings.minimumCount = 300
        let calibrator = try Calibrator(
            tasks: tasks, scores: scores, labels: labels, groups: groups, settings: settings)
        #expect(calibrator.curves.map(\.group) == [nil, 0])
        let ungrouped = try Calibrator(
            tasks: tasks, scores: scores, labels: labels, settings: settings)
        #expect(ungrouped.curves == [calibrator.curves[0]])
        #expect(
            calibrator.calibrated(
                scores, tasks: tasks, groups: groups.map { _ in -1 }, threadCount: 1)
                == ungrouped.calibrated(scores, tasks: tasks, threadCount: 1))
        // Without curves predictions stay as they are.
        #expect(
            Calibrator(curves: []).calibrated(scores, tasks: tasks, threadCount: 1) == scores)
    }

    @Test func aShrunkCurveCorrectsLess() throws {
        let tasks = [RankerTask(name: "click")]
        let scores = Matrix(
            rows: 3_000, columns: 1, elements: (0..<3_000).map { 0.1 + Float($0) / 5_000 })
        let labels = Matrix(
            rows: 3_000, columns: 1, elements: (0..<3_000).map { $0 % 7 < $0 / 1_000 + 1 ? 1 : 0 })
        func logit(of score: Float, shrinkage: Double) throws -> Double {
            var settings = Calibrator.Settings()
            settings.shrinkage = shrinkage
            let calibrator = try Calibrator(
                tasks: tasks, scores: scores, labels: labels, settings: settings)
            return CalibrationCurve.logit(calibrator.curves[0].curve(Double(score)))
        }
        for score: Float in [0.05, 0.3, 0.8] {
            let raw = CalibrationCurve.logit(Double(score))
            let whole = try logit(of: score, shrinkage: 0)
            #expect(abs(whole - raw) > 0.05)
            #expect(abs(try logit(of: score, shrinkage: 0.5) - (raw + whole) / 2) < 1e-9)
            #expect(abs(try logit(of: score, shrinkage: 1) - raw) < 1e-9)
        }
    }

    @Test func fewObservationsHaveFewParameters() throws {
        let tasks = [RankerTask(name: "hide")]
        let scores = Matrix(
            rows: 1_000, columns: 1, elements: (0..<1_000).map { Float($0) / 1_000 })
        let labels = Matrix(
            rows: 1_000, columns: 1, elements: (0..<1_000).map { $0 > 990 ? 1 : 0 })
        var settings = Calibrator.Settings()
        settings.method = .isotonic
        let calibrator = try Calibrator(
            tasks: tasks, scores: scores, labels: labels,
            groups: (0..<1_000).map { Int32($0 % 2) }, settings: settings)
        #expect(calibrator.curves.count == 1)
        guard case .platt = calibrator.curves[0].curve else {
            Issue.record("9 positives have more than two parameters")
            return
        }
    }

    @Test func calibrationsThatCannotBeAreRefused() throws {
        let tasks = [RankerTask(name: "click")]
        let scores = Matrix(rows: 2, columns: 1, elements: [0.1, 0.2])
        let unknown = Matrix(rows: 2, columns: 1, elements: [.nan, .nan])
        let broken = Matrix(rows: 2, columns: 1, elements: [.nan, 0.2])
        for (scores, labels) in [(scores, unknown), (broken, scores)] {
            #expect(throws: ModelError.self) {
                try Calibrator(tasks: tasks, scores: scores, labels: labels)
            }
        }
        #expect(!CalibrationCurve.isotonic(scores: [0.2, 0.1], values: [0, 1]).isSound)
        #expect(!CalibrationCurve.isotonic(scores: [0.1, 0.2], values: [1, 0]).isSound)
        #expect(!CalibrationCurve.platt(slope: -1, intercept: 0).isSound)
    }
}
