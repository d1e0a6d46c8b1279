import LinearAlgebra
import TwoTower

/// Which embeddings of a space are to be made anew: those whose inputs are others than when they were
/// made, and those that are not there.
struct EmbeddingChanges {
    /// Places of those to embed.
    let changed: [Int]
    /// Those whose embeddings are to be removed: changed, or no longer there.
    let outdated: [Int64]

    /// - Parameters:
    ///   - ids: Users or items as they are now.
    ///   - inputs: What their towers read, as ``InputHash`` has it.
    ///   - stored: What the embeddings that are there were made from; nil where that is not known.
    init(of ids: [Int64], inputs: [InputHash], stored: [Int64: InputHash?]) {
        changed = ids.indices.filter { place in
            guard case .some(.some(let known)) = stored[ids[place]] else { return true }
            return known != inputs[place]
        }
        var outdated = Set(stored.keys)
        for id in ids { outdated.remove(id) }
        for place in changed where stored[ids[place]] != nil { outdated.insert(ids[place]) }
        self.outdated = outdated.sorted()
    }
}

/// What an embedding was made from, by what, and how it is stored: with the same, it would be the same
/// to the last bit.
///
/// Another version may compute otherwise, and another processor rounds otherwise.
package struct InputHash: Hashable {
    /// As it is stored.
    let value: Int64

    package init(stored value: Int64) {
        self.value = value
    }

    /// - Parameters:
    ///   - inputs: Hashes of what a tower reads.
    ///   - encoding: How embeddings are stored.
    ///   - codeVersion: The version of Vitrine.
    static func all(
        _ inputs: [UInt64], encoding: EmbeddingEncoding, codeVersion: String
    ) -> [InputHash] {
        var maker = FNV1a()
        maker.add("\(codeVersion)/\(BLAS.coreName)/\(Kernels.best.level)/\(encoding)/".utf8)
        return inputs.map { input in
            var hash = maker
            hash.add(integer: input)
            return InputHash(stored: Int64(bitPattern: hash.value))
        }
    }
}
