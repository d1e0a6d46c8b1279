import Jobs
import Postgres
import SQLCatalog

/// What `vitrine evaluate` shows at its end.
struct EvaluationReport {
    let connection: Connection
    let catalog: SQLCatalog
    let runID: Int64
    /// What the step evaluate says of itself.
    let counts: [String: StepReport.Detail]
    /// Pairs of a list that stood more than once.
    let repeatedPairs: Int

    /// - Returns: Whether anybody was measured.
    func print() throws -> Bool {
        guard case .text(let summary)? = counts["protocol"],
            case .integer(let modelID)? = counts["model_id"]
        else {
            Swift.print("there is nothing to learn from: no model, and nothing was measured")
            return false
        }
        Swift.print("\(summary): \(Format.count(count("users"))) users measured")
        for (text, number) in leftOut where number > 0 {
            Swift.print("  \(text): \(Format.count(number))")
        }
        guard count("users") > 0 else { return false }
        Swift.print("\n\(try table(summary, modelID: Int64(modelID)))")
        let differences = try DifferenceLines(connection, catalog, runID: runID, protocol: summary)
        if !differences.lines.isEmpty {
            Swift.print("\n" + differences.lines.joined(separator: "\n"))
        }
        return true
    }

    private func count(_ name: String) -> Int {
        if case .integer(let number)? = counts[name] { number } else { 0 }
    }

    /// What of the held-out pairs is not in the figures, or only as missed.
    private var leftOut: [(String, Int)] {
        [
            ("pairs that stood more than once, counted once", repeatedPairs),
            ("pairs of unknown users, not measured", count("pairs_of_unknown_users")),
            (
                "users with fewer positives than the job asks for, not measured",
                count("users_with_few_positives")
            ),
            ("pairs that were learned, not measured", count("pairs_learned")),
            (
                "pairs with an item outside the catalogue, counted as missed",
                count("pairs_of_unknown_items")
            ),
        ]
    }

    /// Measures down, the model and the baselines across.
    private func table(_ summary: String, modelID: Int64) throws -> TextTable {
        let rows = try connection.query(
            try catalog.script("evaluate/report").query([
                "run_id": Bind(runID), "model_id": Bind(modelID), "protocol": Bind(summary),
            ]), as: (String, String, Int32, Double, Double?, Double?, Int64).self)
        var (kinds, measures) = ([String](), [String]())
        var cells: [String: [String: String]] = [:]
        var intervals: [String: String] = [:]
        for (kind, name, cutoff, value, lower, upper, _) in rows {
            let measure = "\(name)@\(cutoff)"
            if !kinds.contains(kind) { kinds.append(kind) }
            if !measures.contains(measure) { measures.append(measure) }
            cells[measure, default: [:]][kind] = Format.fixed(value, 4)
            if kind == "two_tower", let lower, let upper {
                intervals[measure] = "\(Format.fixed(lower, 4)) to \(Format.fixed(upper, 4))"
            }
        }
        let others = kinds.filter { $0 != "two_tower" }
        var table = TextTable(["measure", "two_tower", "95 % interval"] + others)
        for measure in measures {
            table.append(
                [measure, cells[measure]?["two_tower"] ?? "-", intervals[measure] ?? "-"]
                    + others.map { cells[measure]?[$0] ?? "-" })
        }
        return table
    }
}
