import CKernels
import LinearAlgebra

/// What the bytes of product-quantised codes stand for, in eight bits with one scale for all.
///
/// The residual of a code loses far more than this rounding takes away. A byte of two parts has the
/// values of both.
// Sendable because the memory is written in init alone.
final class ScanCodebook: @unchecked Sendable {
    /// What a value is multiplied with.
    let scale: Float
    /// Whether tables of this codebook fit registers.
    let fitsRegisters: Bool
    private let values: UnsafeMutablePointer<UInt8>
    private let starts: UnsafeMutablePointer<Int>
    private let splits: UnsafeMutablePointer<Int>
    private let places: Int

    init(_ quantiser: ProductQuantiser) {
        let (codebooks, dimension) = (quantiser.codebooks, quantiser.codebooks.columns)
        places = quantiser.codeSize
        starts = .allocate(capacity: places + 1)
        splits = .allocate(capacity: places)
        let parts = quantiser.bits == 8 ? 1 : 2
        func start(_ part: Int) -> Int {
            min(part, quantiser.partCount) * dimension / quantiser.partCount
        }
        for place in 0..<places {
            starts[place] = start(parts * place)
            splits[place] = start(parts * place + 1)
        }
        starts[places] = dimension
        var bytes = [Int8](repeating: 0, count: codebooks.elements.count)
        scale = codebooks.elements.withUnsafeBufferPointer {
            guard let values = $0.baseAddress else { return 0 }
            return EightBits.encode(values, count: $0.count, into: &bytes)
        }
        values = .allocate(capacity: 256 * dimension)
        for place in 0..<places {
            let (first, last) = (starts[place], starts[place + 1])
            for byte in 0..<256 {
                for column in first..<last {
                    let row =
                        parts == 1 ? byte : column < splits[place] ? byte & 15 : byte >> 4
                    values[256 * first + byte * (last - first) + column - first] =
                        UInt8(Int(bytes[row * dimension + column]) + 128)
                }
            }
        }
        // Two products of eight bits fit the sixteen of a table in registers.
        var isNarrow = true
        for place in 0..<places {
            if splits[place] - starts[place] > 2 { isNarrow = false }
            if starts[place + 1] - splits[place] > 2 { isNarrow = false }
        }
        fitsRegisters = parts == 2 && places % 4 == 0 && isNarrow
    }

    deinit {
        values.deallocate()
        starts.deallocate()
        splits.deallocate()
    }

    /// What kernels take.
    var layout: vitrine_scan_codebook {
        vitrine_scan_codebook(values: values, starts: starts, splits: splits, places: places)
    }
}
