import Postgres
import Testing

/// Same in, same out.
@Suite struct RepeatabilityTests {
    private func checksums(_ settings: [String: String]) throws -> Checksums {
        try Databases.withWorld { connection, uri throws in
            try Nightly.with(settings).run(on: uri)
            return try Checksums(connection)
        }
    }

    @Test(arguments: ["1", "2", "3"])
    func `the same data and seed give the same models and lists, whatever the threads`(
        threads: String
    ) throws {
        let expected = try Databases.undisturbed()
        #expect(expected.models.count == 2)
        #expect(try checksums(["threads": threads]) == expected)
    }

    @Test func `another seed gives other models and other lists`() throws {
        let (first, second) = (try Databases.undisturbed(), try checksums(["seed": "2"]))
        #expect(first.publication != second.publication)
        #expect(Set(first.models).isDisjoint(with: second.models))
    }

    @Test func `a date that is done can be run again, with the same result`() throws {
        try Databases.withPublication { connection, uri throws in
            let before = try Checksums(connection)
            let runID = try Nightly().run(on: uri)
            #expect(runID == 2)
            #expect(try Checksums(connection) == before)
            let current = try connection.value(
                """
                select run_id from serving.publications
                inner join serving.pointer using (publication_id)
                """, as: Int64.self)
            #expect(current == runID)
            let hashes = try connection.value(
                "select count(distinct data_hash) from model.models where purpose = 'serving'",
                as: Int.self)
            #expect(hashes == 1)
        }
    }

    @Test func `the order in which rows lie changes nothing`() throws {
        try Databases.withWorld { connection, uri throws in
            try connection.script(
                """
                create temporary table shuffled as select * from source.interactions;
                truncate source.interactions;
                insert into source.interactions
                select * from shuffled as s order by md5(s::text);
                analyze source.interactions;
                """)
            try Nightly().run(on: uri)
            #expect(try Checksums(connection) == Databases.undisturbed())
        }
    }
}
