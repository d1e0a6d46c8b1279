import Evaluation
import Jobs
import Postgres
import TwoTower

/// The trials of one study, in `model.trials`.
struct TrialStore {
    let context: StepContext
    let study: Study
    /// How the trials are measured, in words.
    let protocolSummary: String

    /// How a trial ended.
    enum Outcome: Equatable {
        /// With this value of the objective.
        case measured(Double)
        /// It could not be trained.
        case failed
    }

    /// A trial on a rung, whose data is known.
    struct Task {
        var trial: Trial
        /// From 1.
        var rung: Int
        var dataHash: String
    }

    /// Closes what a dead process has left, and sees to it that the study is still the same.
    ///
    /// - Throws: ``PipelineError`` when it was begun with something else.
    func open() throws {
        try context.run("search/close_dead_trials", ["study_name": Bind(study.name)])
        let other = try context.connection.first(
            try context.query(
                "search/other_basis",
                [
                    "study_name": Bind(study.name), "as_of_date": Bind(context.asOfDate),
                    "basis": Bind(JSONB(study.basis())), "code_version": Bind(context.codeVersion),
                ]), as: (PostgresDate, Bool).self)
        guard let (date, onlyDateDiffers) = other else { return }
        throw PipelineError(
            onlyDateDiffers
                ? "study \(study.name) was begun for \(date)"
                : "study \(study.name) was begun with other settings of the job, or by another version",
            hint: (onlyDateDiffers ? "Go on with --date \(date), or give" : "Give")
                + " this one a name of its own: --study NAME.")
    }

    /// How a trial has ended; nil when it has not.
    ///
    /// - Throws: ``PipelineError`` when one of that name was trained from something else.
    func outcome(of task: Task) throws -> Outcome? {
        let found = try context.connection.first(
            try context.query("search/finished_trial", identity(of: task)),
            as: (Bool, Bool, Double?).self)
        guard let (hasSettings, hasData, objective) = found else { return nil }
        guard hasSettings && hasData else {
            throw PipelineError(
                "trial \"\(task.trial.name)\" of study \(study.name) was trained "
                    + (hasSettings ? "on other data" : "with other settings"),
                hint: (hasSettings ? "Give" : "Rename the trial, or give")
                    + " this study a name of its own: --study NAME.")
        }
        return objective.map(Outcome.measured) ?? .failed
    }

    /// Opens an attempt at a trial.
    ///
    /// - Returns: Its number.
    func start(_ task: Task) throws -> Int32 {
        var arguments = try identity(of: task)
        let differences = try JSONSettings(task.trial.configuration)
            .differing(from: JSONSettings(study.base))
        arguments.merge([
            "trial_number": Bind(Int32(task.trial.number)),
            "run_id": Bind(context.runID),
            "as_of_date": Bind(context.asOfDate),
            "held_out": Bind(study.settings.heldOut.rawValue),
            "protocol": Bind(protocolSummary),
            "basis": Bind(JSONB(try study.basis())),
            "objective_name": Bind(study.objective.metric.rawValue),
            "objective_cutoff": Bind(Int32(study.objective.cutoff)),
            "settings": Bind(JSONB(differences.text)),
            "code_version": Bind(context.codeVersion),
        ]) { $1 }
        return try context.connection.value(
            try context.query("search/start_trial", arguments), as: Int32.self)
    }

    /// Closes an attempt with its figures.
    func finish(
        _ task: Task, attempt: Int32, _ report: RankingReport, objective: MetricValue,
        examplesPerSecond: Double, seconds: Double
    ) throws {
        let metrics = report.values.map { figure in
            var members: [String: JSONValue] = [
                "cutoff": .integer(figure.k), "value": .number(figure.value),
            ]
            members["lower"] = figure.lower.map(JSONValue.number)
            members["upper"] = figure.upper.map(JSONValue.number)
            return (figure.name, JSONValue.object(members))
        }
        try context.run(
            "search/finish_trial",
            place(of: task, attempt).merging([
                "objective_value": Bind(objective.value),
                "objective_lower": Bind(objective.lower),
                "objective_upper": Bind(objective.upper),
                "metrics": Bind(
                    JSONB(JSONValue.object(Dictionary(metrics) { first, _ in first }).text)),
                "user_count": Bind(Int64(objective.userCount)),
                "examples_per_second": Bind(examplesPerSecond),
                "training_seconds": Bind(seconds),
            ]) { $1 })
    }

    /// Closes an attempt that an error ended: `failed`, or `interrupted` for one to be done again.
    func close(_ task: Task, attempt: Int32, as status: String, message: String) throws {
        // Not by way of the context, which refuses statements once a stop was asked for.
        try context.connection.run(
            try context.catalog.script("search/close_trial"),
            place(of: task, attempt).merging([
                "status": Bind(status), "error_message": Bind(message),
            ]) { $1 })
    }

    private func place(of task: Task, _ attempt: Int32? = nil) -> [String: Bind] {
        [
            "study_name": Bind(study.name), "trial_name": Bind(task.trial.name),
            "rung": Bind(Int32(task.rung)), "attempt": Bind(attempt),
        ]
    }

    /// What a trial is trained from, and its place.
    private func identity(of task: Task) throws -> [String: Bind] {
        place(of: task).merging([
            "configuration": Bind(JSONB(try JSONSettings(task.trial.configuration).text)),
            "item_numbers": Bind(task.trial.itemNumbers.rawValue),
            "seed": Bind(Int64(task.trial.seed)),
            "data_hash": Bind(task.dataHash),
        ]) { $1 }
    }
}
