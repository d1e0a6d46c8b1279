import LinearAlgebra

extension ExactIndex {
    /// What `search` returns, by scoring every pair and sorting: for tests and benchmarks.
    ///
    /// - Complexity: O(`U` × `C` × (`D` + log `C`)), one thread.
    package func plainSearch(
        _ users: Matrix, interests: Int = 1, k: Int, excluding excluded: IndexLists? = nil
    ) -> RankedLists {
        var users = users
        if similarity == .cosine {
            users.withMutableView { view in
                for row in 0..<view.rows {
                    let norm = RowNorms.norm(view.readOnly, row: row)
                    RowNorms.normalise(view, row: row, norm: norm)
                }
            }
        }
        let lists = (0..<users.rows / interests).map { user in
            let left = Set(excluded?[user] ?? [])
            var ranked = (0..<candidateCount)
                .map { candidate in
                    let scores = (user * interests..<(user + 1) * interests).map {
                        score(users, $0, candidate: candidate)
                    }
                    return (item: itemIndex(of: candidate), score: scores.max()!)
                }
                .filter { !left.contains($0.item) }
            ranked.sort { $0.score == $1.score ? $0.item < $1.item : $0.score > $1.score }
            return ranked.prefix(k)
        }
        return RankedLists(
            items: IndexLists(lists.map { $0.map(\.item) }),
            scores: lists.flatMap { $0.map(\.score) })
    }

    /// The score of a pair: the order of the sum is part of the definition.
    private func score(_ users: Matrix, _ user: Int, candidate: Int) -> Float {
        let laneCount = 16
        var lanes = [Double](repeating: 0, count: laneCount)
        for (position, (a, b)) in zip(users[row: user], items[row: candidate]).enumerated() {
            switch similarity {
            case .innerProduct, .cosine: lanes[position % laneCount] += Double(a) * Double(b)
            case .l2:
                let difference = Double(a) - Double(b)
                lanes[position % laneCount] += difference * difference
            }
        }
        var half = laneCount / 2
        while half > 0 {
            for lane in 0..<half { lanes[lane] += lanes[lane + half] }
            half /= 2
        }
        return similarity == .l2 ? -Float(lanes[0]) : Float(lanes[0])
    }
}
