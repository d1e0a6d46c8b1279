import Postgres
import PostgresTestSupport
import Testing

@testable import SQLCatalog

/// What migrations do to rows that are there already.
@Suite struct MigrationTests {
    @Test func `embeddings from before there were encodings are read as they were`() throws {
        let catalog = try SQLCatalog.locate()
        try TestServer.withDatabase { connection, _ in
            try connection.run(try catalog.script("migrate/create_roles"))
            try connection.run(try catalog.script("migrate/create_ledger"))
            let migrations = try Migration.all(in: catalog.home)
            for migration in migrations.prefix(10) {
                try connection.script(migration.text, file: migration.file)
            }
            try connection.script(
                """
                create table model.user_embeddings_7 (like model.user_embeddings including all);
                alter table model.user_embeddings
                    attach partition model.user_embeddings_7 for values in (7);
                create table model.item_embeddings_7 partition of model.item_embeddings
                    for values in (7);
                insert into model.user_embeddings (space_id, user_id, interest, embedding)
                values (7, 1, 0, '{1, 0.5}'), (7, 1, 1, '{2, 0.25}');
                insert into model.item_embeddings (space_id, item_id, embedding)
                values (7, 11, '{0.125, 3}')
                """)
            #expect(migrations[10].name == "encode_embeddings")
            try connection.script(migrations[10].text, file: migrations[10].file)
            for name in [
                "functions/model.decoded_embedding", "views/model.user_embeddings",
                "views/model.item_embeddings",
            ] {
                try connection.script(try catalog.home.text(of: "sql/\(name).sql"))
            }
            let rows = try connection.query(
                """
                select user_id, interest, embedding, encoding from model.user_embeddings
                union all
                select item_id, -1::smallint, embedding, encoding from model.item_embeddings
                order by 1, 2
                """, as: (Int64, Int16, [Float], String).self)
            #expect(rows.map(\.0) == [1, 1, 11] && rows.map(\.1) == [0, 1, -1])
            #expect(rows.map(\.2) == [[1, 0.5], [2, 0.25], [0.125, 3]])
            #expect(Set(rows.map(\.3)) == ["real"])
            // Their partitions are those that jobs look for by name.
            let partitions = try connection.query(
                """
                select inhrelid::regclass::text from pg_inherits
                where inhparent in ('model.user_vectors'::regclass, 'model.item_vectors'::regclass)
                order by 1
                """, as: String.self)
            #expect(partitions == ["model.item_vectors_7", "model.user_vectors_7"])
        }
    }
}
