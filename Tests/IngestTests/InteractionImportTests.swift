import Foundation
import Postgres
import Testing

@testable import Ingest

private let header = "u,i,t,a,v\n"

/// `count` different events.
private func events(_ count: Int) -> [String] {
    (0..<count).map {
        "\($0 % 7),\($0 % 11),2022-05-01T00:00:\($0 % 60 < 10 ? "0" : "")\($0 % 60)Z,click,\($0)\n"
    }
}

@Suite struct InteractionImportTests {
    @Test func theSameFileTwiceAddsNothing() throws {
        try ImportWorld.with { world in
            let path = try world.file("a.csv", header + events(100).joined())
            let first = try world.load(plainEvents, path)
            #expect(first.readCount == 100 && first.loadedCount == 100)
            #expect(first.duplicateCount == 0 && first.rejectedCount == 0)
            let content = try world.contentOfInteractions()
            let second = try world.load(plainEvents, path)
            #expect(second.readCount == 100 && second.loadedCount == 0)
            #expect(second.duplicateCount == 100)
            #expect(try world.contentOfInteractions() == content)
            #expect(
                try world.rows(
                    "select status, read_count, loaded_count, duplicate_count, finished_at is null from source.imports order by import_id"
                ) == ["loaded|100|100|0|false", "loaded|100|0|100|false"])
        }
    }

    @Test func theSameContentInOtherFilesAddsNothing() throws {
        try ImportWorld.with { world in
            let all = events(100)
            try world.load(plainEvents, world.file("a.csv", header + all.joined()))
            let content = try world.contentOfInteractions()
            let summary = try world.load(
                plainEvents, world.file("b.csv", header + all[40...].reversed().joined()),
                world.file("c.csv", header + all[..<40].joined()))
            #expect(summary.loadedCount == 0 && summary.duplicateCount == 100)
            #expect(try world.contentOfInteractions() == content)
        }
    }

    @Test func repeatedRowsBecomeOneThatCountsThem() throws {
        try ImportWorld.with { world in
            let row = "1,2,2022-05-01T00:00Z,click,5\n"
            let once = try world.file("a.csv", header + row)
            let thrice = try world.file("b.csv", header + row + row + row)
            try world.load(plainEvents, once)
            let summary = try world.load(plainEvents, thrice)
            #expect(summary.loadedCount == 0 && summary.duplicateCount == 3)
            #expect(try world.rows("select repeat_count from source.interactions") == ["3"])
            // Fewer of them take nothing away.
            try world.load(plainEvents, once)
            #expect(try world.rows("select repeat_count from source.interactions") == ["3"])
        }
    }

    @Test func rowsThatDifferInContentAloneStayApart() throws {
        try ImportWorld.with { world in
            let row = "1,2,2022-05-01T00:00Z,click,"
            let summary = try world.load(
                plainEvents, world.file("a.csv", header + "\(row)5\n\(row)6\n\(row)\n\(row)0\n"))
            #expect(summary.loadedCount == 4)
        }
    }

    @Test func badRecordsAreListedAndTheRestIsLoaded() throws {
        try ImportWorld.with { world in
            var bytes = Array(header.utf8)
            let bad: [(String, String)] = [
                ("x,2,2022-05-01,click,1", "wrong_type"),
                ("1,2,2022-05-01,jump,1", "unknown_action"),
                ("1,2,1822-05-01,click,1", "time_out_of_range"),
                (",2,2022-05-01,click,1", "missing_value"),
                ("1,2,2022-05-01,click,1,7", "too_many_columns"),
                ("1,2,2022-05-01,click", "too_few_columns"),
                ("1,2,2022-05-01,cl\0ick,1", "nul_byte"),
                ("99999999999999999999,2,2022-05-01,click,1", "number_out_of_range"),
                ("1,2,2022-05-01,click,NaN", "not_finite"),
                ("1,2,2022-05-01,\"click\"x,1", "malformed_quote"),
                (String(repeating: "1", count: 200), "record_too_long"),
            ]
            for (record, _) in bad { bytes += Array((record + "\n").utf8) }
            bytes += [0x31, 0xFF] + Array(",2,2022-05-01,click,1\n".utf8)
            bytes += Array("1,2,2022-05-01,click,1\n".utf8)
            bytes += Array("\"1,2,2022-05-01,click,1".utf8)
            let path = try world.file("bad.csv", bytes)
            let summary = try world.load(plainEvents + "maximum_record_bytes: 100", path)
            #expect(summary.readCount == 14 && summary.rejectedCount == 13)
            #expect(summary.loadedCount == 1)
            #expect(summary.rejectedByReason.values.allSatisfy { $0 == 1 })
            let found = try world.rows(
                "select line_number, reason from source.rejected_rows order by line_number")
            let expected = bad.enumerated().map { "\($0 + 2)|\($1.1)" }
            #expect(found == expected + ["13|bad_encoding", "15|unterminated_quote"])
            #expect(
                try world.rows(
                    "select distinct file_name = '\(path)' from source.rejected_rows") == ["true"])
            #expect(
                try world.rows(
                    "select raw_text from source.rejected_rows where line_number in (8, 13) order by 1"
                )
                    == ["1,2,2022-05-01,cl\\x00ick,1", "1\\xFF,2,2022-05-01,click,1"])
            // Details speak of columns, not of values.
            #expect(
                try world.rows("select detail from source.rejected_rows where line_number = 2")
                    == ["Column \"u\" is not a whole number."])
        }
    }

    @Test(arguments: [RejectLimit.count(2), .share(0.3)])
    func tooManyRejectsLoadNothingAndAreListed(_ limit: RejectLimit) throws {
        try ImportWorld.with { world in
            let path = try world.file(
                "a.csv",
                header + events(5).joined()
                    + String(repeating: "x,2,2022-05-01,click,1\n", count: 3))
            let error = #expect(throws: ImportError.self) {
                try world.load(plainEvents, path, maximumRejects: limit)
            }
            #expect(error?.code == .tooManyRejects)
            #expect(error?.summary?.rejectedCount == 3 && error?.summary?.loadedCount == 0)
            #expect(try world.count("source.interactions") == 0)
            #expect(try world.count("source.rejected_rows") == 3)
            #expect(
                try world.rows(
                    "select status, read_count, rejected_count, loaded_count from source.imports")
                    == ["failed|8|3|0"])
            // As many as allowed are no failure.
            #expect(try world.load(plainEvents, path, maximumRejects: .count(3)).loadedCount == 5)
        }
    }

    @Test func lateRowsNeverChangeThePast() throws {
        try ImportWorld.with { world in
            let row = "1,2,2022-05-01T00:00Z,click,5\n"
            try world.load(plainEvents, world.file("a.csv", header + row))
            try world.close(through: "2022-05-03 00:00:00+00")
            let late = "3,4,2022-05-02T00:00Z,click,1\n"
            let current = "3,4,2022-05-04T00:00Z,click,1\n"
            // The repeat count of a closed row is part of the past as well.
            try world.load(plainEvents, world.file("b.csv", header + late + current + row + row))
            #expect(
                try world.rows(
                    "select user_id, occurred_at, known_at, repeat_count from source.interactions order by occurred_at"
                ) == [
                    "1|2022-05-01T00:00:00+00:00|2022-05-01T00:00:00+00:00|1",
                    "3|2022-05-02T00:00:00+00:00|2022-05-03T00:00:00+00:00|1",
                    "3|2022-05-04T00:00:00+00:00|2022-05-04T00:00:00+00:00|1",
                ])
        }
    }

    @Test func unknownIdentifiersAreRefusedWhereTheMappingSaysSo() throws {
        try ImportWorld.with { world in
            try world.load(.users, query: "select 1 as user_id")
            try world.load(.items, query: "select 2 as item_id, 'post' as kind")
            let path = try world.file(
                "a.csv",
                header + "1,2,2022-05-01,click,\n9,2,2022-05-01,click,\n1,9,2022-05-01,click,\n")
            #expect(try world.load(plainEvents + "unknown_ids: accept", path).loadedCount == 3)
            try world.connection.execute("delete from source.interactions")
            let summary = try world.load(plainEvents + "unknown_ids: reject", path)
            #expect(summary.loadedCount == 1)
            #expect(summary.rejectedByReason == [.unknownUser: 1, .unknownItem: 1])
            #expect(
                try world.rows(
                    "select line_number, reason, raw_text from source.rejected_rows order by line_number"
                ) == [
                    "3|unknown_user|9,2,2022-05-01,click,", "4|unknown_item|1,9,2022-05-01,click,",
                ])
        }
    }

    private static let pairs = """
        target: interactions
        columns: [u, i]
        delimiter: " "
        user_id: u
        item_id: i
        occurred_at: {from_order: 2022-05-01T00:00Z, step: 1s}
        actions: [{action: like}]
        unknown_ids: add

        """

    @Test func pairsWithoutTimesKeepTheirOrderOverFiles() throws {
        try ImportWorld.with { world in
            let first = try world.file("a.txt", "7 3\n7 1\n\n7 2\n")
            let second = try world.file("b.txt", "8 1\n8 3\n")
            let summary = try world.load(Self.pairs, first, second)
            #expect(summary.loadedCount == 5 && summary.rejectedCount == 0)
            let order = """
                select user_id, item_id, extract(second from occurred_at)::integer as second
                from source.interactions order by occurred_at
                """
            #expect(try world.rows(order) == ["7|3|0", "7|1|1", "7|2|2", "8|1|3", "8|3|4"])
            #expect(try world.load(Self.pairs, first, second).loadedCount == 0)
            #expect(try world.count("source.interactions") == 5)
        }
    }

    @Test func unknownIdentifiersAreAddedWhereTheMappingSaysSo() throws {
        try ImportWorld.with { world in
            try world.load(.users, query: "select 7 as user_id, 'de' as country")
            try world.load(
                .items, query: "select 3 as item_id, 'post' as kind, '{a}'::text[] as tags")
            let path = try world.file("a.txt", "7 3\n7 1\n8 1\n8 2\n")
            let summary = try world.load(Self.pairs, path)
            #expect(summary.addedUserCount == 1 && summary.addedItemCount == 2)
            #expect(summary.loadedCount == 4 && summary.duplicateCount == 0)
            #expect(
                try world.rows(
                    "select user_id, attributes::text, known_at from source.users order by 1")
                    == [
                        #"7|{"country": "de"}|2000-01-01T00:00:00+00:00"#,
                        "8|{}|2022-05-01T00:00:02+00:00",
                    ])
            #expect(
                try world.rows(
                    "select item_id, is_available, tags::text, known_at from source.items order by 1"
                )
                    == [
                        "1|true|{}|2022-05-01T00:00:01+00:00",
                        "2|true|{}|2022-05-01T00:00:03+00:00",
                        "3|true|{a}|2000-01-01T00:00:00+00:00",
                    ])
            let again = try world.load(Self.pairs, path)
            #expect(again.addedUserCount == 0 && again.addedItemCount == 0)
            #expect(again.duplicateCount == 4)
            #expect(try world.count("source.item_versions") == 3)
            // What is imported of them later takes their place.
            try world.load(
                .items, query: "select 1 as item_id, 'post' as kind, '{b}'::text[] as tags")
            #expect(
                try world.rows("select tags::text from source.items where item_id = 1") == ["{b}"])
        }
    }

    @Test func addedIdentifiersNeverChangeAClosedPast() throws {
        try ImportWorld.with { world in
            try world.close(through: "2022-06-01 00:00 UTC")
            try world.load(Self.pairs, world.file("a.txt", "7 3\n"))
            #expect(
                try world.rows("select known_at from source.items")
                    == ["2022-06-01T00:00:00+00:00"])
        }
    }

    @Test func aRecordWithOneUnknownItemIsRefusedAsAWhole() throws {
        try ImportWorld.with { world in
            try world.load(.users, query: "select 1 as user_id")
            try world.load(.items, query: "select 2 as item_id, 'post' as kind")
            let yaml = """
                target: interactions
                user_id: u
                unknown_ids: reject
                sequences:
                  - {action: click, items: s, from: {constant: 2022-04-09}, until: {constant: 2022-04-10}}
                """
            let summary = try world.load(yaml, world.file("a.csv", "u,s\n1,2 2 9\n1,2 2\n"))
            #expect(summary.loadedCount == 2 && summary.rejectedCount == 1)
            #expect(
                try world.rows("select line_number, raw_text from source.rejected_rows")
                    == ["2|1,2 2 9"])
        }
    }

    @Test func truncatedGzipLoadsNothing() throws {
        try ImportWorld.with { world in
            let source = world.catalog.home.path("examples/kuairand/history.csv.gz")
            let data = try Data(contentsOf: URL(fileURLWithPath: source)).dropLast(1_000)
            let path = try world.file("cut.csv.gz", [UInt8](data))
            let mapping = try ImportMapping(
                path: world.catalog.home.path("examples/kuairand/history.yaml"))
            #expect(throws: (any Error).self) {
                try world.importer.run(ImportRequest(source: .files([path]), mapping: mapping))
            }
            #expect(try world.count("source.interactions") == 0)
            #expect(try world.rows("select status from source.imports") == ["failed"])
        }
    }

    @Test func aQueryWithTheTargetsNamesNeedsNoMapping() throws {
        try ImportWorld.with { world in
            let query = """
                select 1 as user_id, 2::bigint as item_id, 'click' as action, 1.5::real as value,
                    timestamptz '2022-05-01 10:00:00.25+02' as occurred_at, 'feed' as surface,
                    3 as position, 77 as request_id -- the end; of it
                union all
                select 1, 3, 'jump', null, '2022-05-01', null, null, null;
                """
            let summary = try world.load(.interactions, query: query)
            #expect(summary.loadedCount == 1)
            #expect(summary.rejectedByReason == [.unknownAction: 1])
            #expect(
                try world.rows(
                    "select user_id, item_id, action_id, occurred_at, value, surface, position, request_id from source.interactions"
                ) == ["1|2|2|2022-05-01T08:00:00.25+00:00|1.5|feed|3|77"])
            #expect(
                try world.rows("select file_name, line_number from source.rejected_rows") == [
                    "query|3"
                ])
        }
    }

    @Test func aQueryCannotWrite() throws {
        try ImportWorld.with { world in
            let error = #expect(throws: (any Error).self) {
                try world.load(
                    .users,
                    query:
                        "select nextval(pg_get_serial_sequence('source.imports', 'import_id')) as user_id"
                )
            }
            #expect(error.map { "\($0)" }?.contains("read-only") == true)
        }
    }

    @Test func aColumnTooManyInAQueryIsNamed() throws {
        try ImportWorld.with { world in
            let error = #expect(throws: ImportError.self) {
                try world.load(
                    .interactions,
                    query:
                        "select 1 as user_id, 1 as item_id, 'click' as action, now() as occurred_at, 'x' as surfase"
                )
            }
            #expect(
                error.map { "\($0)" }
                    == "interactions have no column \"surfase\"\nHINT:  Perhaps you meant \"surface\"."
            )
        }
    }

    @Test func standardInputIsAStreamLikeAnyOther() throws {
        try ImportWorld.with { world in
            // The stream of the process is put aside for the time of the test.
            let path = try world.file("in.csv", header + events(10).joined())
            let saved = dup(0)
            let descriptor = open(path, O_RDONLY)
            dup2(descriptor, 0)
            defer {
                dup2(saved, 0)
                close(saved)
                close(descriptor)
            }
            let summary = try world.importer.run(
                ImportRequest(
                    source: .standardInput, mapping: ImportMapping(yaml: plainEvents, name: "m")))
            #expect(summary.loadedCount == 10)
            #expect(try world.rows("select source_name from source.imports") == ["-"])
        }
    }

    @Test func whatTheProgressThrowsEndsTheImport() throws {
        struct Stop: Error {}
        try ImportWorld.with { world in
            let path = try world.file("a.csv", header + events(10).joined())
            let request = ImportRequest(
                source: .files([path]), mapping: try ImportMapping(yaml: plainEvents, name: "m"))
            #expect(throws: Stop.self) { try world.importer.run(request) { _ in throw Stop() } }
            #expect(try world.rows("select status from source.imports") == ["failed"])
            #expect(try world.count("source.interactions") == 0)
            var last: ImportProgress?
            _ = try world.importer.run(request) { last = $0 }
            #expect(last?.fraction == 1 && last?.readCount == 10)
        }
    }

    @Test func anImportWhoseProcessDiedIsClosedByTheNext() throws {
        try ImportWorld.with { world in
            try world.connection.execute(
                "insert into source.imports (source_name, target, mapping) values ('x', 'users', '{}')"
            )
            try world.load(.users, query: "select 1 as user_id")
            #expect(
                try world.rows("select status from source.imports order by import_id")
                    == ["failed", "loaded"])
        }
    }

    @Test func anEmptyFileIsAnError() throws {
        try ImportWorld.with { world in
            let path = try world.file("a.csv", "")
            #expect(throws: (any Error).self) { try world.load(plainEvents, path) }
            let only = try world.file("b.csv", "u,i,t,a\n")
            #expect(throws: ImportError.self) { try world.load(plainEvents, only) }
            #expect(try world.load(plainEvents, world.file("c.csv", header)).readCount == 0)
        }
    }

    @Test func moreRejectsThanAreKeptAreCounted() throws {
        try ImportWorld.with { world in
            let count = RejectList.limit + 500
            let path = try world.file("a.csv", header + String(repeating: "x,,,,\n", count: count))
            let summary = try world.load(plainEvents, path)
            #expect(summary.rejectedCount == count)
            #expect(try world.count("source.rejected_rows") == RejectList.limit)
        }
    }
}
