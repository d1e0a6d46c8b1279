import ArgumentParser
import Foundation
import Pipeline
import SQLCatalog

/// `vitrine jobs`
struct ListJobs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "List the jobs and the lines that start them from cron.")

    func run() throws {
        let home = try SQLCatalog.locate().home
        let files = try FileManager.default.contentsOfDirectory(atPath: home.path("jobs"))
            .filter { $0.hasSuffix(".yaml") }.sorted()
        var lines: [String] = []
        for file in files {
            let job = try JobFile.load(path: home.path("jobs/\(file)"))
            print("\(job.name): \(job.summary)")
            lines.append(
                "\(job.schedule.text) cd \(home.directory.path) && .build/release/vitrine run "
                    + "\(job.name) --quiet")
        }
        lines.append(
            "*/5 * * * * cd \(home.directory.path) && .build/release/vitrine respond")
        print("\nFor crontab -e, those you run; times are UTC, so put CRON_TZ=UTC above them:\n")
        for line in lines { print(line) }
    }
}
