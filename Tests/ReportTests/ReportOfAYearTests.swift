import Testing

@testable import Report

/// What the files of `sql/report` make of a year with everything in it.
@Suite struct ReportOfAYearTests {
    private static let sections = Result { try PlantedHistory.sections() }

    private func section(_ title: String) throws -> Section {
        try #require(try Self.sections.get().first { $0.title == title })
    }

    private func rows(_ title: String) throws -> [(cell: [String: String], state: Section.State)] {
        guard case .table(let columns, let rows) = try section(title).content else { return [] }
        return rows.map { (Dictionary(uniqueKeysWithValues: zip(columns, $0.cells)), $0.state) }
    }

    @Test func `a line of quality is that of one job`() throws {
        guard case .lines(let drawings) = try section("Quality over time").content else {
            Issue.record("no lines")
            return
        }
        #expect(drawings.map(\.measure) == ["recall", "nDCG", "coverage of the catalogue"])
        for drawing in drawings {
            #expect(
                drawing.series.map(\.name)
                    == ["nightly", "weekly_comparison_of_all_methods"].flatMap { job in
                        ["funnel", "two_tower", "item_cosine", "popularity"].map { "\($0), \(job)" }
                    })
            // Each job measures the same every night: no line goes up and down between two jobs.
            for line in drawing.series {
                #expect(Set(line.points.map(\.y)).count == 1, "\(line.name)")
            }
            let nightly = try #require(drawing.series.first)
            #expect(
                nightly.points.count == PlantedHistory.nightCount - 9, "failed nights have none")
            #expect(nightly.points.last?.label == "2026-12-31")
        }
    }

    @Test func `alerts that are not over come with what to do, the worst first`() throws {
        let alerts = try rows("Open alerts")
        let severities = alerts.compactMap { $0.cell["severity"] }
        #expect(Set(severities) == ["critical", "warning"])
        #expect(severities == severities.sorted { $0 == "critical" && $1 != "critical" })
        for (cell, state) in alerts {
            #expect(state == (cell["severity"] == "critical" ? .bad : .warn))
            #expect(cell["what to do"]?.isEmpty == false)
            #expect(cell["value"]?.wholeMatch(of: /[-0-9,.]+, (above|below) [-0-9,.]+/) != nil)
            #expect(
                cell["value"]?.contains(/\.\d*0\b|\.\d{5}/) == false, "no digits that say nothing")
        }
        #expect(Set(alerts.compactMap { $0.cell["job"] }).count == 2)
        #expect(alerts.contains { $0.cell["owner"]?.contains("taken up by") == true })
    }

    @Test func `a decision is one row`() throws {
        let decisions = try rows("Champion and challengers")
        let challengers = decisions.compactMap { $0.cell["challenger"] }
        #expect(challengers.count == 15 && Set(challengers).count == 15)
        #expect(decisions.allSatisfy { $0.cell["measure"] == "ndcg@20" })
        #expect(decisions.first?.cell["date"] == "2026-12-31")
        #expect(decisions.first?.cell["why"]?.contains("; cohort low") == true)
    }

    @Test func `what failed is marked`() throws {
        #expect(try rows("Checks of the data").map(\.state).filter { $0 == .bad }.count == 2)
        guard case .bars(let bars, _) = try section("Drift").content else {
            Issue.record("no bars")
            return
        }
        #expect(
            bars.map(\.state) == .init(repeating: .bad, count: 3)
                + .init(repeating: .plain, count: 9))
    }
}
