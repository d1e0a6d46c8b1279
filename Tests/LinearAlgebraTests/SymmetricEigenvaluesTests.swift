import Foundation
import LinearAlgebra
import Testing

@Suite struct SymmetricEigenvaluesTests {
    @Test func eigenvaluesByHand() {
        #expect(SymmetricEigenvalues.descending([], size: 0) == [])
        #expect(SymmetricEigenvalues.descending([-3], size: 1) == [-3])
        // (2 − λ)² = 1.
        let found = SymmetricEigenvalues.descending([2, 1, 1, 2], size: 2)
        #expect(abs(found[0] - 3) < 1e-14 && abs(found[1] - 1) < 1e-14)
        #expect(SymmetricEigenvalues.descending([1, 0, 0, 5], size: 2) == [5, 1])
    }

    /// A path of n nodes: the eigenvalues of its Laplacian are known in closed form.
    @Test(arguments: [3, 16, 65]) func eigenvaluesOfAPathAreThoseOfTheBook(size: Int) {
        var matrix = [Double](repeating: 0, count: size * size)
        for i in 0..<size {
            matrix[i * size + i] = 2
            if i + 1 < size {
                matrix[i * size + i + 1] = -1
                matrix[(i + 1) * size + i] = -1
            }
        }
        let found = SymmetricEigenvalues.descending(matrix, size: size)
        let expected = (1...size).map { 2 - 2 * cos(.pi * Double($0) / Double(size + 1)) }
            .sorted(by: >)
        for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-12) }
    }

    /// What no rotation may change: the sum of the eigenvalues, and that of their squares.
    @Test(arguments: [2, 17, 64]) func traceAndNormStay(size: Int) {
        var generator = SeededGenerator(seed: 11)
        let random = Matrix.gaussian(rows: size, columns: size, deviation: 1, using: &generator)
        var matrix = [Double](repeating: 0, count: size * size)
        for i in 0..<size {
            for j in 0..<size {
                matrix[i * size + j] = Double(random[i, j]) + Double(random[j, i])
            }
        }
        let found = SymmetricEigenvalues.descending(matrix, size: size)
        let trace = (0..<size).reduce(0) { $0 + matrix[$1 * size + $1] }
        let squares = matrix.reduce(0) { $0 + $1 * $1 }
        #expect(abs(found.reduce(0, +) - trace) < 1e-9 * squares.squareRoot())
        #expect(abs(found.reduce(0) { $0 + $1 * $1 } - squares) < 1e-10 * squares)
        #expect(found == found.sorted(by: >))
    }
}
