/// Text as it may stand in HTML and SVG, between tags and in quoted attributes.
func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        // Control characters are in no document.
        case _ where scalar.value < 0x20 && scalar != "\n" && scalar != "\t": result += "\u{FFFD}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// Text between tags whose long words, names with many parts, may be broken after a separator.
func breakable(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word in
        guard word.count > 20 else { return escaped(String(word)) }
        return word.map {
            escaped(String($0)) + (TextFit.isSeparator($0) ? "<wbr/>" : "")
        }.joined()
    }.joined(separator: " ")
}
