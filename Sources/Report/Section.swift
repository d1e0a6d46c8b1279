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
    /// What is to be known to read it; may be empty.
    public let note: String
    /// What stands there where there is nothing to show.
    public let nothing: String

    init(
        name: String, title: String, question: String, content: Content, note: String = "",
        nothing: String = "Nothing so far."
    ) {
        self.name = name
        self.title = title
        self.question = question
        self.content = content
        self.note = note
        self.nothing = nothing
    }

    /// What is shown.
    public enum Content: Sendable, Equatable {
        /// Single figures side by side.
        case tiles([Tile])
        /// Numbers over days or over another number, a drawing for each measure.
        case lines([Drawing])
        /// A number for each of some things, the largest first or in the order given.
        case bars([Bar], unit: String)
        /// Rows of text below column headings.
        case table(columns: [String], rows: [Row])

        /// Whether there is nothing to show.
        var isEmpty: Bool {
            switch self {
            case .tiles(let tiles): tiles.isEmpty
            case .lines(let drawings):
                drawings.allSatisfy { $0.series.allSatisfy(\.points.isEmpty) }
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

    /// Lines along one axis.
    public struct Drawing: Sendable, Equatable {
        /// What the axis measures.
        var measure: String
        var series: [Series]
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

    /// A row of a table.
    public struct Row: Sendable, Equatable {
        var cells: [String]
        var state: State
    }
}
