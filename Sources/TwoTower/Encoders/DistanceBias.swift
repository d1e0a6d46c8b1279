import LinearAlgebra
import NeuralNetwork

/// A learned number for each head and distance, added to the score of attention: as in T5 (Raffel et
/// al. 2020), but a bucket is one distance.
///
/// Kernels want the biases of a head in memory with the greatest distance first, expanded to the
/// longest sequence: `[heads, longest]`.
struct DistanceBias: Sendable {
    let heads: Int
    /// Distances with a bias of their own, greater ones sharing the last; 0 without biases.
    let distances: Int
    /// Where the biases start in the parameters, `[heads, distances]`.
    let offset: Int

    init(heads: Int, distances: Int, parameters: inout Layout) {
        self.heads = heads
        self.distances = distances
        offset = parameters.take(heads * distances)
    }

    /// Values of the expanded biases.
    func expandedCount(longest: Int) -> Int { distances > 0 ? heads * longest : 0 }

    /// Where the bias of distance 0 of a head stands among the expanded ones, at an address.
    func newest(
        _ head: Int, in expanded: UnsafeMutablePointer<Float>, longest: Int
    ) -> UnsafeMutablePointer<Float>? {
        distances > 0 ? expanded + (head + 1) * longest - 1 : nil
    }

    func initialize(_ parameters: UnsafeMutablePointer<Float>) {
        (parameters + offset).update(repeating: 0, count: heads * distances)
    }

    /// Writes the expanded biases.
    func expand(
        _ parameters: UnsafePointer<Float>, into expanded: UnsafeMutablePointer<Float>,
        longest: Int
    ) {
        forEach(longest) { place, parameter in expanded[place] = parameters[parameter] }
    }

    /// Adds the gradient of the expanded biases to that of the parameters.
    func addGradient(
        _ expanded: UnsafePointer<Float>, to parameterGradient: UnsafeMutablePointer<Float>,
        longest: Int
    ) {
        forEach(longest) { place, parameter in parameterGradient[parameter] += expanded[place] }
    }

    private func forEach(_ longest: Int, _ body: (_ place: Int, _ parameter: Int) -> Void) {
        if distances == 0 { return }
        for head in 0..<heads {
            for distance in 0..<longest {
                body(
                    (head + 1) * longest - 1 - distance,
                    offset + head * distances + min(distance, distances - 1))
            }
        }
    }
}
