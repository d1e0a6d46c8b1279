import LinearAlgebra

extension ExactIndex {
    /// The k best items of every user.
    ///
    /// - Parameters:
    ///   - users: User embeddings, shape `[U × interests, D]`.
    ///   - interests: Embeddings of each user, one after the other; the score of an item is the greatest
    ///     over them.
    ///   - k: The length of the lists; they are shorter where candidates run out.
    ///   - excluded: Items to leave out, one strictly ascending list per user; nil for none.
    ///   - settings: How the work is cut.
    /// - Returns: `U` lists.
    /// - Throws: `VectorIndexError` when an embedding is of another length, not finite or too large.
    /// - Complexity: O(`U` × `interests` × `C` × `D`); memory for the result and for one block per
    ///   thread.
    public func search(
        _ users: Matrix, interests: Int = 1, k: Int, excluding excluded: IndexLists? = nil,
        settings: ExactSearchSettings = ExactSearchSettings()
    ) throws -> RankedLists {
        var blocks: [RankedLists] = []
        try search(
            users, interests: interests, k: k, excluding: excluded, settings: settings
        ) { _, lists in
            blocks.append(lists)
        }
        return RankedLists(joining: blocks)
    }

    /// Finds the k best items of every user and hands them over block by block, in order of user.
    ///
    /// An error from the closure ends the search; so can a stop signal be answered.
    ///
    /// - Parameters:
    ///   - users: User embeddings, shape `[U × interests, D]`.
    ///   - interests: Embeddings of each user, one after the other; the score of an item is the greatest
    ///     over them.
    ///   - k: The length of the lists; they are shorter where candidates run out.
    ///   - excluded: Items to leave out, one strictly ascending list per user; nil for none.
    ///   - settings: How the work is cut.
    ///   - deliver: Receives the numbers of some users and their lists, on the calling thread.
    /// - Throws: `VectorIndexError` when an embedding is of another length, not finite or too large, after the blocks
    ///   of earlier users were delivered; and what `deliver` throws.
    /// - Complexity: O(`U` × `interests` × `C` × `D`); memory for some blocks per thread.
    public func search(
        _ users: Matrix, interests: Int = 1, k: Int, excluding excluded: IndexLists? = nil,
        settings: ExactSearchSettings = ExactSearchSettings(),
        deliver: (_ users: Range<Int>, _ lists: RankedLists) throws -> Void
    ) throws {
        precondition(k >= 0, "lists of \(k) items")
        precondition(
            interests > 0 && users.rows % interests == 0,
            "users of shape \(users.shape) with \(interests) interests each")
        guard users.columns == dimension else {
            throw VectorIndexError.wrongDimension("user", users.columns, expected: dimension)
        }
        let userCount = users.rows / interests
        checkExclusions(excluded, userCount: userCount)
        let plan = SearchPlan(
            userCount: userCount, interests: interests, k: k, candidateCount: candidateCount,
            settings: settings)
        // Threads meet after every wave; eight blocks each make the wait for the slowest short.
        let waveSize = plan.userBlock * plan.threadCount * 8
        for start in stride(from: 0, to: userCount, by: waveSize) {
            let wave = start..<min(start + waveSize, userCount)
            let results = parallelMap(
                of: wave.count, chunkSize: plan.userBlock, threadCount: plan.threadCount
            ) { _, range -> Result<RankedLists, VectorIndexError> in
                let range = start + range.lowerBound..<start + range.upperBound
                return Result { () throws(VectorIndexError) in
                    try searchBlock(range, of: users, plan: plan, excluding: excluded)
                }
            }
            for (block, result) in results.enumerated() {
                let first = start + block * plan.userBlock
                let lists = try result.get()
                try deliver(first..<first + lists.count, lists)
            }
        }
    }

    private func searchBlock(
        _ range: Range<Int>, of users: Matrix, plan: SearchPlan, excluding excluded: IndexLists?
    ) throws(VectorIndexError) -> RankedLists {
        let rows = range.lowerBound * plan.interests..<range.upperBound * plan.interests
        // withView rethrows without a type, hence the detour through a result.
        let result = users.withView { view in
            items.withView { items in
                Result { () throws(VectorIndexError) in
                    var block = try UserBlock(
                        index: self, users: view.rows(rows), firstUser: range.lowerBound,
                        items: items, plan: plan)
                    defer { block.deallocate() }
                    return block.search(excluding: excluded)
                }
            }
        }
        return try result.get()
    }

    private func checkExclusions(_ excluded: IndexLists?, userCount: Int) {
        guard let excluded else { return }
        precondition(
            excluded.count == userCount,
            "\(excluded.count) lists of excluded items for \(userCount) users")
        precondition(excluded.isStrictlyAscending, "excluded items must ascend in every row")
        precondition(
            Int(excluded.largestIndex ?? 0) < max(itemCount, 1),
            "excluded item \(excluded.largestIndex ?? 0) of \(itemCount)")
    }
}

/// The sizes of a search, worked out once.
struct SearchPlan: Sendable {
    let k: Int
    /// Embeddings of a user.
    let interests: Int
    let userBlock: Int
    let itemBlock: Int
    let threadCount: Int
    /// Places for the candidates of one embedding.
    let capacity: Int

    init(
        userCount: Int, interests: Int, k: Int, candidateCount: Int,
        settings: ExactSearchSettings
    ) {
        self.k = min(k, candidateCount)
        self.interests = interests
        threadCount = settings.threadCount
        itemBlock = max(1, min(settings.itemBlock, candidateCount))
        let spare = CandidateBuffer.placesToSpare(self.k)
        capacity = min(self.k + spare, candidateCount + TopKKernels.smallestRoom)
        let affordable = settings.candidateBytes / (capacity * MemoryLayout<UInt64>.stride)
        let share = (userCount + threadCount - 1) / threadCount
        userBlock = max(1, min(min(settings.userBlock, affordable) / interests, share))
    }
}
