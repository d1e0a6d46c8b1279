/// The name that somebody who typed another one may have meant.
public enum NearMiss {
    /// The candidate with the smallest edit distance to `name`, the first of equals; nil when none
    /// is within a third of its length.
    public static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        let limit = Swift.max(1, name.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(Array(name.lowercased()), Array(candidate.lowercased()))
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// A hint that names the near miss, else what is allowed.
    public static func hint(for name: String, among candidates: [String]) -> String? {
        if let near = of(name, among: candidates) { return "Perhaps you meant \"\(near)\"." }
        guard !candidates.isEmpty, candidates.count <= 30 else { return nil }
        return "Use one of " + candidates.map { "\"\($0)\"" }.joined(separator: ", ") + "."
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment:
    /// Damerau, "A technique for computer detection and correction of spelling errors", 1964).
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var row = [i + 1]
            for (j, b) in right.enumerated() {
                var cost = Swift.min(last[j] + (a == b ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a == right[j - 1], left[i - 1] == b {
                    cost = Swift.min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
