import ArgumentParser
import Pipeline
import Postgres

/// `vitrine alerts`
struct Alerts: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List alerts, take them, resolve or silence them.",
        discussion: """
            Rules, owners and run-books are rows of monitor.alert_rules; the view monitor.alert_history \
            shows an alert with its run-book.
            """,
        subcommands: [
            ListAlerts.self, AcknowledgeAlert.self, ResolveAlert.self, SilenceAlerts.self,
            RevertResponse.self,
        ], defaultSubcommand: ListAlerts.self)
}

/// `vitrine alerts list`
struct ListAlerts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the alerts that are not over, the newest first.")

    @Flag(help: "List those that are over as well.")
    var all = false

    @Option(help: ArgumentHelp("How many alerts.", valueName: "count"))
    var last = 50

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard (1...10_000).contains(last) else {
            throw ValidationError("--last must lie between 1 and 10000")
        }
    }

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "alerts")
        let alerts = try connection.query(
            try catalog.script("alerts/list").query([
                "row_limit": Bind(Int32(last)), "with_resolved": Bind(all),
            ]),
            as: (
                Int64, String, String, String, String, String, Double, Double, PostgresDate,
                PostgresDate?, String
            ).self)
        guard !alerts.isEmpty else { return print(all ? "no alerts yet" : "no alert is open") }
        var table = TextTable([
            "alert", "state", "severity", "rule", "job", "subject", "value", "threshold", "since",
            "until", "response",
        ])
        for (id, state, severity, rule, job, subject, value, limit, since, until, response)
            in alerts
        {
            table.append([
                "\(id)", state, severity, rule, job, subject, Format.fixed(value, 4),
                Format.fixed(limit, 4), "\(since)", until.map { "\($0)" } ?? "-",
                response.isEmpty ? "-" : response,
            ])
        }
        print(table)
    }
}

/// Who does something by hand, and why.
struct Signature: ParsableArguments {
    @Option(help: ArgumentHelp("Who you are.", valueName: "name"))
    var by: String

    @Option(help: ArgumentHelp("Why, for those who ask later.", valueName: "text"))
    var why: String
}

/// `vitrine alerts ack`
struct AcknowledgeAlert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack", abstract: "Say that you are at it.")

    @Argument(help: "The alert, as vitrine alerts lists it.")
    var alert: Int64

    @OptionGroup var signature: Signature
    @OptionGroup var options: DatabaseOptions

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "alerts")
        try AlertBook(connection: connection, catalog: catalog)
            .acknowledge(alert, by: signature.by, reason: signature.why)
        print("alert \(alert) is acknowledged")
    }
}

/// `vitrine alerts resolve`
struct ResolveAlert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Resolve an alert by hand.",
        discussion: """
            A rule that still finds its threshold passed opens another once it has cooled down. What was \
            done about the alert is taken back with the next run, where the settings say so.
            """)

    @Argument(help: "The alert, as vitrine alerts lists it.")
    var alert: Int64

    @OptionGroup var signature: Signature
    @OptionGroup var options: DatabaseOptions

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "alerts")
        try AlertBook(connection: connection, catalog: catalog)
            .resolve(alert, by: signature.by, reason: signature.why, on: Run.today)
        print("alert \(alert) is resolved")
    }
}

/// `vitrine alerts silence`
struct SilenceAlerts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence", abstract: "Keep quiet about alerts for some hours.",
        discussion: """
            They open and resolve all the same; nobody is told, and nothing is done about them. An alert \
            that is open when the silence ends is told of then.
            """)

    @Option(help: ArgumentHelp("The rule; every rule without it.", valueName: "rule"))
    var rule: String?

    @Option(help: ArgumentHelp("Which subjects, as a pattern of like.", valueName: "pattern"))
    var subject = "%"

    @Option(help: ArgumentHelp("For how long.", valueName: "hours"))
    var hours: Double

    @OptionGroup var signature: Signature
    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard hours > 0, hours <= 8_784 else {
            throw ValidationError("--hours must lie between 0 and 8784")
        }
    }

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "alerts")
        let silence = try AlertBook(connection: connection, catalog: catalog).silence(
            rule: rule, subjects: subject, hours: hours, by: signature.by, reason: signature.why)
        print("silence \(silence.id) lasts until \(silence.until)")
    }
}

/// `vitrine alerts revert`
struct RevertResponse: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revert", abstract: "Take back what was done about an alert.",
        discussion: """
            Releases a hold, switches a source on again, withdraws a request to train afresh. A \
            roll-back is taken back by vitrine promote.
            """)

    @Argument(help: "The response: the number in brackets that vitrine alerts shows.")
    var response: Int64

    @OptionGroup var signature: Signature
    @OptionGroup var options: DatabaseOptions

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "alerts")
        try Responder(connection: connection, catalog: catalog)
            .revert(response, by: signature.by, reason: signature.why)
        print("response \(response) is reverted")
    }
}
