import LinearAlgebra

/// Places of several arrays in one block of floats, one after the other.
package struct Layout {
    /// Floats left free after each array, which kernels that read whole vectors may touch.
    private let gap: Int
    /// Floats in use.
    package private(set) var count = 0

    /// The layout of parameters, without gaps.
    package static func parameters() -> Layout { Layout(gap: 0) }
    /// The layout of a workspace: arrays start at multiples of 16 floats.
    package static func workspace() -> Layout { Layout(gap: 16) }

    private init(gap: Int) {
        self.gap = gap
    }

    /// Takes room for an array and returns where it starts.
    package mutating func take(_ size: Int) -> Int {
        let start = count
        count += size + gap
        if gap > 0 { count = (count + gap - 1) / gap * gap }
        return start
    }
}

/// A matrix without gaps between its rows, at an address.
@inlinable
package func matrix(_ base: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int)
    -> MutableMatrixView
{
    MutableMatrixView(base: base, rows: rows, columns: columns, stride: columns)
}

/// A matrix without gaps between its rows, at an address, for reading.
@inlinable
package func matrix(_ base: UnsafePointer<Float>, _ rows: Int, _ columns: Int) -> MatrixView {
    MatrixView(base: base, rows: rows, columns: columns, stride: columns)
}

/// An array of a workspace that holds integers.
@inlinable
package func integers(_ base: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(base).assumingMemoryBound(to: Int32.self)
}

extension UnsafeMutablePointer<Float> {
    /// Fills a dense layer's weights as Glorot and Bengio (2010) advise, times a factor.
    package func fillGlorot(
        inputs: Int, outputs: Int, factor: Float = 1, using generator: inout SeededGenerator
    ) {
        fillGaussian(
            inputs * outputs, deviation: factor * (2 / Float(inputs + outputs)).squareRoot(),
            using: &generator)
    }

    /// Fills values with Gaussian numbers of mean 0.
    package func fillGaussian(
        _ count: Int, deviation: Float, using generator: inout SeededGenerator
    ) {
        for index in 0..<count { self[index] = deviation * generator.gaussian() }
    }
}
