import ArgumentParser
@preconcurrency import Glibc

/// The command line: one file per subcommand, no logic of its own.
@main
struct Vitrine: ParsableCommand {
    static func main() {
        // A line at a time also into a pipe, so that output and progress stay in order.
        setvbuf(stdout, nil, _IOLBF, 0)
        main(nil)
    }

    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "vitrine",
        abstract: "A recommender that lives in PostgreSQL.",
        version: version,
        subcommands: [
            Migrate.self, Import.self, Run.self, Embed.self, Retrieve.self, Rank.self,
            Evaluate.self, Search.self, Respond.self, Alerts.self, Status.self, Explain.self,
            WriteReport.self, ListJobs.self, Models.self, Promote.self, Rollback.self, Compare.self,
            PrintDictionary.self, Database.self,
            Demo.self,
        ]
    )
}

extension ExitCode {
    /// Another process holds the lock of the job: try later (EX_TEMPFAIL of sysexits.h).
    static let locked = ExitCode(75)
    /// Stopped by a signal or by the deadline; the run can be taken up.
    static let stopped = ExitCode(130)
}
