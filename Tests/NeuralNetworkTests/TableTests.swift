import LinearAlgebra
import Testing

@testable import NeuralNetwork

@Suite struct TableTests {
    @Test(arguments: [TableStorage.float32, .bfloat16, .float16])
    func aRowIsReadAsItWasWritten(storage: TableStorage) {
        let table = Table(rows: 5, width: 7, storage: storage)
        #expect(table.bytes.count == 35 * (storage == .float32 ? 4 : 2))
        // Eighths are exact in every format.
        let row = (0..<7).map { Float($0 - 3) / 8 }
        table.view.write(row, to: 3)
        #expect(Array(table.values[21..<28]) == row)
        #expect(table.values[..<21].allSatisfy { $0 == 0 })
        let bag = Bag()
        for (row, weight) in [(3, 1), (0, 5), (3, 2)] {
            bag.append(UInt32(row), weight: Float(weight))
        }
        bag.closeRow()
        let sum = Matrix(rows: 1, columns: 7) { bag.forward(table.view, $0, .best) }
        #expect(sum.elements == row.map { 3 * $0 })
        table.view.update(3, seed: 1) { for column in 0..<7 { $0[column] += 1 } }
        #expect(Array(table.values[21..<28]) == row.map { $0 + 1 })
        let copy = table.copy()
        #expect(copy == table)
        copy.view.update(0, seed: 1) { $0[0] = 1 }
        #expect(copy != table)
    }

    /// A thousand steps of a hundredth of the last bit: together ten of them.
    @Test(arguments: [TableStorage.bfloat16, .float16])
    func smallStepsAreNotLost(storage: TableStorage) {
        let table = Table(rows: 1, width: 256, storage: storage)
        table.view.write([Float](repeating: 1, count: 256), to: 0)
        let bit: Float = storage == .bfloat16 ? 0x1p-7 : 0x1p-10
        for step in 0..<1000 {
            table.view.update(0, seed: UInt64(step)) {
                for column in 0..<256 { $0[column] += bit / 100 }
            }
        }
        let mean = table.values.reduce(0, +) / 256
        // Five standard deviations of the mean of 256 sums of a thousand draws of 0.01 each.
        #expect(abs(mean - (1 + 10 * bit)) < 5 * bit * (1000 * 0.0099 / 256).squareRoot())
    }
}
