import Foundation

/// Lines over days, or over another number, as inline SVG with its legend.
///
/// The drawing is 400 units wide whatever the screen: at the width of a phone its text is still read.
struct LineChart {
    let drawing: Section.Drawing
    /// All series of the part: one has the same look in each of its drawings.
    let names: [String]

    private static let width = 400.0
    private static let height = 190.0
    private static let right = 12.0
    private static let top = 10.0
    private static let bottom = 24.0
    /// Colours that are told apart.
    private static let colourCount = 6
    /// Beyond the colours, lines are told apart by how they are drawn.
    private static let strokes = ["", " dashed", " dotted"]
    /// Points from which on a line alone is drawn: dots would hide it.
    private static let denseCount = 60
    private static let labelLength = 16

    private var points: [Section.Point] { drawing.series.flatMap(\.points) }

    /// - Precondition: There is a point.
    var html: String {
        let (first, last) = (points.map(\.x).min() ?? 0, points.map(\.x).max() ?? 0)
        let ys = points.map(\.y)
        let axis = Axis(least: ys.min() ?? 0, greatest: ys.max() ?? 0, count: 5)
        let left = (axis.ticks.map { TextFit.width(axis.text($0)) }.max() ?? 0) + 8
        func x(_ value: Double) -> Double {
            let inner = Self.width - left - Self.right
            return left + (last > first ? (value - first) / (last - first) : 0.5) * inner
        }
        func y(_ value: Double) -> Double {
            let inner = Self.height - Self.top - Self.bottom
            return Self.top + (1 - (value - axis.lower) / (axis.upper - axis.lower)) * inner
        }
        var svg =
            "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\""
            + " aria-label=\"\(escaped(summary))\">\n"
        for tick in axis.ticks {
            let height = number(y(tick))
            svg +=
                "<line class=\"grid\" x1=\"\(number(left))\" x2=\"\(number(Self.width - Self.right))\""
                + " y1=\"\(height)\" y2=\"\(height)\"/>\n"
                + "<text class=\"tick\" x=\"\(number(left - 6))\" y=\"\(number(y(tick) + 4))\""
                + " text-anchor=\"end\">\(axis.text(tick))</text>\n"
        }
        for label in labels(from: left, x) {
            svg +=
                "<line class=\"grid\" x1=\"\(number(label.x))\" x2=\"\(number(label.x))\""
                + " y1=\"\(number(Self.top))\" y2=\"\(number(Self.height - Self.bottom + 4))\"/>\n"
                + "<text class=\"tick\" x=\"\(number(label.x))\" y=\"\(number(Self.height - 6))\""
                + " text-anchor=\"\(label.anchor)\">\(escaped(label.text))</text>\n"
        }
        let isDense = drawing.series.contains { $0.points.count > Self.denseCount }
        for line in drawing.series where !line.points.isEmpty {
            let look = look(line.name)
            if line.points.count > 1 {
                let path = line.points.map { "\(number(x($0.x))),\(number(y($0.y)))" }
                svg +=
                    "<polyline class=\"line \(look)\" points=\"\(path.joined(separator: " "))\"/>\n"
            }
            // The newest point is to be found in any case.
            for point in isDense ? line.points.suffix(1) : line.points[...] {
                svg +=
                    "<circle class=\"dot \(look)\" cx=\"\(number(x(point.x)))\""
                    + " cy=\"\(number(y(point.y)))\" r=\"3\"><title>"
                    + escaped(
                        "\(line.name), \(point.label): \(Axis.text(point.y)) \(drawing.measure)")
                    + "</title></circle>\n"
            }
        }
        return "<figure>\n<figcaption>\(escaped(drawing.measure))</figcaption>\n"
            + svg + "</svg>\n" + legend(last) + "</figure>\n"
    }

    /// A label below the drawing.
    private struct Label {
        var text: String
        var x: Double
        var anchor: String

        private var width: Double { TextFit.width(text) }
        var start: Double { anchor == "start" ? x : anchor == "end" ? x - width : x - width / 2 }
        var end: Double { start + width }
    }

    /// The first and the last x, and those of points between them where there is room.
    private func labels(from left: Double, _ x: (Double) -> Double) -> [Label] {
        let sorted = points.sorted { $0.x < $1.x }
        guard let first = sorted.first, let last = sorted.last else { return [] }
        func label(_ point: Section.Point, _ anchor: String) -> Label {
            Label(
                text: TextFit.short(point.label, Self.labelLength), x: x(point.x), anchor: anchor)
        }
        guard last.x > first.x else { return [label(first, "middle")] }
        let (start, end) = (label(first, "start"), label(last, "end"))
        for count in [2, 1] {
            let between = (1...count).compactMap { place in
                let wanted = first.x + Double(place) / Double(count + 1) * (last.x - first.x)
                return sorted.min { abs($0.x - wanted) < abs($1.x - wanted) }
            }
            let labels = [start] + between.map { label($0, "middle") } + [end]
            if zip(labels, labels.dropFirst()).allSatisfy({
                $0.end + TextFit.characterWidth <= $1.start
            }) {
                return labels
            }
        }
        return [start, end]
    }

    /// Each series with its newest number, and whose that is where others go on.
    private func legend(_ last: Double) -> String {
        let entries = drawing.series.compactMap { line -> String? in
            guard let newest = line.points.last else { return nil }
            let label = newest.x < last ? " at \(newest.label)" : ""
            return "<li><span class=\"swatch \(look(line.name))\"></span>\(breakable(line.name))"
                + " <b>\(Axis.text(newest.y))</b>\(escaped(label))</li>"
        }
        return "<ul class=\"legend\">\(entries.joined())</ul>\n"
    }

    /// What somebody is told who does not see the drawing.
    private var summary: String {
        drawing.series.compactMap { line in
            line.points.last.map {
                "\(line.name): \(Axis.text($0.y)) \(drawing.measure) at \($0.label)"
            }
        }.joined(separator: "; ")
    }

    /// The colour of a series, and its stroke.
    private func look(_ name: String) -> String {
        let place = names.firstIndex(of: name) ?? 0
        let stroke = Self.strokes[min(place / Self.colourCount, Self.strokes.count - 1)]
        return "c\(place % Self.colourCount + 1)\(stroke)"
    }
}
