/// Compares a gradient with central differences, (f(x + h) − f(x − h)) / 2h.
///
/// Floats carry some 1e-7 of the loss, which h = 1e-2 turns into some 1e-5 of noise; the
/// truncation error is of order h². So the difference is measured against the larger of the
/// two values and a floor, and must stay below one part in fifty. A kink of a rectifier between
/// x − h and x + h spoils one step but not a shorter one, so the best of the steps counts; a
/// wrong gradient is wrong at all of them.
public struct FiniteDifferences {
    private let steps: [Float]
    private let floor: Double

    /// - Parameters:
    ///   - steps: Values of h.
    ///   - floor: What a difference is measured against where both values are smaller.
    public init(steps: [Float] = [1e-2], floor: Double = 2e-3) {
        self.steps = steps
        self.floor = floor
    }

    /// The largest relative difference over the given indexes.
    public func worst(
        of indexes: some Sequence<Int>, gradient: [Float],
        value: (Int) -> Float, set: (Int, Float) -> Void, function: () -> Double
    ) -> Double {
        var worst = 0.0
        for index in indexes {
            let x = value(index)
            let analytic = Double(gradient[index])
            var best = Double.infinity
            for step in steps {
                set(index, x + step)
                let above = function()
                set(index, x - step)
                let below = function()
                let numeric = (above - below) / Double((x + step) - (x - step))
                let scale = max(abs(numeric), abs(analytic), floor)
                best = min(best, abs(numeric - analytic) / scale)
                if best < Self.tolerance { break }
            }
            set(index, x)
            worst = max(worst, best)
        }
        return worst
    }

    /// The relative difference that a gradient is right below.
    public static let tolerance = 0.02
}
