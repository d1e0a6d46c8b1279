import Postgres
import Testing

@testable import Ingest

private let users = """
    target: users
    user_id: u
    created_at: {column: c}
    known_at: {column: k}
    attributes: {text: [a], number: [n], boolean: [b]}

    """
private let header = "u,c,k,a,n,b\n"
private let versions = """
    select user_id, known_at at time zone 'UTC' as known_at, attributes ->> 'a' as a
    from source.user_versions order by user_id, known_at
    """

@Suite struct VersionImportTests {
    @Test func attributesAreTypedAndEmptyOnesAbsent() throws {
        try ImportWorld.with { world in
            let path = try world.file(
                "a.csv",
                header + "1,2020-01-01,2022-01-01,\"say \"\"x\"\"\",7.50,t\n2,,2022-01-01,,,\n")
            #expect(try world.load(users, path).loadedCount == 2)
            #expect(
                try world.rows("select user_id, created_at from source.user_versions order by 1")
                    == ["1|2020-01-01T00:00:00+00:00", "2|-"])
            #expect(
                try world.connection.query(
                    "select attributes::text from source.user_versions order by user_id",
                    as: String.self) == [#"{"a": "say \"x\"", "b": true, "n": 7.5}"#, "{}"])
        }
    }

    @Test func aChangeIsANewVersionAndNoChangeIsNone() throws {
        try ImportWorld.with { world in
            try world.load(
                users, world.file("a.csv", header + "1,,2022-01-01,x,,\n2,,2022-01-01,y,,\n"))
            let summary = try world.load(
                users,
                world.file(
                    "b.csv",
                    header
                        + "1,,2022-02-01,z,,\n2,,2022-02-01,y,,\n1,,2022-03-01,z,,\n1,,2022-04-01,x,,\n"
                ))
            #expect(summary.loadedCount == 2 && summary.duplicateCount == 2)
            #expect(
                try world.rows(versions) == [
                    "1|2022-01-01T00:00:00|x", "1|2022-02-01T00:00:00|z",
                    "1|2022-04-01T00:00:00|x", "2|2022-01-01T00:00:00|y",
                ])
        }
    }

    @Test func aCorrectionOfTheSameMomentIsKnownFromTheImportOn() throws {
        try ImportWorld.with { world in
            let old = try world.file("a.csv", header + "1,,2022-01-01,x,,\n")
            let new = try world.file("b.csv", header + "1,,2022-01-01,z,,\n")
            try world.load(users, old)
            #expect(try world.load(users, new).loadedCount == 1)
            #expect(
                try world.rows(
                    """
                    select v.attributes ->> 'a' as a, v.known_at = m.started_at as is_import
                    from source.user_versions as v
                    inner join source.imports as m on m.import_id = v.import_id
                    order by v.known_at
                    """) == ["x|false", "z|true"])
            #expect(try world.load(users, new).loadedCount == 0)
            // The first file takes the correction back.
            #expect(try world.load(users, old).loadedCount == 1)
            #expect(try world.load(users, old).loadedCount == 0)
        }
    }

    @Test func theSameContentSpeltOtherwiseIsNoChange() throws {
        try ImportWorld.with { world in
            try world.load(
                users, world.file("a.csv", header + "1,2020-01-01T00:00Z,2022-01-01,x,7.50,t\n"))
            let summary = try world.load(
                .users,
                query: """
                    select user_id, attributes, created_at at time zone 'UTC' as created_at,
                        known_at
                    from source.user_versions
                    """)
            #expect(summary.loadedCount == 0 && summary.duplicateCount == 1)
        }
    }

    @Test func lateVersionsAreKnownFromTheClosingOn() throws {
        try ImportWorld.with { world in
            let first = try world.file("a.csv", header + "1,,2022-01-01,x,,\n")
            try world.load(users, first)
            try world.close(through: "2022-05-03 00:00:00+00")
            #expect(try world.load(users, first).loadedCount == 0)
            // Of two late ones, the last is the state at the closing.
            try world.load(
                users, world.file("b.csv", header + "1,,2022-02-01,y,,\n1,,2022-03-01,z,,\n"))
            #expect(
                try world.rows(versions) == ["1|2022-01-01T00:00:00|x", "1|2022-05-03T00:00:00|z"])
        }
    }

    @Test func rowsThatContradictEachOtherAreRefused() throws {
        try ImportWorld.with { world in
            let summary = try world.load(
                users,
                world.file(
                    "a.csv", header + "1,,2022-01-01,x,,\n1,,2022-01-01,y,,\n1,,2022-01-01,x,,\n"))
            #expect(summary.loadedCount == 1 && summary.duplicateCount == 1)
            #expect(summary.rejectedByReason == [.conflictingRow: 1])
            #expect(
                try world.rows("select line_number, reason, raw_text from source.rejected_rows")
                    == ["3|conflicting_row|1,,2022-01-01,y,,"])
        }
    }

    @Test func withoutARuleKnownAtIsTheCreationElseAlways() throws {
        try ImportWorld.with { world in
            let yaml = "target: users\nuser_id: u\ncreated_at: {column: c}\n"
            try world.load(yaml, world.file("a.csv", "u,c\n1,2021-06-01\n2,\n"))
            #expect(
                try world.rows(
                    """
                    select v.user_id, v.known_at = v.created_at as at_creation,
                        v.known_at = '2000-01-01 00:00+00' as is_always
                    from source.user_versions as v
                    order by v.user_id
                    """) == ["1|true|false", "2|-|true"])
        }
    }

    @Test func itemsHaveTagsCreatorsAndAvailability() throws {
        try ImportWorld.with { world in
            let yaml = """
                target: items
                item_id: i
                creator_id: c
                kind: k
                is_available: v
                caption: t
                tags: {column: g, separator: ";"}
                known_at: {constant: 2022-01-01}
                """
            let text = """
                i,c,k,v,t,g
                1,10,post,true,hello,a; b ;;c
                2,10,reel,0,,
                3,,video,,x,a
                4,11,film,,x,a
                5,11,post,perhaps,x,a

                """
            let summary = try world.load(yaml, world.file("a.csv", text))
            #expect(summary.rejectedByReason == [.wrongType: 2])
            #expect(
                try world.rows(
                    "select item_id, creator_id, kind, is_available, caption, array_to_string(tags, '+') as tags from source.item_versions order by 1"
                ) == ["1|10|post|true|hello|a+b+c", "2|10|reel|false|-|", "3|-|video|true|x|a"])
            #expect(
                try world.rows(
                    "select creator_id, known_at at time zone 'UTC' as at from source.creators")
                    == ["10|2022-01-01T00:00:00"])
            // A removal is a new version.
            let removal = try world.load(
                yaml.replacing("2022-01-01", with: "2022-02-01"),
                world.file("b.csv", "i,c,k,v,t,g\n1,10,post,false,hello,a;b;c\n3,,video,,x,a\n"))
            #expect(removal.loadedCount == 1)
        }
    }

    @Test func furtherColumnsOfAQueryBecomeAttributesOfTheirType() throws {
        try ImportWorld.with { world in
            try world.load(
                .items,
                query: """
                    select 1 as item_id, array['a b', 'c"d', 'e,f'] as tags, 'post' as kind,
                        2.50::numeric as price, true as is_new, 'x' as colour,
                        '{"k": [1, 2]}'::jsonb as attributes, '[3]'::json as list
                    """)
            #expect(
                try world.rows(
                    "select array_to_string(tags, '+') as tags from source.item_versions")
                    == ["a b+c\"d+e,f"])
            #expect(
                try world.connection.value(
                    "select attributes::text from source.item_versions", as: String.self)
                    == #"{"k": [1, 2], "list": [3], "price": 2.5, "colour": "x", "is_new": true}"#)
        }
    }
}
