/// One part of the report: a question and its answer.
public struct Section: Sendable, Equatable {
    /// A short name, unique in the report.
    public let name: String
    /// What it is about.
    public let title: String
    /// The question that it answers.
    public let question: String
    /// The answer.
    public let content: Content

    /// What is shown.
    public enum Content: Sendable, Equatable {
        /// Single figures side by side.
        case tiles([Tile])
        /// Numbers over days or over another number, a line for each series.
        case lines([Series], unit: String)
        /// A number for each of some things, the largest first or in the order given.
        case bars([Bar], unit: String)
        /// Rows of text below column headings.
        case table(columns: [String], rows: [[String]])

        /// Whether there is nothing to show.
        var isEmpty: Bool {
            switch self {
            case .tiles(let tiles): tiles.isEmpty
            case .lines(let series, _): series.allSatisfy(\.points.isEmpty)
            case .bars(let bars, _): bars.isEmpty
            case .table(_, let rows): rows.isEmpty
            }
        }
    }

    /// How a figure is to be taken.
    public enum State: String, Sendable, Equatable, CaseIterable {
        /// As it should be.
        case good
        /// Worth a look.
        case warn
        /// To be acted on.
        case bad
        /// Neither.
        case plain
    }

    /// A single figure.
    public struct Tile: Sendable, Equatable {
        var label: String
        var value: String
        var note: String
        var state: State
    }

    /// A line.
    public struct Series: Sendable, Equatable {
        var name: String
        /// By rising `x`.
        var points: [Point]
    }

    /// A point of a line.
    public struct Point: Sendable, Equatable {
        var x: Double
        /// How `x` is written.
        var label: String
        var y: Double
    }

    /// A bar.
    public struct Bar: Sendable, Equatable {
        var label: String
        var value: Double
        /// What stands beside the number.
        var note: String
        var state: State
    }
}
