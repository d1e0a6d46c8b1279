import DelimitedText
import Postgres
import Testing

@testable import Ingest

private let actionIDs: [String: Int16] = ["impression": 1, "click": 2, "like": 3, "watch": 9]

/// The events of a text under a mapping, and the faults, one a record.
private func map(
    _ yaml: String, _ text: String
) throws -> (events: [StagedInteraction], faults: [RejectReason]) {
    let mapping = try ImportMapping(yaml: "target: interactions\n" + yaml, name: "test.yaml")
    guard case .interactions(let rows) = mapping.rows else { preconditionFailure("not events") }
    var events: [StagedInteraction] = []
    var faults: [RejectReason] = []
    var mapper: InteractionMapper?
    let now = try #require(Timestamp("2024-01-01 00:00:00+00"))
    let stream = ByteStream(name: "test.csv") { body in
        try Array(text.utf8).withUnsafeBytes { try body($0) }
    }
    var names: [String] = []
    let reader = DelimitedReader(format: mapping.format) { names = $0 }
    var number = -1
    func take(_ record: Record) throws {
        number += 1
        if mapper == nil {
            mapper = try InteractionMapper(
                rows,
                columns: InputColumns(names: names, mapping: mapping, file: "test.csv", now: now),
                actionIDs: actionIDs)
        }
        do throws(RowFault) {
            _ = try mapper!.append(record, number: number, to: &events)
        } catch {
            faults.append(error.reason)
        }
    }
    try stream.forEachChunk { try reader.feed($0.bytes, take) }
    try reader.finish(take)
    return (events, faults)
}

private let plain = """
    user_id: u
    item_id: i
    occurred_at: {column: t, unit: s}
    actions: [{action: impression}]

    """

@Suite struct InteractionMapperTests {
    @Test func oneRowStandsForSeveralActions() throws {
        let yaml = """
            user_id: u
            item_id: i
            occurred_at: {column: t, unit: ms}
            surface: s
            actions:
              - action: impression
              - action: click
                when: {column: c, equals: "1"}
              - action: like
                when: {column: l, in: ["yes", "very"]}
              - action: watch
                when: {column: w, above: 0}
                value: {column: w, scale: 0.001}
            """
        let found = try map(
            yaml, "u,i,t,s,c,l,w\n7,8,1650812741436,feed,1,very,1500\n7,9,1650812741437,,0,no,0\n")
        #expect(found.faults.isEmpty)
        #expect(found.events.map(\.actionID) == [1, 2, 3, 9, 1])
        #expect(found.events.map(\.itemID) == [8, 8, 8, 8, 9])
        #expect(found.events.map(\.value) == [nil, nil, nil, 1.5, nil])
        #expect(found.events.map(\.surface) == ["feed", "feed", "feed", "feed", nil])
        #expect(found.events[0].occurredAt == 1_650_812_741_436_000)
        #expect(found.events[0].knownAt == found.events[0].occurredAt)
    }

    @Test(arguments: [
        ("x,2,1650812741", RejectReason.wrongType),
        ("1.5,2,1650812741", .wrongType),
        ("99999999999999999999,2,1650812741", .numberOutOfRange),
        (",2,1650812741", .missingValue),
        ("1,,1650812741", .missingValue),
        ("1,2,", .missingValue),
        ("1,2,now", .wrongType),
        ("1,2,1", .timeOutOfRange),
        ("1,2,1650812741436", .timeOutOfRange),
        ("1,2,9223372036854775807", .timeOutOfRange),
        ("1,2,1735689600", .timeOutOfRange),
    ])
    func aBadFieldRefusesItsRecord(_ record: String, _ reason: RejectReason) throws {
        let found = try map(plain, "u,i,t\n1,2,1650812741\n\(record)\n3,4,1650812741\n")
        #expect(found.faults == [reason])
        #expect(found.events.map(\.userID) == [1, 3])
    }

    @Test(arguments: [
        ("NaN", RejectReason.notFinite), ("-inf", .notFinite), ("Infinity", .notFinite),
        ("1e999", .numberOutOfRange), ("1e39", .numberOutOfRange), ("0x10", .wrongType),
        ("two", .wrongType),
    ])
    func aBadValueRefusesItsRecordAsAWhole(_ value: String, _ reason: RejectReason) throws {
        let yaml = plain.replacing(
            "[{action: impression}]", with: "[{action: impression}, {action: watch, value: v}]")
        let found = try map(yaml, "u,i,t,v\n1,2,1650812741,\(value)\n")
        #expect(found.faults == [reason])
        #expect(found.events.isEmpty)
    }

    @Test(arguments: ["0", "-1", "40000"])
    func aPositionIsACountFromOne(_ place: String) throws {
        let found = try map(plain + "position: p", "u,i,t,p\n1,2,1650812741,\(place)\n")
        #expect(found.faults == [.numberOutOfRange])
    }

    @Test func aColumnMayNameTheAction() throws {
        let yaml = """
            user_id: u
            item_id: i
            occurred_at: {column: t}
            action: {column: a, names: {view: impression}, value: v}
            """
        let found = try map(
            yaml,
            """
            u,i,t,a,v
            1,2,2022-05-01T00:00Z,view,1
            1,2,2022-05-01 08:00:00.5+08,like,
            1,2,2022-05-01,jump,2
            1,2,2022-05-01,,2

            """)
        #expect(found.faults == [.unknownAction, .missingValue])
        #expect(found.events.map(\.actionID) == [1, 3])
        #expect(found.events.map(\.value) == [1, nil])
        #expect(found.events[1].occurredAt - found.events[0].occurredAt == 500_000)
    }

    @Test func knownAtFollowsItsRuleAndNeverPrecedesTheEvent() throws {
        let yaml = plain + #"known_at: {column: d, format: "%Y%m%d", zone: "+08:00", add: 1d}"#
        let found = try map(yaml, "u,i,t,d\n1,2,1651334400,20220430\n1,2,1651334400,20220501\n")
        // 2022-04-30 16:00 UTC: the day ends at that moment in China, and the next a day later.
        #expect(found.events.map { $0.knownAt - $0.occurredAt } == [0, 86_400_000_000])
        let early = try map(yaml, "u,i,t,d\n1,2,1651334400,20220401\n")
        #expect(early.events[0].knownAt == early.events[0].occurredAt)
    }

    @Test func sequencesAreSpreadEvenly() throws {
        let yaml = """
            user_id: u
            surface: {constant: history}
            sequences:
              - action: impression
                items: s
                from: {constant: 2022-04-09T00:00Z}
                until: {column: t, unit: s}
              - action: like
                items: l
                from: {constant: 2022-04-09T00:00Z}
                until: {column: t, unit: s}
            """
        // Until 2022-04-09 00:00:04.
        let found = try map(yaml, "u,t,s,l\n1,1649462404,5 6  5 7,6\n2,1649462404,,\n")
        #expect(found.faults.isEmpty)
        #expect(found.events.map(\.itemID) == [5, 6, 5, 7, 6])
        #expect(found.events.map(\.actionID) == [1, 1, 1, 1, 3])
        let start: Int64 = 1_649_462_400_000_000
        #expect(found.events.map { ($0.occurredAt - start) / 1_000_000 } == [1, 2, 3, 4, 4])
        #expect(found.events.allSatisfy { $0.surface == "history" })
    }

    @Test(arguments: [
        ("1,1649462404,5 x", RejectReason.wrongType), ("1,1649462404,5\t6", .wrongType),
        ("1,,5", .missingValue), ("1,1649376000,5", .timeOutOfRange),
    ])
    func aBadSequenceRefusesItsRecord(_ record: String, _ reason: RejectReason) throws {
        let yaml = """
            user_id: u
            sequences:
              - {action: impression, items: s, from: {constant: 2022-04-09T00:00Z}, until: {column: t, unit: s}}
            """
        let found = try map(yaml, "u,t,s\n\(record)\n")
        #expect(found.faults == [reason])
        #expect(found.events.isEmpty)
    }

    @Test func nullTokensCountAsEmpty() throws {
        let found = try map(
            plain + "surface: s\nnull_tokens: [\"NULL\", \"-\"]",
            "u,i,t,s\n1,2,1650812741,NULL\n1,2,1650812741,-\n1,2,1650812741,feed\n")
        #expect(found.events.map(\.surface) == [nil, nil, "feed"])
    }

    @Test func theEventKeyTellsContentsApart() throws {
        var event = StagedInteraction(
            line: 1, userID: 1, itemID: 1, actionID: 1, occurredAt: 0, knownAt: 0)
        var keys: Set<Int64> = [event.eventKey]
        event.value = 0
        keys.insert(event.eventKey)
        event.value = -0.0
        keys.insert(event.eventKey)
        event.surface = ""
        keys.insert(event.eventKey)
        event.position = 1
        keys.insert(event.eventKey)
        (event.position, event.requestID) = (nil, 1)
        keys.insert(event.eventKey)
        // Both zeros are the same value.
        #expect(keys.count == 5)
        event.knownAt = 5
        event.line = 2
        keys.insert(event.eventKey)
        #expect(keys.count == 5)
    }

    /// Keys are stored: another value for the same content would load everything twice.
    @Test func theEventKeyStaysWhatItIs() {
        var event = StagedInteraction(
            line: 1, userID: 1, itemID: 1, actionID: 1, occurredAt: 0, knownAt: 0)
        event.value = 1.5
        event.surface = "a longer surface"
        event.position = 3
        event.requestID = -7
        #expect(event.eventKey == -2_814_585_652_297_950_251)
    }

    @Test(arguments: [
        (
            "surface: tabb",
            "column \"tabb\" does not exist in \"test.csv\"\nHINT:  Perhaps you meant \"tab\"."
        ),
        ("known_at: {column: x}", "column \"x\" does not exist"),
    ])
    func aColumnThatIsMissingIsNamed(_ line: String, _ part: String) {
        let error = #expect(throws: ImportError.self) {
            try map(plain + line, "u,i,t,tab\n1,2,3,4\n")
        }
        #expect(error.map { "\($0)" }?.hasPrefix(part) == true)
    }

    @Test func anActionThatIsNotKnownIsNamed() {
        let error = #expect(throws: ImportError.self) {
            try map(plain.replacing("impression", with: "impresion"), "u,i,t\n1,2,3\n")
        }
        #expect(
            error.map { "\($0)" }
                == "action \"impresion\" is not known\nHINT:  Perhaps you meant \"impression\".")
    }

    @Test func eventsWithoutTimesHappenInTheOrderOfTheFile() throws {
        let yaml = """
            user_id: u
            item_id: i
            occurred_at: {from_order: 2022-05-01T00:00Z, step: 2s}
            actions: [{action: click}, {action: like}]
            """
        let found = try map(yaml, "u,i\n1,2\nx,3\n1,1\n")
        let start: Int64 = 1_651_363_200_000_000
        #expect(found.faults == [.wrongType])
        #expect(found.events.map(\.itemID) == [2, 2, 1, 1])
        #expect(
            found.events.map(\.occurredAt) == [start, start, start + 4_000_000, start + 4_000_000])
        #expect(found.events.map(\.knownAt) == found.events.map(\.occurredAt))
    }

    @Test(arguments: ["1999-12-31", "2024-01-01T23:59:59.999Z"])
    func anOrderThatLeavesTheAcceptedMomentsIsRefused(_ start: String) throws {
        let yaml = """
            user_id: u
            item_id: i
            occurred_at: {from_order: \(start), step: 1d}
            actions: [{action: click}]
            """
        let found = try map(yaml, "u,i\n1,2\n1,3\n")
        #expect(found.faults.contains(.timeOutOfRange))
        #expect(found.events.count == 1)
    }
}
