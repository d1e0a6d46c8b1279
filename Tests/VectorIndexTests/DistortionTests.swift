import LinearAlgebra
import Testing
import VectorIndex

/// How far items lie from the centroids of their lists.
@Suite struct DistortionTests {
    private func file(
        _ similarity: Similarity, _ lists: [[UInt32]], _ items: Matrix
    ) throws -> InvertedFile {
        let centroids = Matrix(rows: 2, columns: 2, elements: [1, 0, 0, 1])
        return try InvertedFile(
            parameters: InvertedFileParameters(similarity: similarity, listCount: 2),
            itemCount: items.rows, centroids: centroids, lists: IndexLists(lists),
            codes: lists.joined().flatMap { item in
                items[row: Int(item)].withUnsafeBytes { Array($0) }
            })
    }

    @Test func `is the mean of squared distances, of what is in lists`() throws {
        let items = Matrix(rows: 4, columns: 2, elements: [1, 2, 3, 0, 0, -1, 9, 9])
        // 4, 4 and 4: to (1, 0), (1, 0) and (0, 1).
        #expect(try file(.l2, [[0, 1], [2]], items).distortion(of: items) == 4)
        // 4, and 9 + 1 to the other centroid.
        #expect(try file(.innerProduct, [[0], [1]], items).distortion(of: items) == 7)
        #expect(try file(.l2, [[], []], items).distortion(of: items) == 0)
    }

    @Test func `is of directions for cosine`() throws {
        let items = Matrix(rows: 2, columns: 2, elements: [5, 0, 0, 0])
        // The first lies on its centroid, the second has no direction.
        #expect(try file(.cosine, [[0], [1]], items).distortion(of: items) == 0.5)
        let turned = Matrix(rows: 2, columns: 2, elements: [0, 3, 0, -2])
        #expect(try file(.cosine, [[0], [1]], turned).distortion(of: turned) == 3)
    }
}
