import ArgumentParser
import Foundation
import Jobs
import Postgres
import SQLCatalog

/// Which shard of which run a command works on.
struct ShardOptions: ParsableArguments {
    static let discussion = """
        One of several processes that share a step: shard i of n has the users of the buckets from \
        1024 i / n to before 1024 (i + 1) / n. They may begin in any order, at once, and twice; they \
        join the run that vitrine run has begun and ended before the step. Without --shard, index \
        and count are what the engine of an array of tasks has set (Kubernetes, Slurm, AWS Batch, \
        Cloud Run). docs/scale.md has examples.

        Ends with 0 when the shard is done or was done, 1 when it failed, 75 when the job is run as \
        a whole, and 130 when a signal or the deadline stopped it.
        """

    @Argument(help: "Name of a job in jobs/, or path of a job file.")
    var job: String

    @Option(help: ArgumentHelp("Which shard, from 0, of how many.", valueName: "i/n"))
    var shard: String?

    @Option(
        help: ArgumentHelp(
            "How many, where the engine tells the index alone.", valueName: "n"))
    var shards: Int?

    @Option(help: ArgumentHelp("Date of the run; today by default.", valueName: "yyyy-mm-dd"))
    var date: String?

    @Flag(help: "Say only what went wrong.")
    var quiet = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        if let date { try Run.check(date: date) }
        _ = try resolved()
    }

    private func resolved() throws -> Shard {
        do {
            return try Shard.resolve(
                shard, count: shards, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// Does the shard of a step, and turns what ends it into a status.
    func run(step: String) throws {
        let shard = try resolved()
        let catalog = try SQLCatalog.locate()
        let job = try Run.jobFile(named: job, in: catalog.home).makeJob()
        let target = try options.target()
        try Run.requireSchema(catalog, target, options)
        let outcome = try Run.withStatus(of: job, isQuiet: quiet) { stop, report in
            try ShardRunner(
                catalog: catalog, target: target, codeVersion: Vitrine.version
            ).run(
                shard, ofStep: step, in: job,
                asOfDate: date.flatMap { PostgresDate($0) } ?? Run.today, stop: stop,
                onEvent: report)
        }
        if case .wasDone = outcome, !quiet {
            StandardError.print("shard \(shard) of step \(step) was done before")
        }
    }
}
