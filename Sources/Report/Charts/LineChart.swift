import Foundation

/// Lines over days, or over another number, as inline SVG with its legend.
///
/// The drawing is 400 units wide whatever the screen: at the width of a phone its text is still read.
struct LineChart {
    let series: [Section.Series]
    let unit: String

    private static let width = 400.0
    private static let height = 190.0
    private static let left = 46.0
    private static let right = 12.0
    private static let top = 10.0
    private static let bottom = 24.0
    /// Colours that are told apart; further series have the last.
    static let colourCount = 6

    /// - Precondition: There is a point.
    var html: String {
        let points = series.flatMap(\.points)
        let xs = points.map(\.x)
        let (first, last) = (xs.min() ?? 0, xs.max() ?? 0)
        let ys = points.map(\.y)
        let axis = Axis(least: ys.min() ?? 0, greatest: ys.max() ?? 0, count: 5)
        func x(_ value: Double) -> Double {
            let inner = Self.width - Self.left - Self.right
            return Self.left + (last > first ? (value - first) / (last - first) : 0.5) * inner
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
                "<line class=\"grid\" x1=\"\(number(Self.left))\" x2=\"\(number(Self.width - Self.right))\""
                + " y1=\"\(height)\" y2=\"\(height)\"/>\n"
                + "<text class=\"tick\" x=\"\(number(Self.left - 6))\" y=\"\(number(y(tick) + 4))\""
                + " text-anchor=\"end\">\(axis.text(tick))</text>\n"
        }
        for (label, value, anchor) in ends(first, last, points) {
            svg +=
                "<text class=\"tick\" x=\"\(number(x(value)))\" y=\"\(number(Self.height - 6))\""
                + " text-anchor=\"\(anchor)\">\(escaped(label))</text>\n"
        }
        for (place, line) in series.enumerated() where !line.points.isEmpty {
            let colour = Self.colour(place)
            if line.points.count > 1 {
                let path = line.points.map { "\(number(x($0.x))),\(number(y($0.y)))" }
                svg +=
                    "<polyline class=\"line \(colour)\" points=\"\(path.joined(separator: " "))\"/>\n"
            }
            for point in line.points {
                svg +=
                    "<circle class=\"dot \(colour)\" cx=\"\(number(x(point.x)))\""
                    + " cy=\"\(number(y(point.y)))\" r=\"\(line.points.count > 60 ? 1 : 3)\">"
                    + "<title>\(escaped("\(line.name), \(point.label): \(Axis.text(point.y)) \(unit)"))"
                    + "</title></circle>\n"
            }
        }
        return svg + "</svg>\n" + legend
    }

    /// The first and the last x, and one in the middle where there is room.
    private func ends(
        _ first: Double, _ last: Double, _ points: [Section.Point]
    ) -> [(String, Double, String)] {
        func label(_ value: Double) -> String {
            points.min { abs($0.x - value) < abs($1.x - value) }?.label ?? ""
        }
        guard last > first else { return [(label(first), first, "middle")] }
        return [(label(first), first, "start"), (label(last), last, "end")]
    }

    private var legend: String {
        let entries = series.enumerated().compactMap { place, line -> String? in
            guard let newest = line.points.last else { return nil }
            return "<li><span class=\"swatch \(Self.colour(place))\"></span>\(escaped(line.name))"
                + " <b>\(Axis.text(newest.y))</b></li>"
        }
        return "<ul class=\"legend\">\(entries.joined())</ul>\n"
    }

    /// What somebody is told who does not see the drawing.
    private var summary: String {
        series.compactMap { line in
            line.points.last.map { "\(line.name): \(Axis.text($0.y)) \(unit) at \($0.label)" }
        }.joined(separator: "; ")
    }

    static func colour(_ place: Int) -> String { "c\(min(place, colourCount - 1) + 1)" }
}

/// A coordinate with a tenth of a unit.
func number(_ value: Double) -> String { String(format: "%.1f", value) }
