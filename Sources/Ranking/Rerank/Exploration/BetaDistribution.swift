import Foundation
import LinearAlgebra

/// The distribution of a rate of which so many successes and failures were seen.
struct BetaDistribution {
    let alpha: Double
    let beta: Double

    /// A random rate in [0, 1]: X / (X + Y) for X of Gamma(α) and Y of Gamma(β).
    func sample(using generator: inout SeededGenerator) -> Double {
        let first = Self.gamma(alpha, using: &generator)
        let second = Self.gamma(beta, using: &generator)
        return first / (first + second)
    }

    /// A number of the gamma distribution of unit scale (Marsaglia, Tsang 2000, "A simple method for
    /// generating gamma variables"; a shape below 1 as in their section 6).
    private static func gamma(_ shape: Double, using generator: inout SeededGenerator) -> Double {
        if shape < 1 {
            let power = pow(uniform(&generator), 1 / shape)
            return gamma(shape + 1, using: &generator) * power
        }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = Double(generator.gaussian())
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            let u = uniform(&generator)
            if log(u) < 0.5 * x * x + d * (1 - v + log(v)) { return d * v }
        }
    }

    /// A number in (0, 1], all multiples of 2⁻⁵³.
    private static func uniform(_ generator: inout SeededGenerator) -> Double {
        Double((generator.next() >> 11) + 1) * 0x1p-53
    }
}
