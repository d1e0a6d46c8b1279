import LinearAlgebra
import Testing

@Suite struct MatrixTests {
    @Test func elementsAreStoredRowByRow() {
        var matrix = Matrix(rows: 2, columns: 3, elements: [1, 2, 3, 4, 5, 6])
        #expect(matrix[1, 0] == 4)
        #expect(Array(matrix[row: 1]) == [4, 5, 6])
        matrix[0, 2] = 9
        #expect(matrix.elements == [1, 2, 9, 4, 5, 6])
        #expect(matrix.shape == "2 × 3")
    }

    @Test func copiesAreValues() {
        let original = Matrix(rows: 1, columns: 1)
        var copy = original
        copy[0, 0] = 1
        #expect(original[0, 0] == 0)
    }

    @Test(arguments: [(1, 1, 1), (3, 4, 5), (17, 33, 9), (64, 7, 130)])
    func productsAgreeWithTheDefinition(rows: Int, inner: Int, columns: Int) {
        var generator = SeededGenerator(seed: 3)
        let a = Matrix.gaussian(rows: rows, columns: inner, deviation: 1, using: &generator)
        let b = Matrix.gaussian(rows: inner, columns: columns, deviation: 1, using: &generator)
        let transposed = Matrix(
            rows: columns, columns: inner,
            elements: (0..<columns).flatMap { c in (0..<inner).map { b[$0, c] } })
        let aTransposed = Matrix(
            rows: inner, columns: rows,
            elements: (0..<inner).flatMap { i in (0..<rows).map { a[$0, i] } })
        let plain = (0..<rows).flatMap { row in
            (0..<columns).map { column in
                (0..<inner).reduce(Float(0)) { $0 + a[row, $1] * b[$1, column] }
            }
        }
        func difference(_ matrix: Matrix) -> Float {
            zip(matrix.elements, plain).map { abs($0 - $1) }.max() ?? 0
        }
        // Sums of at most 33 products of numbers near 1, taken in another order.
        let tolerance: Float = 1e-4
        #expect(difference(a.multiplied(by: b)) < tolerance)
        #expect(difference(a.multiplied(byTransposeOf: transposed)) < tolerance)

        let accumulated = Matrix(rows: rows, columns: columns) { result in
            aTransposed.withView { left in
                b.withView { right in
                    BLAS.multiply(
                        left, right, transposing: .first, factor: 0.25, into: result)
                    BLAS.multiply(
                        left, right, transposing: .first, factor: 0.75, into: result,
                        accumulating: true)
                }
            }
        }
        #expect(difference(accumulated) < tolerance)
    }

    @Test func viewsSelectRowsAndColumns() {
        let matrix = Matrix(rows: 3, columns: 4, elements: (0..<12).map(Float.init))
        matrix.withView { view in
            let window = view.rows(1..<3).columns(2..<4)
            #expect(window.rows == 2 && window.columns == 2 && window.stride == 4)
            #expect(window.row(0)[0] == 6 && window.row(1)[1] == 11)
        }
    }

    @Test func productsOfEmptyMatricesAreEmptyOrZero() {
        let empty = Matrix(rows: 0, columns: 3)
        let two = Matrix(rows: 2, columns: 3, repeating: 1)
        #expect(empty.multiplied(byTransposeOf: two) == Matrix(rows: 0, columns: 2))
        let nothing = Matrix(rows: 2, columns: 0)
        #expect(
            nothing.multiplied(byTransposeOf: nothing) == Matrix(rows: 2, columns: 2))
    }
}
