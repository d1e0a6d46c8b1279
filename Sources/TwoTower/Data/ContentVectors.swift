import LinearAlgebra
public import NeuralNetwork

/// A vector for each item from one outside encoder, such as a model of images or of text.
public struct ContentVectors: Sendable, Equatable {
    /// What made them; a model is told the vectors of the encoders that it was trained with.
    public let name: String
    /// The length of each.
    public let width: Int
    /// The vectors, scaled to length 1, item after item; zeros for an item without one.
    public let values: [Float]
    /// Whether each item has a vector.
    public let isKnown: [Bool]

    /// The number of items.
    public var itemCount: Int { isKnown.count }

    /// Vectors of all items.
    ///
    /// - Parameter values: Shape `[items, width]`, of any length each; zeros for an item without one.
    /// - Throws: `invalidData` when the number of values does not match, or one is not finite.
    public init(name: String, width: Int, itemCount: Int, values: [Float]) throws(ModelError) {
        guard width > 0, values.count == itemCount * width else {
            throw ModelError(
                .invalidData,
                "\(values.count) content values of \(name) for \(itemCount) items × \(width)")
        }
        guard values.allSatisfy(\.isFinite) else {
            throw ModelError(.invalidData, "a content vector of \(name) is not finite")
        }
        var scaled = values
        var isKnown = [Bool](repeating: false, count: itemCount)
        scaled.withUnsafeMutableBufferPointer { scaled in
            for item in 0..<itemCount {
                let vector = UnsafeMutableBufferPointer(
                    rebasing: scaled[item * width..<(item + 1) * width])
                // In double precision, where no square of a float overflows or vanishes.
                let square = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
                guard square > 0 else { continue }
                isKnown[item] = true
                let factor = 1 / square.squareRoot()
                for index in vector.indices {
                    vector[index] = Float(Double(vector[index]) * factor)
                }
            }
        }
        self.name = name
        self.width = width
        self.values = scaled
        self.isKnown = isKnown
    }

    /// What a model remembers of them.
    var shape: Shape { Shape(name: name, width: width) }

    struct Shape: Codable, Sendable, Equatable {
        var name: String
        var width: Int
    }
}
