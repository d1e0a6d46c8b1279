import Postgres
import Testing

@testable import Ingest

/// What an import says of now, beside what is stored already; users and items alike.
@Suite struct VersionStateTests {
    /// Identifier, creation, own moment and state of one row.
    private static let header = "id,c,k,s\n"

    private static func mapping(_ target: ImportTarget, _ moments: String = "") -> String {
        let id = target == .items ? "item_id" : "user_id"
        return "target: \(target.rawValue)\n\(id): id\nattributes: {boolean: [s]}\n\(moments)\n"
    }

    private static func states(_ target: ImportTarget) -> String {
        let name = target == .items ? "item" : "user"
        return """
            select attributes ->> 's' as s from source.\(name)_versions
            order by \(name)_id, known_at
            """
    }

    private static func moments(_ target: ImportTarget) -> String {
        let name = target == .items ? "item" : "user"
        return """
            select v.\(name)_id as id, attributes ->> 's' as s,
                case when v.known_at >= m.started_at then 'import'
                    else (v.known_at at time zone 'UTC')::date::text end as since
            from source.\(name)_versions as v
            inner join source.imports as m on m.import_id = v.import_id
            order by v.\(name)_id, v.known_at
            """
    }

    private static let rules = [
        "created_at: {column: c}", "known_at: {constant: 2022-01-01}", "known_at: {column: k}", "",
    ]

    @Test(arguments: [ImportTarget.items, .users], rules)
    func `a state that returns is a new version`(_ target: ImportTarget, _ rule: String) throws {
        try ImportWorld.with { world in
            let yes = try world.file("yes.csv", Self.header + "1,2022-01-01,2022-01-01,true\n")
            let no = try world.file("no.csv", Self.header + "1,2022-01-01,2022-01-01,false\n")
            for path in [yes, no, yes, no] {
                #expect(try world.load(Self.mapping(target, rule), path).loadedCount == 1)
                #expect(try world.load(Self.mapping(target, rule), path).loadedCount == 0)
            }
            #expect(try world.rows(Self.states(target)) == ["true", "false", "true", "false"])
        }
    }

    @Test(arguments: [ImportTarget.items, .users], rules)
    func `a state that returns after a closing is a new version`(
        _ target: ImportTarget, _ rule: String
    ) throws {
        try ImportWorld.with { world in
            let yes = try world.file("yes.csv", Self.header + "1,2022-01-01,2022-01-01,true\n")
            let no = try world.file("no.csv", Self.header + "1,2022-01-01,2022-01-01,false\n")
            try world.load(Self.mapping(target, rule), yes)
            try world.close(through: "2022-05-03 00:00:00+00")
            #expect(try world.load(Self.mapping(target, rule), yes).loadedCount == 0)
            for path in [no, yes, no] {
                #expect(try world.load(Self.mapping(target, rule), path).loadedCount == 1)
                #expect(try world.load(Self.mapping(target, rule), path).loadedCount == 0)
            }
            #expect(try world.rows(Self.states(target)) == ["true", "false", "true", "false"])
            let name = target == .items ? "item" : "user"
            #expect(
                try world.rows(
                    """
                    select count(*) as closed from source.\(name)_versions
                    where known_at < source.closed_through()
                    """) == ["1"])
        }
    }

    @Test(arguments: [ImportTarget.items, .users])
    func `a history that is stored adds nothing, with others after it or not`(
        _ target: ImportTarget
    ) throws {
        try ImportWorld.with { world in
            let rule = Self.mapping(target, "known_at: {column: k}")
            let first = try world.file(
                "a.csv",
                Self.header + "1,,2022-01-01,true\n1,,2022-02-01,false\n1,,2022-03-01,true\n")
            let second = try world.file(
                "b.csv", Self.header + "1,,2022-04-01,true\n1,,2022-05-01,false\n")
            #expect(try world.load(rule, first).loadedCount == 3)
            let again = try world.load(rule, first)
            #expect(again.loadedCount == 0 && again.duplicateCount == 3)
            #expect(try world.load(rule, second).loadedCount == 1)
            // Its last moment is older than what is stored, and a column says so.
            #expect(try world.load(rule, first).loadedCount == 0)
            try world.close(through: "2022-03-15 00:00:00+00")
            #expect(try world.load(rule, second).loadedCount == 0)
            #expect(
                try world.rows(Self.moments(target)) == [
                    "1|true|2022-01-01", "1|false|2022-02-01", "1|true|2022-03-01",
                    "1|false|2022-05-01",
                ])
        }
    }

    @Test(arguments: [ImportTarget.items, .users])
    func `moments order the rows of a file, not their places`(_ target: ImportTarget) throws {
        try ImportWorld.with { world in
            let rule = Self.mapping(target, "known_at: {column: k}")
            let lines = ["1,,2022-03-01,true\n", "1,,2022-01-01,true\n", "1,,2022-02-01,false\n"]
            let path = try world.file("a.csv", Self.header + lines.joined())
            #expect(try world.load(rule, path).loadedCount == 3)
            let reversed = try world.file("b.csv", Self.header + lines.reversed().joined())
            #expect(try world.load(rule, reversed).loadedCount == 0)
            #expect(
                try world.rows(Self.moments(target)) == [
                    "1|true|2022-01-01", "1|false|2022-02-01", "1|true|2022-03-01",
                ])
        }
    }

    @Test(arguments: [ImportTarget.items, .users])
    func `a creation moved to an earlier day holds from the import on too`(
        _ target: ImportTarget
    ) throws {
        try ImportWorld.with { world in
            let rule = Self.mapping(target, "created_at: {column: c}")
            try world.load(rule, world.file("a.csv", Self.header + "1,2022-03-01,,true\n"))
            let earlier = try world.file("b.csv", Self.header + "1,2022-01-01,,false\n")
            let summary = try world.load(rule, earlier)
            #expect(summary.loadedCount == 2 && summary.duplicateCount == 0)
            #expect(try world.load(rule, earlier).loadedCount == 0)
            #expect(
                try world.rows(Self.moments(target)) == [
                    "1|false|2022-01-01", "1|true|2022-03-01", "1|false|import",
                ])
        }
    }

    @Test(arguments: [ImportTarget.items, .users])
    func `what is there on the first day counts as always known, what comes later does not`(
        _ target: ImportTarget
    ) throws {
        try ImportWorld.with { world in
            let rule = Self.mapping(target)
            try world.load(rule, world.file("a.csv", Self.header + "1,,,true\n2,,,true\n"))
            // A change is no first version; a newcomer before the first closing is one.
            try world.load(
                rule, world.file("b.csv", Self.header + "1,,,false\n2,,,true\n3,,,true\n"))
            try world.close(through: "2022-05-03 00:00:00+00")
            try world.load(
                rule, world.file("c.csv", Self.header + "3,,,true\n4,,,true\n"))
            #expect(
                try world.rows(Self.moments(target)) == [
                    "1|true|2000-01-01", "1|false|import", "2|true|2000-01-01",
                    "3|true|2000-01-01", "4|true|import",
                ])
        }
    }

    @Test func `creators of the first day count as always known`() throws {
        try ImportWorld.with { world in
            let rule = "target: items\nitem_id: i\ncreator_id: a\n"
            try world.load(rule, world.file("a.csv", "i,a\n1,10\n"))
            try world.close(through: "2022-05-03 00:00:00+00")
            try world.load(rule, world.file("b.csv", "i,a\n1,10\n2,11\n"))
            #expect(
                try world.rows(
                    """
                    select c.creator_id, c.known_at = '2000-01-01 00:00+00' as is_always,
                        c.known_at = m.started_at as at_import
                    from source.creators as c
                    cross join (select max(started_at) as started_at from source.imports) as m
                    order by c.creator_id
                    """) == ["10|true|false", "11|false|true"])
        }
    }

    @Test func `a query without moments is known from the first day too`() throws {
        try ImportWorld.with { world in
            try world.load(.items, query: "select 1 as item_id, true as is_available")
            #expect(
                try world.rows("select known_at at time zone 'UTC' as k from source.items")
                    == ["2000-01-01T00:00:00"])
        }
    }

    @Test func `an item that was taken away can return`() throws {
        try ImportWorld.with { world in
            for isAvailable in [true, false, true] {
                try world.load(
                    .items,
                    query: """
                        select 1 as item_id, \(isAvailable) as is_available,
                            '2022-01-01 00:00+00'::timestamptz as created_at
                        """)
                #expect(
                    try world.rows("select is_available from source.items") == ["\(isAvailable)"])
            }
        }
    }
}
