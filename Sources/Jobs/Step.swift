public import Postgres
public import SQLCatalog

/// One step of a job: a method that does the work once.
///
/// Locks, retries, deadlines and bookkeeping live in ``JobRunner``. A step may be killed anywhere and
/// be run again, so it begins by removing what an earlier attempt of the same run has left.
public protocol Step {
    /// The name of the step: of its folder under `sql/`, and of its rows in `ops.steps`.
    var name: String { get }

    /// Does the work.
    ///
    /// - Returns: What was read and written.
    /// - Throws: Whatever ends the step; `PostgresError`s that pass by themselves are tried again.
    func run(in context: StepContext) throws -> StepReport

    /// Whether what an earlier attempt of the run has made is still there, when the run is taken up:
    /// another job may have been at work in between.
    func isStillDone(in context: StepContext) throws -> Bool
}

extension Step {
    /// What a step makes for its run alone stays.
    public func isStillDone(in context: StepContext) throws -> Bool { true }
}

/// What a step needs to know of the run it is part of.
public struct StepContext {
    /// The connection of this attempt, with the role `vitrine_job`.
    public let connection: Connection
    public let catalog: SQLCatalog
    public let runID: Int64
    /// Only what was known before 00:00 UTC of this date may be used.
    public let asOfDate: PostgresDate
    /// Recorded with what the run makes.
    public let codeVersion: String
    /// Asked once per batch by long work.
    public let stop: StopSignal
    /// Says in a line how far the step is.
    public let progress: (String) -> Void

    public init(
        connection: Connection, catalog: SQLCatalog, runID: Int64, asOfDate: PostgresDate,
        codeVersion: String, stop: StopSignal, progress: @escaping (String) -> Void
    ) {
        self.connection = connection
        self.catalog = catalog
        self.runID = runID
        self.asOfDate = asOfDate
        self.codeVersion = codeVersion
        self.stop = stop
        self.progress = progress
    }

    /// Loads a script and runs all of its statements.
    ///
    /// - Returns: Rows affected.
    @discardableResult
    public func run(_ script: String, _ arguments: [String: Bind] = [:]) throws -> Int {
        try stop.check()
        return try connection.run(try catalog.script(script), arguments)
    }

    /// Loads a script of one statement, with its arguments.
    public func query(_ script: String, _ arguments: [String: Bind] = [:]) throws -> Query {
        try catalog.script(script).query(arguments)
    }
}

/// What a step says of its work.
public struct StepReport: Sendable {
    /// Rows read; nil where it cannot be said.
    public var rowsIn: Int?
    /// Rows written; nil where it cannot be said.
    public var rowsOut: Int?
    /// Whatever else is worth a row in `ops.steps.details`.
    public var details: [String: Detail]

    public init(rowsIn: Int? = nil, rowsOut: Int? = nil, details: [String: Detail] = [:]) {
        self.rowsIn = rowsIn
        self.rowsOut = rowsOut
        self.details = details
    }

    /// A number or a text in ``StepReport/details``.
    public enum Detail: Encodable, Sendable, ExpressibleByIntegerLiteral,
        ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation
    {
        case integer(Int)
        case number(Double)
        case text(String)

        public init(integerLiteral value: Int) { self = .integer(value) }
        public init(floatLiteral value: Double) { self = .number(value) }
        public init(stringLiteral value: String) { self = .text(value) }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .integer(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .text(let value): try container.encode(value)
            }
        }
    }
}
