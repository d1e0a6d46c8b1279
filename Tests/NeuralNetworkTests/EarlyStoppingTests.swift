import Testing

@testable import NeuralNetwork

@Suite struct EarlyStoppingTests {
    private struct Score: ValidationMeasurement {
        let batch: Int
        let quality: Double
    }

    private func score(_ batch: Int, _ quality: Double) -> Score {
        Score(batch: batch, quality: quality)
    }

    @Test func patienceCountsFromTheBest() {
        var stopping = EarlyStopping<Score>(patience: 2)
        var (areBest, exhausted): ([Bool], [Bool]) = ([], [])
        for (batch, quality) in [0.1, 0.1, 0.2, 0.1, 0.15].enumerated() {
            areBest.append(stopping.take(score(batch + 1, quality)))
            exhausted.append(stopping.isExhausted)
        }
        #expect(areBest == [true, false, true, false, false])
        #expect(exhausted == [false, false, false, false, true])
        #expect(stopping.best == score(3, 0.2) && stopping.newest == score(5, 0.15))
    }
}
