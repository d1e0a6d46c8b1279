import Foundation
import LinearAlgebra
import NeuralNetwork
import TwoTower

/// The values from which random trials draw their settings.
///
/// Source: Bergstra, Bengio, "Random search for hyper-parameter optimization", JMLR 13, 2012.
struct SearchSpace {
    /// The values of one setting.
    enum Values: Equatable {
        /// One of these.
        case choices([JSONValue])
        /// A number between two, both included.
        case range(NumberRange)
    }

    /// By the name of the setting in job files.
    var values: [String: Values]

    /// Draws of a trial that may make no valid configuration: settings depend on one another.
    private static let drawLimit = 200

    /// The configuration of a random trial.
    ///
    /// Each trial has random numbers of its own, so that it is the same whatever was drawn before it.
    ///
    /// - Parameters:
    ///   - number: Of the trial, from 1.
    ///   - base: Has the settings that are not drawn.
    /// - Throws: `ModelError` when none of many draws makes a valid configuration.
    func draw(
        _ number: Int, over base: TwoTowerConfiguration, seed: Int
    ) throws -> TwoTowerConfiguration {
        var generator = SeededGenerator(
            seed: UInt64(bitPattern: Int64(seed)), stream: UInt64(number))
        let settings = try JSONSettings(base)
        var refusal: ModelError?
        for _ in 0..<Self.drawLimit {
            var drawn = settings
            for (key, values) in values.sorted(by: { $0.key < $1.key }) {
                drawn[key] = values.draw(using: &generator)
            }
            let configuration = try drawn.decoded(as: TwoTowerConfiguration.self)
            do {
                try configuration.validate()
                return configuration
            } catch {
                refusal = error
            }
        }
        throw refusal!
    }
}

extension SearchSpace.Values {
    fileprivate func draw(using generator: inout SeededGenerator) -> JSONValue {
        switch self {
        case .choices(let values): values[generator.index(below: values.count)]
        case .range(let range): range.value(at: Double(generator.uniform()))
        }
    }
}

/// Numbers between two, both included, on a linear or a logarithmic scale.
struct NumberRange: Equatable {
    var from: Double
    var to: Double
    /// Whether equal ratios, not equal differences, are equally likely.
    var isLogarithmic: Bool
    /// Whether only whole numbers count.
    var isWhole: Bool

    /// The number at a share of the way, in 0 ..< 1: to three digits, so that what is written of it
    /// is all of it.
    func value(at share: Double) -> JSONValue {
        // Each whole number has a stretch of its own: half a unit more on both sides.
        let (low, high) = isWhole ? (from - 0.5, to + 0.5) : (from, to)
        let number =
            isLogarithmic ? low * pow(high / low, share) : low + (high - low) * share
        guard !isWhole else { return .integer(Int(min(max(number.rounded(), from), to))) }
        return .number(min(max(Self.rounded(number), from), to))
    }

    private static func rounded(_ number: Double) -> Double {
        // By way of text: the nearest number that is written so.
        Double(String(format: "%.3g", number)) ?? number
    }
}
