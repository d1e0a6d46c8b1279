/// Values in eight bits with one scale for a vector: −127 … 127 times the scale.
public enum EightBits {
    /// Writes the nearest values and returns the scale, 0 for zeros.
    public static func encode(
        _ values: UnsafePointer<Float>, count: Int, into codes: UnsafeMutablePointer<Int8>
    ) -> Float {
        var largest: Float = 0
        for position in 0..<count { largest = max(largest, abs(values[position])) }
        let scale = largest / 127
        guard scale > 0 else {
            codes.update(repeating: 0, count: count)
            return 0
        }
        for position in 0..<count {
            let rounded = (values[position] / scale).rounded(.toNearestOrEven)
            codes[position] = Int8(max(-127, min(127, rounded)))
        }
        return scale
    }

    /// Writes the values that codes stand for: `scale` times each.
    public static func decode(
        _ codes: UnsafePointer<Int8>, scale: Float, count: Int,
        into values: UnsafeMutablePointer<Float>
    ) {
        for position in 0..<count { values[position] = scale * Float(codes[position]) }
    }
}
