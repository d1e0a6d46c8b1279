import Postgres
import SQLCatalog
import Testing

/// What the towers read beside histories: vectors, texts, numbers of users.
@Suite struct TowerInputTests {
    private let date = day("2024-03-29")

    @Test func `the newest vector known before the date is read`() throws {
        try SQLDatabase.with { database in
            try database.execute(
                """
                insert into source.item_contents (item_id, modality, encoder, known_at, vector)
                values (7, 'image', 'a', '2024-03-01', '{1, 2}'),
                    (7, 'image', 'a', '2024-03-28', '{3, 4}'),
                    (7, 'image', 'a', '2024-03-29 00:00+00', '{5, 6}'),
                    (5, 'image', 'a', '2024-03-01', '{7, 8}'), (6, 'image', 'b', '2024-03-01', '{9}'),
                    (6, 'text', 'a', '2024-03-01', '{10}')
                """)
            #expect(
                try database.table(
                    script: "features/item_contents",
                    ["as_of_date": Bind(date), "modality": Bind("image"), "encoder": Bind("a")])
                    == ["(5,\"{7,8}\")", "(7,\"{3,4}\")"])
        }
    }

    @Test(arguments: [
        "'image', 'a', '{}'", "'image', 'a', '{1, NaN}'", "'image', 'a', '{-Infinity}'",
        "'image', 'a', '{1, null}'", "'image', 'a', '{{1}, {2}}'", "'im/age', 'a', '{1}'",
        "'image', '', '{1}'", "'image', 'a b', '{1}'",
    ])
    func `a vector or name that cannot be used is refused by the table`(values: String) throws {
        try SQLDatabase.with { database in
            let insert =
                "insert into source.item_contents (item_id, modality, encoder, vector) values"
            let sound = try database.failure(of: "\(insert) (1, 'image', 'a/2', '{1, 2}')")
            let unusable = try database.failure(of: "\(insert) (1, \(values))")
            #expect(sound == nil)
            #expect(unusable != nil)
        }
    }

    @Test func `captions are those known before the date`() throws {
        try SQLDatabase.with { database in
            try database.addItems(
                "(1, '2024-03-01', 1, '{}', true), (1, '2024-03-28', 1, '{}', true),"
                    + " (1, '2024-03-30', 1, '{}', true), (2, '2024-03-01', 1, '{}', true)")
            try database.execute(
                """
                update source.item_versions set caption = to_char(known_at at time zone 'UTC', 'DD')
                where item_id = 1
                """)
            try database.buildFeatures(asOf: date)
            #expect(
                try database.table(script: "features/items", ["as_of_date": Bind(date)])
                    == ["(1,1,{},t,28)", "(2,1,{},t,\"\")"])
        }
    }

    @Test func `numbers of users are logarithms of their size, and NaN where there is none`() throws
    {
        try SQLDatabase.with { database in
            try database.addUsers(1...4, knownAt: "2024-03-01")
            try database.execute(
                """
                update source.user_versions set attributes = (array[
                    '{"a": 0, "b": -1}', '{"a": "12", "b": null}', '{"b": 2.718281828459045e3}', '{}'
                ])[user_id]::jsonb
                """)
            try database.buildFeatures(asOf: date)
            var arguments = SQLDatabase.arguments(asOf: date)
            arguments["profile_attributes"] = Bind([String]())
            arguments["profile_numbers"] = Bind(["b", "a"])
            arguments["from_bucket"] = Bind(Int16(0))
            arguments["until_bucket"] = Bind(Int16(1023))
            let numbers = ["{-0.6931472,0}", "{NaN,NaN}", "{7.908123,NaN}", "{NaN,NaN}"]
            #expect(
                try database.table(script: "features/users", arguments)
                    == numbers.enumerated().map {
                        "(\($0.offset + 1),new,{},\"\($0.element)\",{},{},{},0)"
                    })
        }
    }
}
