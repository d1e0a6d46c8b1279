import Foundation
import LinearAlgebra

/// Words and character trigrams of a text, hashed: a vocabulary of any language without a list of it.
///
/// A word is a run of letters and digits; the trigrams of a word are those of `<word>`, so that its
/// beginning and end count (Bojanowski et al., *Enriching Word Vectors with Subword Information*,
/// 2017). Case and compatible forms of a character are one (Unicode NFKC, then lower case), and a
/// hash is FNV-1a over UTF-8, so that it depends on neither machine nor locale.
enum TextFeatures {
    /// Calls `body` with the hash of each word and of each trigram, as often as it stands there.
    static func forEachHash(in text: String, _ body: (UInt64) -> Void) {
        let folded = text.precomposedStringWithCompatibilityMapping.lowercased()
        var word: [Character] = []
        func close() {
            if word.isEmpty { return }
            body(hash(word[...], kind: 0))
            let marked = ["<"] + word + [">"]
            for start in 0...marked.count - 3 {
                body(hash(marked[start..<start + 3], kind: 1))
            }
            word.removeAll(keepingCapacity: true)
        }
        for character in folded {
            if character.isLetter || character.isNumber {
                word.append(character)
            } else {
                close()
            }
        }
        close()
    }

    /// - Parameter kind: Keeps a word of three characters apart from a trigram.
    private static func hash(_ characters: ArraySlice<Character>, kind: UInt8) -> UInt64 {
        var hash = FNV1a()
        hash.add(CollectionOfOne(kind))
        for character in characters { hash.add(character.utf8) }
        return hash.value
    }
}
