import ArgumentParser
import Foundation
import Pipeline
import Postgres

/// `vitrine respond`
struct Respond: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "See whether runs came, respond to alerts, tell receivers.",
        discussion: """
            Made for cron, every few minutes. A job judges its own measures in its step respond; this \
            does what no job can: it notices a run that did not come, and delivers what receivers are to \
            be told. The URLs of receivers are read from the environment.
            """)

    @Option(
        help: ArgumentHelp(
            "Write gauges for the textfile collector of node_exporter; a name that ends in .prom.",
            valueName: "path"))
    var textfile: String?

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard textfile?.hasSuffix(".prom") ?? true else {
            throw ValidationError("--textfile must end in .prom: others are not collected")
        }
    }

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "respond")
        let watch = Watch(connection: connection, catalog: catalog)
        let now = Timestamp(
            microsecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1_000_000))
        let outbox = Outbox(connection: connection, catalog: catalog)
        let (alerts, unreadable): (AlertBook.Changes, [String])
        do {
            let seen = try watch.look(at: now) { print($0) }
            (alerts, unreadable) = (seen.alerts, seen.unreadable)
        } catch {
            // What was found before is told all the same.
            _ = try? outbox.deliver()
            throw error
        }
        if alerts.opened + alerts.resolved > 0 {
            print("\(alerts.opened) alerts opened, \(alerts.resolved) resolved")
        }
        for job in unreadable {
            StandardError.print(
                "vitrine: ops.expected_runs has a schedule of job \(job) that cron could not read")
        }
        let deliveries = try outbox.deliver()
        if deliveries.delivered + deliveries.failed > 0 {
            print(
                "\(deliveries.delivered) deliveries accepted, \(deliveries.failed) to be tried again"
            )
        }
        if let textfile { try watch.writeGauges(to: textfile) }
        guard deliveries.failed == 0, unreadable.isEmpty else { throw ExitCode.failure }
    }
}
