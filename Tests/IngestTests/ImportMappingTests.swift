import StrictYAML
import Testing

@testable import Ingest

@Suite struct ImportMappingTests {
    private static let events = "target: interactions\nuser_id: u\nitem_id: i\n"
    private static let timed = events + "occurred_at: {column: t}\n"

    @Test(arguments: [
        ("target: event", "test.yaml:1: unknown value \"event\" for \"target\""),
        ("target: users", "test.yaml:1: the file lacks the key \"user_id\""),
        ("target: users\nuser_id: u\nknownat: {column: k}", "test.yaml:3: unknown key \"knownat\""),
        ("target: items\nitem_id: i\nkind: {constant: reels}", "unknown kind \"reels\""),
        ("target: items\nitem_id: i\nkind: {column: a, constant: b}", "needs one of"),
        ("target: users\nuser_id: 5", "\"user_id\" must be text, not a whole number"),
        (
            "target: users\nuser_id: u\nattributes: {text: [a], number: [a]}",
            "attribute \"a\" stands twice"
        ),
        (
            "target: users\nuser_id: u\nknown_at: {constant: yesterday}",
            "must be a moment such as 2022-04-09T00:00+08:00"
        ),
        ("target: users\nuser_id: u\nknown_at: {column: a, unit: min}", "unknown value \"min\""),
        ("target: users\nuser_id: u\nknown_at: {column: a, zone: Z}", "belongs to a \"format\""),
        (
            "target: users\nuser_id: u\nknown_at: {column: a, format: \"%Y%m%d\", zone: CET}",
            "a zone is an offset"
        ),
        ("target: users\nuser_id: u\nknown_at: {column: a, format: \"%Y\"}", "a date format needs"),
        ("target: users\nuser_id: u\ndelimiter: \"ab\"", "one ASCII character"),
        ("target: users\nuser_id: u\nmaximum_record_bytes: 1", "must lie between"),
        (events, "no event would come of a row"),
        (events + "actions: [{action: click}]", "lacks the key \"occurred_at\""),
        (timed + "actions: [{action: click, when: {column: c}}]", "needs one of \"equals\""),
        (timed + "actions: [{action: click, when: {column: c, equals: 1}}]", "must be text"),
        (timed + "sequences: [{action: click, items: s}]", "needs \"from\" and \"until\""),
        (timed + "actions: [{action: click}]\nunknown_ids: refuse", "unknown value \"refuse\""),
    ])
    func mistakesAreToldWithTheirPlace(_ text: String, _ part: String) {
        let error = #expect(throws: YAMLError.self) {
            try ImportMapping(yaml: text, name: "test.yaml")
        }
        #expect(error.map { "\($0)" }?.contains(part) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test(arguments: [
        ("{from_order: first}", "must be a moment such as"),
        ("{from_order: 2024-01-01, step: 0}", "\"step\" must be above 0"),
        ("{from_order: 2024-01-01, column: t}", "unknown key \"column\""),
        ("{column: t, step: 1s}", "unknown key \"step\""),
        ("{from_order: 2024-01-01, steps: 1s}", "unknown key \"steps\""),
        ("{from_order: 2024-01-01}", "no event would come of a row"),
    ])
    func mistakesOfAnOrderAreTold(_ moment: String, _ part: String) {
        let error = #expect(throws: YAMLError.self) {
            try ImportMapping(yaml: Self.events + "occurred_at: \(moment)", name: "test.yaml")
        }
        #expect(error?.description.contains(part) == true)
    }

    @Test func usersAreNotKnownByOrder() {
        let error = #expect(throws: YAMLError.self) {
            try ImportMapping(
                yaml: "target: users\nuser_id: u\nknown_at: {from_order: 2024-01-01}", name: "t")
        }
        #expect(error?.description.contains("needs one of \"column\" and \"constant\"") == true)
    }

    @Test func generalSettingsAreRead() throws {
        let mapping = try ImportMapping(
            yaml: """
                target: users
                user_id: u
                delimiter: tab
                columns: [u, v]
                null_tokens: ["-"]
                maximum_record_bytes: 1000
                accepted: {from: 2022-01-01, until: 2023-01-01}
                """, name: "test.yaml")
        #expect(mapping.target == .users)
        #expect(mapping.format.delimiter == 9)
        #expect(!mapping.format.hasHeader)
        #expect(mapping.format.maximumRecordLength == 1_000)
        #expect(mapping.columns == ["u", "v"])
        #expect(mapping.nullTokens == ["-"])
        #expect(mapping.acceptedFrom.description == "2022-01-01 00:00:00+00")
        #expect(mapping.acceptedUntil?.description == "2023-01-01 00:00:00+00")
    }

    @Test(arguments: [
        ("100", RejectLimit.count(100)), ("0", .count(0)), ("0.5%", .share(0.005)),
        ("100%", .share(1)),
    ])
    func limitsAreCountsOrShares(_ text: String, _ expected: RejectLimit) {
        #expect(RejectLimit(text) == expected)
    }

    @Test(arguments: [
        ("0", "records were refused"), ("1", "more than 1 record was refused"),
        ("100", "more than 100 records were refused"), ("0%", "records were refused"),
        ("10%", "more than 10% of the records were refused"),
        ("7%", "more than 7% of the records were refused"),
        ("0.5%", "more than 0.5% of the records were refused"),
    ])
    func limitsAreToldAsTheyWereGiven(_ text: String, _ expected: String) {
        #expect(RejectLimit(text)?.description == text)
        #expect(RejectLimit(text)?.excess == expected)
    }

    @Test(arguments: ["", "-1", "x", "101%", "%", "1.5", "nan%"])
    func otherTextIsNoLimit(_ text: String) {
        #expect(RejectLimit(text) == nil)
    }
}
