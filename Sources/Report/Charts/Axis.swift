import Foundation

/// Round numbers along an axis (Heckbert, *Nice Numbers for Graph Labels*, Graphics Gems, 1990).
struct Axis: Equatable {
    /// Ascending, evenly spaced: the first is at or below all numbers, the last at or above.
    let ticks: [Double]
    /// Decimals that tell the ticks apart.
    let decimals: Int

    /// An axis for numbers between two.
    ///
    /// - Parameters:
    ///   - least, greatest: Finite; an axis for one number has room on both sides.
    ///   - count: Ticks wanted, about; at least 2.
    init(least: Double, greatest: Double, count: Int) {
        precondition(least <= greatest && least.isFinite && greatest.isFinite, "no axis")
        var (low, high) = (least, greatest)
        if low == high {
            let room = low == 0 ? 1 : abs(low) / 2
            (low, high) = (low >= 0 ? max(0, low - room) : low - room, high + room)
        }
        let step = Self.nice((high - low) / Double(max(count, 2) - 1))
        let first = (low / step).rounded(.down)
        let last = (high / step).rounded(.up)
        ticks = (Int(first)...Int(last)).map { Double($0) * step }
        decimals = max(0, Int((-log10(step)).rounded(.up)))
    }

    var lower: Double { ticks[0] }
    var upper: Double { ticks[ticks.count - 1] }

    /// The next of 1, 2, 5, 10 times a power of ten.
    private static func nice(_ length: Double) -> Double {
        let power = pow(10, floor(log10(length)))
        let fraction = length / power
        let factor = fraction <= 1 ? 1.0 : fraction <= 2 ? 2 : fraction <= 5 ? 5 : 10
        return factor * power
    }

    /// A tick as text.
    func text(_ tick: Double) -> String { Self.text(tick, decimals: decimals) }

    /// A number with thousands, millions and billions in short.
    static func text(_ number: Double, decimals: Int) -> String {
        let size = abs(number)
        for (limit, letter) in [(1e9, "G"), (1e6, "M"), (1e4, "k")] where size >= limit {
            let unit = letter == "k" ? 1e3 : limit
            let scaled = String(format: "%.1f", number / unit)
            return (scaled.hasSuffix(".0") ? String(scaled.dropLast(2)) : scaled) + letter
        }
        return String(format: "%.\(decimals)f", number == 0 ? 0 : number)
    }

    /// A number with as many digits as it takes to read it: three, at most four decimals.
    static func text(_ number: Double) -> String {
        let size = abs(number)
        if size >= 1e4 || number == number.rounded() { return text(number, decimals: 0) }
        return text(number, decimals: size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 4)
    }
}
