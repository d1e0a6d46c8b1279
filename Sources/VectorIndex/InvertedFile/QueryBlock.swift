import CKernels
import LinearAlgebra

/// The search for one block of queries on one thread.
struct QueryBlock: ~Copyable {
    private let searcher: InvertedFileSearcher
    private let plan: InvertedFilePlan
    private let filter: ItemFilter
    /// The lists whose scores only filter; nil where they choose the candidates.
    private let filters: CopiedLists?
    private let firstUser: Int
    private let queries: QueryCodes
    private let scanner: ListScanner
    private let keys: UnsafeMutablePointer<UInt64>
    private var buffers: [CandidateBuffer]

    /// The lists of some users.
    static func search(
        _ searcher: InvertedFileSearcher, _ queries: Matrix, users: Range<Int>,
        plan: InvertedFilePlan, filter: ItemFilter
    ) throws -> RankedLists {
        let interests = plan.interests
        let vectors = try QueryCodes.prepared(
            queries, rows: users.lowerBound * interests..<users.upperBound * interests,
            searcher: searcher)
        return try vectors.withView { vectors in
            try searcher.withSource { source in
                var block = QueryBlock(
                    searcher, vectors, source: source, firstUser: users.lowerBound, plan: plan,
                    filter: filter)
                return try block.search(vectors)
            }
        }
    }

    private init(
        _ searcher: InvertedFileSearcher, _ vectors: MatrixView, source: PairScorer.Source,
        firstUser: Int, plan: InvertedFilePlan, filter: ItemFilter
    ) {
        self.searcher = searcher
        self.plan = plan
        self.filter = filter
        self.firstUser = firstUser
        let similarity = searcher.file.parameters.similarity
        if case .copied(let lists) = searcher.lists, searcher.file.parameters.code == .flat {
            filters = lists
        } else {
            filters = nil
        }
        let turned = searcher.file.quantiser?.turned(vectors)
        queries =
            turned?.withView { QueryCodes($0, searcher: searcher) }
            ?? QueryCodes(vectors, searcher: searcher)
        scanner = ListScanner(searcher, queryCount: vectors.rows)
        keys = .allocate(capacity: max(1, vectors.rows * plan.capacity))
        buffers = []
        for row in 0..<vectors.rows {
            let error = queries.errors[row]
            buffers.append(
                CandidateBuffer(
                    keys: keys + row * plan.capacity, capacity: plan.capacity, k: plan.candidates,
                    scorer: PairScorer(
                        similarity: similarity, query: vectors.row(row),
                        dimension: vectors.columns, source: source),
                    tolerance: filters.map {
                        error.tolerance(
                            $0.largest, of: $0,
                            magnitude: similarity.magnitude(error.norm, searcher.largestNorm))
                    }))
        }
    }

    deinit { keys.deallocate() }

    private mutating func search(_ vectors: MatrixView) throws -> RankedLists {
        guard plan.k > 0 else {
            return RankedLists(
                items: IndexLists([[UInt32]](repeating: [], count: buffers.count / plan.interests)),
                scores: [])
        }
        let rows = Array(buffers.indices)
        let probes = try probe(vectors, rows: rows, count: plan.probes)
        // The nearest list of every query sets its threshold before the others are looked at; what
        // they let through is scored while the vectors of the list are near.
        scan(probes, rows: rows, ranks: 0..<1)
        for row in rows { buffers[row].settle() }
        scan(probes, rows: rows, ranks: 1..<plan.probes)
        try extend(vectors)
        return finish()
    }

    /// Doubles the probes of queries that have found fewer than k items, until no list is left.
    private mutating func extend(_ vectors: MatrixView) throws {
        let listCount = searcher.file.lists.count
        var done = plan.probes
        while done < listCount {
            let short = buffers.indices.filter { buffers[$0].count < plan.k }
            if short.isEmpty { return }
            let count = min(2 * done, listCount)
            let probes = try probe(vectors, rows: short, count: count)
            scan(probes, rows: short, ranks: done..<count)
            done = count
        }
    }

    /// The lists nearest to some queries, nearest first, with their scores.
    private func probe(_ vectors: MatrixView, rows: [Int], count: Int) throws -> RankedLists {
        let chosen = Matrix(rows: rows.count, columns: vectors.columns) { result in
            for (position, row) in rows.enumerated() {
                result.row(position).update(from: vectors.row(row), count: vectors.columns)
            }
        }
        return try searcher.coarse.search(
            chosen, k: count, settings: ExactSearchSettings(threadCount: 1))
    }

    /// Goes over the lists, each for the queries that have it among some ranks of their probes.
    private mutating func scan(_ probes: RankedLists, rows: [Int], ranks: Range<Int>) {
        guard !ranks.isEmpty else { return }
        let visits = ListVisits(probes, ranks: ranks, listCount: searcher.file.lists.count)
        let similarity = searcher.file.parameters.similarity
        var open: [vitrine_scan_query] = []
        for list in 0..<searcher.file.lists.count {
            let lists = searcher.file.lists
            let length = lists.offsets[list + 1] - lists.offsets[list]
            let groups = (length + ScanKernels.groupSize - 1) / ScanKernels.groupSize
            let positions = visits.offsets[list]..<visits.offsets[list + 1]
            if positions.isEmpty || groups == 0 { continue }
            open.removeAll(keepingCapacity: true)
            for position in positions {
                open.append(
                    queries.scanQuery(
                        rows[Int(visits.queries[position])], base: visits.scores[position]))
            }
            scanner.prepare(&open) { rows[Int(visits.queries[positions.lowerBound + $0])] }
            for start in stride(from: 0, to: groups, by: ListScanner.groupsAtOnce) {
                let end = min(start + ListScanner.groupsAtOnce, groups)
                let places = (end - start) * ScanKernels.groupSize
                for (place, position) in positions.enumerated() {
                    let row = rows[Int(visits.queries[position])]
                    buffers[row].makeRoom(places)
                    open[place].keys = buffers[row].keys
                    open[place].count = buffers[row].count
                    open[place].threshold = buffers[row].threshold
                    if let filters, buffers[row].isSettled {
                        let error = queries.errors[row]
                        open[place].threshold = buffers[row].threshold(
                            within: error.tolerance(
                                filters.extremes[list], of: filters,
                                magnitude: similarity.magnitude(
                                    error.norm, searcher.largestNorm)))
                    }
                }
                open.withUnsafeMutableBufferPointer {
                    scanner.scan(list: list, groups: start..<end, queries: $0)
                }
                for (place, position) in positions.enumerated() {
                    take(open[place].count, row: rows[Int(visits.queries[position])])
                }
            }
        }
    }

    /// Takes in the keys that a scan has appended, without those that the user may not be given.
    private mutating func take(_ count: Int, row: Int) {
        let old = buffers[row].count
        if count == old { return }
        let user = firstUser + row / plan.interests
        if filter.isOpen(user) {
            buffers[row].take(count)
            return
        }
        let keys = buffers[row].keys
        var kept = old
        for position in old..<count
        where filter.accepts(RankingKey.index(of: keys[position]), user: user) {
            keys[kept] = keys[position]
            kept += 1
        }
        buffers[row].take(kept)
    }

    private mutating func finish() -> RankedLists {
        var lists: [[UInt64]] = []
        lists.reserveCapacity(buffers.count / plan.interests)
        for first in stride(from: 0, to: buffers.count, by: plan.interests) {
            var best: [UInt64] = []
            for row in first..<first + plan.interests {
                best += buffers[row].finish().prefix(plan.k)
            }
            lists.append(plan.interests == 1 ? best : Interests.best(plan.k, of: best))
        }
        return RankedLists(sortedKeys: lists)
    }
}

/// The queries that visit each list.
struct ListVisits {
    /// Where the visits of each list begin.
    let offsets: [Int]
    /// The query of each visit, in order of list.
    let queries: [UInt32]
    /// The score of the list for it.
    let scores: [Float]

    /// The visits that some ranks of the queries' probes stand for.
    init(_ probes: RankedLists, ranks: Range<Int>, listCount: Int) {
        var offsets = [Int](repeating: 0, count: listCount + 1)
        let starts = probes.items.offsets
        for query in 0..<probes.count {
            for rank in ranks { offsets[Int(probes.items.values[starts[query] + rank]) + 1] += 1 }
        }
        for list in 0..<listCount { offsets[list + 1] += offsets[list] }
        var next = offsets
        var queries = [UInt32](repeating: 0, count: offsets[listCount])
        var scores = [Float](repeating: 0, count: offsets[listCount])
        for query in 0..<probes.count {
            for rank in ranks {
                let list = Int(probes.items.values[starts[query] + rank])
                queries[next[list]] = UInt32(query)
                scores[next[list]] = probes.scores[starts[query] + rank]
                next[list] += 1
            }
        }
        (self.offsets, self.queries, self.scores) = (offsets, queries, scores)
    }
}
