import ArgumentParser
import Ingest
import Jobs
import Pipeline
import Postgres
import SQLCatalog

/// `vitrine evaluate`
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the model of a job on what was held out, or on a list of pairs.",
        discussion: """
            Without a list, the newest evaluation model that the job has trained under the protocol is \
            measured on what the protocol holds out; with one, the serving model in use, or the newest. \
            Where there is no such model, it is trained first. All items are ranked, nothing is \
            sampled. docs/evaluation.md says how. The figures are kept in model.metrics; by cohort: \
            select * from monitor.model_quality.

            The list is a file with the whole numbers of a user and of an item on each line, as \
            imported, separated by a tab, a comma or a blank, with or without a header.

            Ends with 0 when something was measured, 1 when a step failed or nobody could be \
            measured, 75 when another process runs a job, and 130 when a signal or the deadline \
            stopped it.
            """)

    @Argument(help: "Name of a job in jobs/, or path of a job file.")
    var job: String

    @Option(
        name: .customLong("protocol"),
        help: ArgumentHelp(
            "Protocol in place of the job's: time-split or leave-one-out.", valueName: "protocol"))
    var evaluationProtocol: EvaluationProtocol?

    @Option(help: ArgumentHelp("List of held-out pairs of user and item.", valueName: "file"))
    var against: String?

    @Option(
        help: ArgumentHelp(
            "Measure this model on the list; model.models has the identifiers.", valueName: "model")
    )
    var model: Int64?

    @Option(
        help: ArgumentHelp(
            "Measure the model of a run for this date; by default the newest.",
            valueName: "yyyy-mm-dd"))
    var date: String?

    @Flag(help: "Print the figures, and besides only what went wrong.")
    var quiet = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        if evaluationProtocol != nil, against != nil {
            throw ValidationError("a list is its own protocol: give --protocol or --against")
        }
        if model != nil, against == nil { throw ValidationError("--model belongs to --against") }
        if model != nil, date != nil { throw ValidationError("give --model or --date, not both") }
        if let date { try Run.check(date: date) }
    }

    func run() throws {
        let list = try against.map { try PairFile(path: $0) }
        let catalog = try SQLCatalog.locate()
        let file = try Run.jobFile(named: job, in: catalog.home)
        let target = try options.target()
        try Run.requireSchema(catalog, target, options)
        let connection = try Connection(target, applicationName: "vitrine evaluate")
        let evaluation = EvaluationJob(
            file, protocol: evaluationProtocol,
            against: list.map { list in
                HeldOutPairs(
                    name: list.name,
                    pairs: list.pairs.map { (userID: $0.userID, itemID: $0.itemID) })
            }, modelID: model)
        let (job, date) = try evaluation.job(
            for: date.flatMap { PostgresDate($0) }, today: Run.today, codeVersion: Vitrine.version,
            connection, catalog)
        var measured: StepReport?
        let runID = try Run.run(job, for: date, catalog, target, isQuiet: quiet) { event in
            if case .stepFinished("evaluate", let report, _) = event { measured = report }
        }
        let report = EvaluationReport(
            connection: connection, catalog: catalog, runID: runID,
            counts: measured?.details ?? [:], repeatedPairs: list?.repeatCount ?? 0)
        guard try report.print() else { throw ExitCode.failure }
    }
}

extension EvaluationProtocol: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(rawValue: argument.replacing("-", with: "_"))
    }
}
