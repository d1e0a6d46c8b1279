import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing
import TwoTower

@testable import Pipeline

/// Texts, vectors and numbers on their way from the tables into the towers.
@Suite struct TowerInputTests {
    /// Reads captions, vectors of one encoder, and a number of the users.
    private static let nightly: Nightly = {
        var nightly = Nightly.with([
            "content_encoders": "[image/planted-1]", "profile_numbers": "[friends]",
        ])
        nightly.training.merge([
            "text_buckets": "500", "text_dimension": "8", "cross_buckets": "50",
            "uses_gate": "true",
            "history_numbers": "[eventCount, daysSinceLastEvent, eventsOfWeek, creatorShare]",
        ]) { $1 }
        return nightly
    }()

    /// Gives every item of the planted world a caption and two in three a vector, and every second
    /// user a number.
    private func addContents(_ connection: Connection) throws {
        try connection.execute(
            """
            update source.item_versions
            set caption = 'Clip of topic ' || tags[1] where item_id % 4 <> 0
            """)
        try connection.execute(
            """
            insert into source.item_contents (item_id, modality, encoder, known_at, vector)
            select distinct on (item_id) item_id, 'image', 'planted-1', known_at,
                array[5, item_id % 4, item_id % 7]::real[]
            from source.item_versions where item_id % 3 <> 0 order by item_id, known_at
            """)
        try connection.execute(
            """
            update source.user_versions
            set attributes = attributes || jsonb_build_object('friends', user_id % 100)
            where user_id % 2 = 0
            """)
    }

    private func artefact(_ purpose: String, _ connection: Connection) throws -> ModelArtefact {
        try ModelArtefact(
            decoding: connection.query(
                Query(
                    text: """
                        select content from model.artefacts inner join model.models using (model_id)
                        where purpose = '\(purpose)' and kind = 'two_tower' order by part_number
                        """), as: [UInt8].self
            ).flatMap { $0 })
    }

    @Test func `the whole job runs on all that towers can read`() throws {
        try Databases.withWorld { connection, uri in
            try addContents(connection)
            try Self.nightly.run(on: uri)
            let model = try artefact("serving", connection).model
            #expect(model.contentNames == ["image/planted-1"])
            #expect(model.profileNumberNames == ["friends"])
            #expect(model.configuration.textBuckets == 500)
            let embedded = try connection.value(
                """
                select count(*) from model.item_embeddings
                inner join model.models on model_id = space_id where purpose = 'serving'
                """, as: Int64.self)
            #expect(embedded == 120)
            let recall = try connection.value(
                """
                select value from model.metrics inner join model.models using (model_id)
                where kind = 'two_tower' and cohort = 'all' and metric_name = 'recall'
                """, as: Double.self)
            #expect(recall > 0.1)
        }
    }

    @Test func `a text and a vector change what is trained`() throws {
        func checksum(_ change: String) throws -> String {
            try Databases.withWorld { connection, uri in
                try addContents(connection)
                try connection.execute(Query(text: change))
                try Self.nightly.only(["features", "train"]).run(on: uri)
                return try connection.value(
                    """
                    select string_agg(data_hash || artefact_checksum, '' order by purpose)
                    from model.models where kind = 'two_tower'
                    """)
            }
        }
        let before = try checksum("select 1")
        #expect(try checksum("select 1") == before)
        let changes = [
            "update source.item_versions set caption = 'Another' where item_id = 505",
            "update source.item_contents set vector = array[1, 2, 3] where item_id = 505",
            "update source.user_versions set attributes = attributes || '{\"friends\": 9000}'",
        ]
        for change in changes { #expect(try checksum(change) != before, "\(change)") }
        // Vectors that the job does not name, and those of tomorrow, change nothing.
        #expect(
            try checksum(
                """
                insert into source.item_contents (item_id, modality, encoder, known_at, vector)
                values (505, 'image', 'other', '2024-01-01', '{1}'),
                    (505, 'image', 'planted-1', '2024-03-25', '{9, 9, 9}')
                """) == before)
    }

    @Test(arguments: [
        ("delete from source.item_contents", "no vector of image/planted-1"),
        (
            "update source.item_contents set vector = '{1, 2}' where item_id = 505",
            "vectors of image/planted-1 differ in length"
        ),
    ])
    func `vectors that cannot be read stop the job with what to do`(
        change: String, message: String
    ) throws {
        try Databases.withWorld { connection, uri in
            try addContents(connection)
            try connection.execute(Query(text: change))
            let error = #expect(throws: (any Error).self) {
                try Self.nightly.only(["features", "train"]).run(on: uri)
            }
            #expect(error.map { "\($0)".contains(message) } == true)
        }
    }

    /// A job that names no input of the planted champion, whose towers learn next to nothing.
    private static let poorer: Nightly = {
        var nightly = Nightly.hardlyTrained
        nightly.settings["profile_attributes"] = "[]"
        nightly.settings["item_numbers"] = "none"
        return nightly
    }()

    private func lastReasons(_ connection: Connection) throws -> String {
        try connection.value(
            """
            select outcome || ': ' || array_to_string(reasons, '; ')
            from model.decisions order by run_id desc limit 1
            """)
    }

    @Test func `a champion is measured with what it reads, whatever the job names later`() throws {
        try Databases.withWorld { connection, uri in
            try addContents(connection)
            try Self.nightly.run(on: uri)
            try Self.poorer.run(on: uri)
            #expect(try lastReasons(connection).hasPrefix("refused: ndcg@10"))
            let differences = try connection.query(
                """
                select abs(c.champion_value - a.value) from monitor.model_comparisons as c
                inner join monitor.models as n on n.model_id = c.champion_model_id
                inner join model.metrics as a on a.model_id = n.evaluation_model_id
                    and (a.cohort, a.metric_name, a.cutoff) = (c.cohort, c.metric_name, c.cutoff)
                """, as: Double.self)
            #expect(!differences.isEmpty && differences.allSatisfy { $0 < 1e-9 })
        }
    }

    @Test func `a champion whose vectors are gone gives way, and the decision says why`() throws {
        try Databases.withWorld { connection, uri in
            try addContents(connection)
            try Self.nightly.run(on: uri)
            try connection.execute("delete from source.item_contents")
            try Self.poorer.run(on: uri)
            #expect(
                try lastReasons(connection) == """
                    promoted: the champion cannot be ranked: source.item_contents has no vector of \
                    image/planted-1 before 2024-03-18
                    """)
        }
    }

    @Test func `a model is measured on pairs with what it reads`() throws {
        try Databases.withWorld { connection, uri in
            try addContents(connection)
            try Self.nightly.run(on: uri)
            var job = Self.nightly
            for key in ["content_encoders", "profile_numbers", "profile_attributes"] {
                job.settings[key] = "[]"
            }
            func measure(_ job: Nightly) throws -> String {
                let outcome = try VitrineProcess.run(
                    ["evaluate", "nightly.yaml", "--against", "list.txt", "--database", uri],
                    files: [
                        "nightly.yaml": job.yaml, "list.txt": "10001 505\n10008 506\n10015 511\n",
                    ])
                #expect(outcome.status == 0, "\(outcome.errors)")
                return outcome.output
            }
            #expect(try measure(job) == measure(Self.nightly))
        }
    }

    @Test func `an encoder without a modality is refused by name`() throws {
        let nightly = Nightly.with(["content_encoders": "[clip]"])
        let message = try nightly.withFile { path in
            do {
                _ = try JobFile.load(path: path)
                return "nothing"
            } catch {
                return "\(error)"
            }
        }
        #expect(message.contains("\"settings.content_encoders\" has a name without a modality"))
    }
}
