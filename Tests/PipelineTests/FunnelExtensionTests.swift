import Foundation
import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing

/// A source and filters of one's own are files and rows: docs/funnel.md says which.
@Suite struct FunnelExtensionTests {
    private static let files = [
        "retrieve/sources/last_items.sql": """
        -- The items with the largest identifiers.
        --
        -- Params  as_of_date, from_bucket, until_bucket, quota
        --         smallest_id
        select s.user_id, array_agg(i.item_id order by i.item_id desc) as item_ids,
            array_agg(i.item_id::real order by i.item_id desc) as scores
        from feature.user_snapshots as s
        cross join (
            select i.item_id from source.items as i
            where i.item_id >= :'smallest_id'::integer
            order by i.item_id desc
            limit :'quota'::integer
        ) as i
        where s.as_of_date = :'as_of_date'::date
            and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
        group by s.user_id
        order by s.user_id;
        """,
        "rank/filters/unlucky/items.sql": """
        -- Items whose identifiers end in a digit.
        --
        -- Params  digit
        select i.item_id from source.items as i where i.item_id % 10 = :'digit'::integer
        order by i.item_id;
        """,
        "rank/filters/own_number/pairs.sql": """
        -- Items whose identifiers end as that of the user.
        --
        -- Params  as_of_date, from_bucket, until_bucket
        select s.user_id, array_agg(i.item_id order by i.item_id) as item_ids
        from feature.user_snapshots as s
        inner join source.items as i on i.item_id % 100 = s.user_id % 100
        where s.as_of_date = :'as_of_date'::date
            and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
        group by s.user_id
        order by s.user_id;
        """,
    ]

    private static let rows = """
        insert into serving.sources (source_id, source_name, quota, priority, parameters, description)
        values (20, 'last_items', 5, 0, '{"smallest_id": 610}', 'test');
        insert into serving.filters (filter_name, priority, parameters, description)
        values ('unlucky', -2, '{"digit": 8}', 'test'), ('own_number', -1, '{}', 'test');
        insert into serving.fates (fate_id, stage, stage_place, reason, description)
        select v.fate_id, f.stage, f.stage_place, v.reason, 'test'
        from (values (120, 'unlucky'), (121, 'own_number')) as v (fate_id, reason)
        inner join serving.fates as f on f.reason = 'seen';
        """

    @Test func `files and rows make a source and filters`() throws {
        try Databases.withPublication { connection, uri throws in
            try connection.script(Self.rows)
            let home = try TestServer.temporaryDirectory("home")
            defer { try? FileManager.default.removeItem(atPath: home) }
            let original = try SQLCatalog.locate().home
            for folder in ["sql", "migrations"] {
                try FileManager.default.copyItem(
                    atPath: original.path(folder), toPath: home + "/" + folder)
            }
            for (name, text) in Self.files {
                let file = URL(fileURLWithPath: home + "/sql/" + name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
            let job = Nightly.only(["embed", "retrieve", "rank", "publish"])
            let outcome = try VitrineProcess.run(
                [
                    "run", "nightly.yaml", "--date", "\(PlantedWorld.date)", "--database", uri,
                ], files: ["nightly.yaml": job.yaml], environment: ["VITRINE_HOME": home])
            try #require(outcome.status == 0, "\(outcome.errors)")
            let told = try connection.query(
                """
                select w.item_id, coalesce(f.source, ''), f.reason
                from (values (617), (618), (620)) as w (item_id)
                cross join lateral serving.why_not(10617, w.item_id) as f
                where f.reason <> 'duplicate'
                order by w.item_id
                """, as: (Int32, String, String).self)
            #expect(told.map(\.0) == [617, 618, 620])
            #expect(told[0].1 == "last_items" && told[0].2 == "own_number")
            #expect(told[1].1 == "last_items" && told[1].2 == "unlucky")
            #expect(told[2].1 == "last_items")
            let stages = try connection.query(
                """
                select stage, in_count from monitor.funnel
                where source = 'last_items' and publication_id = 2
                group by stage, stage_place, in_count order by stage_place limit 1
                """, as: (String, Int64).self)
            #expect(stages.map(\.1) == [5 * 240])
        }
    }
}
