/// Eigenvalues of symmetric matrices, for spectra of a few hundred directions.
public enum SymmetricEigenvalues {
    /// The eigenvalues of a symmetric matrix, descending, by the cyclic Jacobi method (Golub, Van Loan,
    /// *Matrix Computations*, 4th edition, §8.5): rotations that clear one element off the diagonal
    /// after another until none is left that counts.
    ///
    /// - Parameters:
    ///   - matrix: Shape `[size, size]`, row after row; the half above the diagonal is read.
    /// - Precondition: There are `size` × `size` numbers, and they are finite.
    /// - Complexity: O(`size`³) a sweep, some eight sweeps.
    public static func descending(_ matrix: [Double], size: Int) -> [Double] {
        precondition(
            matrix.count == size * size, "\(matrix.count) numbers for a matrix of \(size) × \(size)"
        )
        precondition(matrix.allSatisfy(\.isFinite), "a number of the matrix is not finite")
        var a = matrix
        for row in 0..<size {
            for column in 0..<row { a[row * size + column] = a[column * size + row] }
        }
        let scale = a.reduce(0) { $0 + $1 * $1 }
        a.withUnsafeMutableBufferPointer { a in
            // Convergence is quadratic: what takes more sweeps is rounding, which no sweep clears.
            for _ in 0..<30 where offDiagonal(a, size) > 1e-30 * scale {
                for p in 0..<size {
                    for q in p + 1..<max(size, p + 1) { rotate(a, size, p, q) }
                }
            }
        }
        return (0..<size).map { a[$0 * size + $0] }.sorted(by: >)
    }

    private static func offDiagonal(_ a: UnsafeMutableBufferPointer<Double>, _ size: Int) -> Double
    {
        var sum = 0.0
        for p in 0..<size {
            for q in p + 1..<max(size, p + 1) { sum += 2 * a[p * size + q] * a[p * size + q] }
        }
        return sum
    }

    /// Turns the plane of two axes so that the element between them becomes 0.
    private static func rotate(
        _ a: UnsafeMutableBufferPointer<Double>, _ size: Int, _ p: Int, _ q: Int
    ) {
        let apq = a[p * size + q]
        if apq == 0 { return }
        let theta = (a[q * size + q] - a[p * size + p]) / (2 * apq)
        // The smaller of the two angles, which is the stable one.
        let t =
            (theta >= 0 ? 1.0 : -1) / (theta.magnitude + (theta * theta + 1).squareRoot())
        let c = 1 / (t * t + 1).squareRoot()
        let s = t * c
        for k in 0..<size where k != p && k != q {
            let (akp, akq) = (a[k * size + p], a[k * size + q])
            let (turnedP, turnedQ) = (c * akp - s * akq, s * akp + c * akq)
            (a[k * size + p], a[p * size + k]) = (turnedP, turnedP)
            (a[k * size + q], a[q * size + k]) = (turnedQ, turnedQ)
        }
        a[p * size + p] -= t * apq
        a[q * size + q] += t * apq
        (a[p * size + q], a[q * size + p]) = (0, 0)
    }
}
