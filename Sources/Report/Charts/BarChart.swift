/// A bar for each of some things, as inline SVG: the label above its bar, so that long ones fit.
struct BarChart {
    let bars: [Section.Bar]
    let unit: String

    private static let width = 400.0
    /// From one line of a label to the next.
    private static let lineHeight = 15.0
    /// A bar and the room below it.
    private static let barHeight = 22.0
    /// Characters of a label that fit on a line.
    private static let labelLength = Int(width / TextFit.characterWidth)
    private static let noteLength = 18

    /// - Precondition: There is a bar.
    var html: String {
        let greatest = max(bars.map(\.value).max() ?? 0, .leastNonzeroMagnitude)
        let texts = bars.map(text)
        let room = (texts.map(TextFit.width).max() ?? 0) + 8
        var top = 0.0
        var marks = ""
        for (row, bar) in bars.enumerated() {
            for line in TextFit.lines(bar.label, Self.labelLength) {
                marks +=
                    "<text class=\"label\" x=\"0\" y=\"\(number(top + 12))\">\(escaped(line))</text>\n"
                top += Self.lineHeight
            }
            let length = max(bar.value / greatest * (Self.width - room), 1)
            marks +=
                "<rect class=\"bar \(bar.state.rawValue)\" x=\"0\" y=\"\(number(top + 4))\""
                + " width=\"\(number(length))\" height=\"10\" rx=\"2\"/>\n"
                + "<text class=\"tick\" x=\"\(number(length + 6))\" y=\"\(number(top + 13))\">"
                + "\(escaped(texts[row]))</text>\n"
            top += Self.barHeight
        }
        return "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(top + 4))\" role=\"img\""
            + " aria-label=\"\(escaped(summary))\">\n\(marks)</svg>\n"
    }

    /// What stands beside a bar.
    private func text(_ bar: Section.Bar) -> String {
        let value = unit.isEmpty ? Axis.text(bar.value) : "\(Axis.text(bar.value)) \(unit)"
        return [value, TextFit.short(bar.note, Self.noteLength)].filter { !$0.isEmpty }
            .joined(separator: " · ")
    }

    private var summary: String {
        bars.map { "\($0.label): \(Axis.text($0.value)) \(unit) \($0.note)" }
            .joined(separator: "; ")
    }
}
