import Postgres
import Testing

@testable import Ingest

private func parse(_ text: String, _ unit: MomentUnit) -> String? {
    Array(text.utf8).withUnsafeBytes { try? unit.parse($0) }.map {
        Timestamp(microsecondsSinceEpoch: $0).description
    }
}

@Suite struct MomentUnitTests {
    @Test(arguments: [
        ("1650812741", MomentUnit.seconds, "2022-04-24 15:05:41+00"),
        ("1650812741436", .milliseconds, "2022-04-24 15:05:41.436+00"),
        ("1650812741436001", .microseconds, "2022-04-24 15:05:41.436001+00"),
        ("-1", .seconds, "1969-12-31 23:59:59+00"),
        ("2022-05-01", .iso8601, "2022-05-01 00:00:00+00"),
        ("2022-05-01T12:30", .iso8601, "2022-05-01 12:30:00+00"),
        ("2022-05-01 12:30:15.25Z", .iso8601, "2022-05-01 12:30:15.25+00"),
        ("2022-05-01 12:30:15+0530", .iso8601, "2022-05-01 07:00:15+00"),
        ("2022-05-01T00:00:00-08", .iso8601, "2022-05-01 08:00:00+00"),
        ("2024-02-29", .iso8601, "2024-02-29 00:00:00+00"),
        ("2000-02-29", .iso8601, "2000-02-29 00:00:00+00"),
        ("1900-03-01", .iso8601, "1900-03-01 00:00:00+00"),
    ])
    func momentsAreRead(_ text: String, _ unit: MomentUnit, _ expected: String) {
        #expect(parse(text, unit) == expected)
    }

    @Test(arguments: [
        "2022-02-29", "1900-02-29", "2022-13-01", "2022-00-10", "2022-01-00", "2022-1-1",
        "20220501",
        "2022-05-01T24:00", "2022-05-01T12", "2022-05-01T12:60", "2022-05-01T12:00:60",
        "2022-05-01T12:00:00.", "2022-05-01T12:00:00.1234567", "2022-05-01T12:00+16", "2022-05-01 ",
        "infinity", "", "2022-05-01T12:00:00+08:00x",
    ])
    func otherTextIsNoMoment(_ text: String) {
        #expect(parse(text, .iso8601) == nil)
    }

    @Test(arguments: [
        ("%Y%m%d", 28_800, "20220501", "2022-04-30 16:00:00+00"),
        ("%d.%m.%Y %H:%M:%S", 0, "01.05.2022 06:07:08", "2022-05-01 06:07:08+00"),
        (
            "%Y-%m-%dT%H:%M:%S.%f%z", 28_800, "2022-05-01T06:07:08.5-01:00",
            "2022-05-01 07:07:08.5+00"
        ),
        ("%Y%%%m%%%d", 0, "2022%05%01", "2022-05-01 00:00:00+00"),
    ])
    func patternsAreRead(_ text: String, _ offset: Int, _ input: String, _ expected: String) throws
    {
        let pattern = try MomentPattern(text, offsetSeconds: offset)
        #expect(parse(input, .pattern(pattern)) == expected)
    }

    @Test(arguments: ["2022050", "202205011", "2022o501", "20221301"])
    func whatDoesNotFollowThePatternIsNoMoment(_ input: String) throws {
        let pattern = try MomentPattern("%Y%m%d", offsetSeconds: 0)
        #expect(parse(input, .pattern(pattern)) == nil)
    }

    @Test(arguments: ["%Y", "%Y%m%q%d", "", "%Y%m%d%"])
    func aPatternNeedsADayAndKnownParts(_ text: String) {
        #expect(throws: MomentPattern.InvalidPattern.self) {
            try MomentPattern(text, offsetSeconds: 0)
        }
    }
}
