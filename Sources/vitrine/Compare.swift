import ArgumentParser
import Pipeline

/// `vitrine compare`
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how two models differ, user by user on what was held out.",
        discussion: """
            Where the gate has compared them, what it found; otherwise computed from the figures by \
            user that are kept, where both were measured on the same users and items. An interval \
            that does not hold 0 tells the models apart.
            """)

    @Argument(help: "A model, as vitrine models lists it.")
    var first: Int64

    @Argument(help: "Another one.")
    var second: Int64

    @OptionGroup var options: DatabaseOptions

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "compare")
        let comparison = try ModelRegistry(connection: connection, catalog: catalog)
            .compare(first, with: second)
        print(comparison.protocolSummary)
        print(comparison.isStored ? "as the gate found it\n" : "from figures by user\n")
        var table = TextTable([
            "cohort", "metric", "\(first)", "\(second)", "difference", "95 % interval", "users",
        ])
        for row in comparison.differences {
            table.append([
                row.cohort ?? "all", "\(row.measure.name)@\(row.measure.k)",
                Format.fixed(row.first, 4), Format.fixed(row.second, 4),
                Format.fixed(row.difference, 4),
                "\(Format.fixed(row.interval.lowerBound, 4)) to "
                    + Format.fixed(row.interval.upperBound, 4),
                Format.count(row.userCount),
            ])
        }
        print(table)
    }
}
