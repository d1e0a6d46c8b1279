import Testing

@testable import SQLCatalog

@Suite struct CheckHeaderTests {
    private func header(_ lines: String) throws -> CheckHeader {
        try CheckHeader(
            of: SQLScript(
                name: "validate/mine", text: "-- Nothing is odd.\n--\n\(lines)\nselect 1"))
    }

    @Test func `a check says severity, owner, action and settings`() throws {
        let found = try header(
            """
            -- Check     warn
            -- Owner     data
            -- Action    Look at it,
            --           and mend it.
            -- Settings  largest_share 0.05, window_days 7,
            --           smallest_z -4
            -- Params    as_of_date
            """)
        #expect(found.severity == .warn)
        #expect(found.owner == "data")
        #expect(found.action == "Look at it, and mend it.")
        #expect(found.settings == ["largest_share": 0.05, "window_days": 7, "smallest_z": -4])
    }

    @Test func `a check needs no settings`() throws {
        let found = try header("-- Check fail\n-- Owner data\n-- Action Mend it.")
        #expect(found.severity == .fail)
        #expect(found.settings == [:])
    }

    @Test(arguments: [
        ("-- Owner data\n-- Action Mend it.", "is a check without Check in its header"),
        ("-- Check warn\n-- Action Mend it.", "is a check without Owner in its header"),
        ("-- Check warn\n-- Owner data", "is a check without Action in its header"),
        ("-- Check warn\n-- Owner\n-- Action Mend it.", "is a check without Owner in its header"),
        (
            "-- Check maybe\n-- Owner data\n-- Action Mend it.",
            "has a check that is neither fail nor warn"
        ),
        (
            "-- Check warn\n-- Owner data\n-- Action Mend it.\n-- Settings share",
            "has Settings that are no pairs of name and number"
        ),
        (
            "-- Check warn\n-- Owner data\n-- Action Mend it.\n-- Settings share many",
            "has Settings that are no pairs of name and number"
        ),
        (
            "-- Check warn\n-- Owner data\n-- Action Mend it.\n-- Settings share nan",
            "has Settings that are no pairs of name and number"
        ),
        (
            "-- Check warn\n-- Owner data\n-- Action Mend it.\n-- Settings share 1, share 2",
            "has the setting share twice"
        ),
    ])
    func `what is missing or cannot be read is named with the file`(
        lines: String, message: String
    ) {
        let error = #expect(throws: CatalogError.self) { try header(lines) }
        #expect(error?.message == "sql/validate/mine.sql \(message)")
    }
}
