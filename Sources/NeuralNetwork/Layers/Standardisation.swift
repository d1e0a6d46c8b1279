/// The mean and deviation of each of some columns.
package struct Standardisation: Codable, Sendable, Equatable {
    package var means: [Float]
    package var deviations: [Float]

    /// Measures the columns of some values, shape `[n, columns]`, in double precision; NaN does not
    /// count. A constant column gets deviation 1, and so standardises to 0.
    package init(of values: ArraySlice<Float>, columns: Int) {
        var sums = [Double](repeating: 0, count: columns)
        var squares = sums
        var counts = sums
        let rows = columns == 0 ? 0 : values.count / columns
        values.withUnsafeBufferPointer { values in
            for row in 0..<rows {
                for column in 0..<columns {
                    let value = Double(values[row * columns + column])
                    if value.isNaN { continue }
                    counts[column] += 1
                    sums[column] += value
                    squares[column] += value * value
                }
            }
        }
        means = zip(sums, counts).map { Float($0 / max($1, 1)) }
        deviations = counts.indices.map { column in
            let count = max(counts[column], 1)
            let mean = sums[column] / count
            let variance = squares[column] / count - mean * mean
            // Rounding leaves some 1e-12 of the square where all values are the same.
            let rounding = 1e-10 * squares[column] / count
            return variance > max(rounding, 1e-12) ? Float(variance.squareRoot()) : 1
        }
    }

    /// Whether there is a mean and a deviation for each of `count` columns.
    package func hasColumns(_ count: Int) -> Bool {
        means.count == count && deviations.count == count
    }

    /// How many deviations from the mean a value may lie: where nearly all values are the same, any
    /// other would drown everything that a tower reads.
    package static let limit: Float = 10

    /// Standardises the columns of one row, up to the limit; what is not known (NaN) becomes the mean,
    /// 0.
    package func apply(to values: UnsafeMutablePointer<Float>) {
        for index in means.indices {
            let value = (values[index] - means[index]) / deviations[index]
            values[index] = value.isNaN ? 0 : min(max(value, -Self.limit), Self.limit)
        }
    }
}
