import Foundation

/// Text in a drawing, whose width is not known before somebody reads it.
enum TextFit {
    /// Room that a character of 12 units takes, at most on average, in the fonts of the page.
    static let characterWidth = 7.2

    /// Room that a text takes, at most.
    static func width(_ text: String) -> Double { Double(text.count) * characterWidth }

    /// A text of at most so many characters; what is cut off is replaced by an ellipsis.
    static func short(_ text: String, _ length: Int) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }

    /// A text as lines of at most so many characters, cut after a separator where there is one in the
    /// second half of a line.
    static func lines(_ text: String, _ length: Int) -> [String] {
        var lines: [String] = []
        var rest = Substring(text)
        while rest.count > length {
            let full = rest.prefix(length)
            let cut = full.lastIndex { isSeparator($0) }.map { full.index(after: $0) }
            let isLate = cut.map { full.distance(from: full.startIndex, to: $0) * 2 > length }
            let end = isLate == true ? cut ?? full.endIndex : full.endIndex
            lines.append(String(rest[..<end]))
            rest = rest[end...]
        }
        return lines + [String(rest)]
    }

    /// Whether a name may be broken after a character.
    static func isSeparator(_ character: Character) -> Bool { " _./@,:".contains(character) }
}

/// A coordinate with a tenth of a unit.
func number(_ value: Double) -> String { String(format: "%.1f", value) }
