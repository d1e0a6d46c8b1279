import LinearAlgebra

/// Embeddings of some users by one model, as many of each as it has interests.
package struct UserEmbeddings: Sendable {
    /// Shape `[users × interestCount, dimension]`, those of a user one after the other.
    var matrix: Matrix
    var interestCount: Int

    package init(matrix: Matrix, interestCount: Int) {
        self.matrix = matrix
        self.interestCount = interestCount
    }

    var userCount: Int { matrix.rows / interestCount }

    /// The score of an item: the greatest inner product of its embedding with those of the user, each
    /// added in order.
    ///
    /// - Parameters:
    ///   - user: The row of the user.
    ///   - item: The row of the item in `items`, shape `[items, dimension]`.
    func score(user: Int, item: Int, of items: Matrix) -> Float {
        matrix.withView { users in
            items.withView { items in
                (user * interestCount..<(user + 1) * interestCount).reduce(-.infinity) {
                    max($0, dot(users.row($1), items.row(item), count: users.columns))
                }
            }
        }
    }

    private func dot(
        _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, count: Int
    ) -> Float {
        var sum: Float = 0
        for index in 0..<count { sum += left[index] * right[index] }
        return sum
    }
}

extension UserEmbeddings {
    /// Those of some users, in the order given.
    func selecting(_ users: [Int]) -> UserEmbeddings {
        UserEmbeddings(
            matrix: matrix.rows(
                users.flatMap { $0 * interestCount..<($0 + 1) * interestCount }),
            interestCount: interestCount)
    }
}
