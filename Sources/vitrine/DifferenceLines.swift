import Postgres
import SQLCatalog

/// What would be published against the other methods, user by user, a line for each.
struct DifferenceLines {
    /// The lines, that on the two-tower first; none where nothing was compared.
    let lines: [String]

    /// - Parameter summary: The protocol, in words.
    init(_ connection: Connection, _ catalog: SQLCatalog, runID: Int64, protocol summary: String)
        throws
    {
        let rows = try connection.query(
            try catalog.script("evaluate/differences").query([
                "run_id": Bind(runID), "protocol": Bind(summary),
            ]), as: (String, String, String, Int32, Double, Double, Double).self)
        var titles: [String] = []
        var figures: [String: [String]] = [:]
        for (kind, other, metric, cutoff, difference, lower, upper) in rows {
            let title = "\(kind) less \(other), user by user"
            if !titles.contains(title) { titles.append(title) }
            figures[title, default: []].append(
                "\(metric)@\(cutoff) \(Format.fixed(difference, 4)) "
                    + "(\(Format.fixed(lower, 4)) to \(Format.fixed(upper, 4)))")
        }
        lines = titles.map { "\($0): \(figures[$0, default: []].joined(separator: ", "))" }
    }
}
