import Postgres
import SQLCatalog
import Testing

/// Who may do what.
@Suite struct RoleTests {
    /// Relations of the engine with their kind, for the loops below.
    private func relations(
        _ database: SQLDatabase, kinds: String
    ) throws -> [(schema: String, name: String)] {
        try database.connection.query(
            Query(
                text: """
                    select n.nspname::text, c.relname::text
                    from pg_class as c
                    inner join pg_namespace as n on n.oid = c.relnamespace
                    where n.nspname in ('source', 'feature', 'model', 'ann', 'serving', 'monitor', 'ops')
                        and c.relkind::text = any ('{\(kinds)}'::text[])
                    order by 1, 2
                    """), as: (String, String).self
        ).map { (schema: $0.0, name: $0.1) }
    }

    private func withPublication(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database in
            let publication = try database.openPublication(run: 1)
            try database.recommend([10, 11], to: 1, in: publication)
            try database.writeSimilar([11, 12], to: 10, in: publication)
            try database.flip(to: publication)
            try database.interact("(1, 10, 'like', '2024-03-28', '2024-03-28')")
            try database.execute("set role none")
            try body(database)
        }
    }

    // MARK: - Analyst

    @Test func `an analyst reads every table and view of the layers, partitions too`() throws {
        try withPublication { database in
            let all = try relations(database, kinds: "r,p,v").filter { $0.schema != "ops" }
            #expect(all.count > 35)
            try database.connection.setRole("vitrine_analyst")
            for (schema, name) in all {
                let failure = try database.failure(of: "select * from \(schema).\(name) limit 1")
                #expect(failure == nil, "\(schema).\(name)")
            }
        }
    }

    @Test(arguments: [
        "select * from serving.recommend(1, 10)",
        "select * from serving.recommend(99)",
        "select * from serving.recommend_from(1, 1, 10)",
        "select * from serving.recommendations_as_of(1, '2100-01-01')",
        "select * from serving.similar_items(10)",
        "select serving.publication_at('2100-01-01')",
        "select serving.publication_checksum(1)",
        "select * from serving.explain(1, 10)", "select * from serving.why_not(1, 10)",
        "select serving.require_publication(null)",
        "select source.closed_through()", "select model.champion_at('2100-01-01')",
        "select * from model.rollback_path(2)", "select * from monitor.readings(1)",
        "select monitor.alert_document(1)", "select monitor.is_silenced('x', 'all')",
    ])
    func `an analyst calls the serving functions`(call: String) throws {
        try withPublication { database in
            try database.connection.setRole("vitrine_analyst")
            #expect(try database.failure(of: call) == nil)
        }
    }

    @Test func `neither analysts nor dashboards change anything anywhere`() throws {
        try withPublication { database in
            let tables = try relations(database, kinds: "r,p,v")
            for role in ["vitrine_analyst", "vitrine_dashboard"] {
                for (schema, name) in tables {
                    let table = "\(schema).\(name)"
                    let granted = try database.table(
                        """
                        select p.privilege from unnest(
                            array['insert', 'update', 'delete', 'truncate', 'references', 'trigger'])
                            as p (privilege)
                        where has_table_privilege('\(role)', '\(table)', p.privilege)
                            or has_any_column_privilege('\(role)', '\(table)',
                                case when p.privilege in ('insert', 'update', 'references')
                                    then p.privilege else 'insert' end)
                        """)
                    #expect(granted == [], "\(role) on \(table)")
                }
                #expect(
                    try database.table(
                        """
                        select n.nspname from pg_namespace as n
                        where n.nspname in ('source', 'feature', 'model', 'ann', 'serving', 'monitor', 'ops')
                            and has_schema_privilege('\(role)', n.oid, 'create')
                        """) == [])
            }
        }
    }

    @Test(arguments: [
        "delete from source.interactions", "update serving.pointer set publication_id = 1",
        "insert into serving.weights values (2, 'affinity', 1, 'x')", "truncate ops.runs",
        "create table serving.mine (a integer)", "drop view serving.recommendations",
        "select ops.drop_list_partition('serving', 'candidate_lists', 1)",
        "select ops.ensure_list_partition('serving', 'candidate_lists', 9)",
        "select ops.ensure_month_partitions('source', 'interactions', '2024-01-01', '2024-01-01')",
        "select ops.refresh_statistics('source', 'interactions')",
        "select source.ensure_interaction_partitions('2024-01-01', '2024-01-01')",
        "set role vitrine_owner",
    ])
    func `an analyst and a dashboard are refused`(statement: String) throws {
        try withPublication { database in
            for role in ["vitrine_analyst", "vitrine_dashboard"] {
                // As a session of its own: a superuser's could take any role.
                try database.execute("set session authorization \(role)")
                let failure = try database.failure(of: statement)
                try database.execute("reset session authorization")
                #expect(failure == .insufficientPrivilege || failure == "42501")
            }
        }
    }

    // MARK: - Dashboard

    @Test func `a dashboard reads the views of monitor and nothing else`() throws {
        try withPublication { database in
            let all = try relations(database, kinds: "r,p,v")
            let views = Set(
                try relations(database, kinds: "v").filter { $0.schema == "monitor" }.map(\.name))
            #expect(views.count >= 6)
            try database.connection.setRole("vitrine_dashboard")
            for (schema, name) in all {
                let failure = try database.failure(of: "select * from \(schema).\(name) limit 1")
                let isOpen = schema == "monitor" && views.contains(name)
                #expect(failure == (isOpen ? nil : .insufficientPrivilege), "\(schema).\(name)")
            }
        }
    }

    @Test(arguments: [
        "serving.recommend(1)", "serving.publication_checksum(1)", "serving.check_k(1)",
        "ann.search(array[1]::real[])", "ann.similar_items(1)", "ann.current_index()",
    ])
    func `a dashboard calls no function`(call: String) throws {
        try withPublication { database in
            try database.connection.setRole("vitrine_dashboard")
            #expect(try database.failure(of: "select \(call)") == .insufficientPrivilege)
        }
    }

    // MARK: - Job

    @Test(arguments: [
        "drop table source.interactions", "drop table serving.recommendation_lists_1",
        "alter table serving.weights add column a integer", "truncate source.user_versions",
        "create table source.mine (a integer)", "drop view monitor.checks",
        "create or replace function serving.check_k(k integer) returns integer language sql as 'select 1'",
        "alter schema serving rename to mine",
        "update ops.migrations set checksum = ''", "set role vitrine_owner",
    ])
    func `a job does not change the schema`(statement: String) throws {
        try withPublication { database in
            try database.execute("set session authorization vitrine_job")
            let failure = try database.failure(of: statement)
            try database.execute("reset session authorization")
            #expect(failure == .insufficientPrivilege)
        }
    }

    @Test func `a job reads and writes every table of the layers`() throws {
        try withPublication { database in
            let tables = try relations(database, kinds: "r,p").filter {
                !["migrations", "definitions"].contains($0.name)
            }
            for (schema, name) in tables {
                let granted = try database.table(
                    """
                    select count(*) from unnest(array['select', 'insert', 'update', 'delete']) as p (privilege)
                    where has_table_privilege('vitrine_job', '\(schema).\(name)', p.privilege)
                    """)
                #expect(granted == ["(4)"], "\(schema).\(name)")
            }
        }
    }

    // MARK: - Functions that run as the owner

    static let refused: [(call: String, state: SQLState)] = [
        ("ops.ensure_list_partition('pg_catalog', 'pg_class', 1)", "22023"),
        ("ops.ensure_list_partition('source', 'interactions', 1)", "22023"),
        ("ops.ensure_list_partition('serving', 'weights', 1)", "22023"),
        (
            "ops.ensure_list_partition('serving', 'candidate_lists; drop table ops.runs', 1)",
            "22023"
        ),
        ("ops.ensure_list_partition('serving', 'candidate_lists\" (a); --', 1)", "22023"),
        ("ops.ensure_list_partition('serving\".\"candidate_lists', 'x', 1)", "22023"),
        ("ops.ensure_list_partition('Serving', 'candidate_lists', 1)", "22023"),
        ("ops.ensure_list_partition('serving', 'candidate_lists', null)", "22023"),
        ("ops.ensure_list_partition(null, 'candidate_lists', 1)", "22023"),
        ("ops.ensure_list_partition('serving', null, 1)", "22023"),
        ("ops.drop_list_partition('source', 'interactions', 1)", "22023"),
        ("ops.drop_list_partition('serving', 'publications', 1)", "22023"),
        ("ops.drop_list_partition('ops', 'runs', 1)", "22023"),
        (
            "ops.drop_list_partition('serving', 'candidate_lists_1; drop table ops.runs; --', 1)",
            "22023"
        ),
        ("ops.drop_list_partition('serving', null, null)", "22023"),
        ("ops.drop_list_partition('serving', 'recommendation_lists', 1)", "55006"),
        (
            "ops.ensure_month_partitions('serving', 'candidate_lists', '2024-01-01', '2024-01-01')",
            "22023"
        ),
        (
            "ops.ensure_month_partitions('public', 'interactions', '2024-01-01', '2024-01-01')",
            "22023"
        ),
        ("ops.ensure_month_partitions('source', 'users', '2024-01-01', '2024-01-01')", "22023"),
        (
            "ops.ensure_month_partitions('source', 'interactions'' (a)', '2024-01-01', '2024-01-01')",
            "22023"
        ),
        (
            "ops.ensure_month_partitions('source', 'interactions', '2024-02-01', '2024-01-01')",
            "22023"
        ),
        ("ops.ensure_month_partitions('source', 'interactions', null, '2024-01-01')", "22023"),
        (
            "ops.ensure_month_partitions('source', 'interactions', '1700-01-01', '2024-01-01')",
            "22023"
        ),
        ("ops.ensure_month_partitions('source', 'interactions', '-infinity', 'infinity')", "22023"),
        ("ops.ensure_month_partitions(null, null, '2024-01-01', '2024-01-01')", "22023"),
        ("ops.refresh_statistics('pg_catalog', 'pg_class')", "22023"),
        ("ops.refresh_statistics('public', 'given')", "22023"),
        ("ops.refresh_statistics(null, 'runs')", "22023"),
        ("ops.refresh_statistics('ops', null)", "22023"),
        ("ops.refresh_statistics('ops', 'runs; drop table ops.runs')", "42P01"),
        ("ops.refresh_statistics('ops', 'no_such_table')", "42P01"),
    ]

    @Test(arguments: refused)
    func `functions of the owner refuse other tables and odd names`(
        call: String, state: SQLState
    ) throws {
        try withPublication { database in
            try database.connection.setRole("vitrine_job")
            #expect(try database.failure(of: "select \(call)") == state)
            #expect(try database.table("select to_regclass('ops.runs') is not null") == ["(t)"])
        }
    }

    @Test func `partitions are made once, and dropped unless they are current`() throws {
        try withPublication { database in
            try database.connection.setRole("vitrine_job")
            let calls = [
                "ops.ensure_list_partition('serving', 'candidate_lists', 7)",
                "ops.ensure_list_partition('serving', 'candidate_lists', 7)",
                "ops.drop_list_partition('serving', 'candidate_lists', 7)",
                "ops.drop_list_partition('serving', 'candidate_lists', 7)",
                "ops.ensure_month_partitions('source', 'interactions', '2023-12-31', '2024-02-01')",
                "ops.ensure_month_partitions('source', 'interactions', '2023-12-31', '2024-02-01')",
                "ops.ensure_month_partitions('feature', 'user_snapshots', '2024-02-29', '2024-02-29')",
            ]
            let outcomes = try calls.flatMap { try database.table("select \($0)") }
            #expect(outcomes == ["(t)", "(f)", "(t)", "(f)", "(3)", "(0)", "(1)"])
            #expect(
                try database.table(
                    """
                    select pg_get_expr(c.relpartbound, c.oid) from pg_class as c
                    where c.oid = 'source.interactions_2024_01'::regclass
                    """) == [
                        "(\"FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2024-02-01 00:00:00+00')\")"
                    ])
        }
    }

    @Test(arguments: ["America/Los_Angeles", "Asia/Kathmandu", "UTC"])
    func `months are those of UTC, whatever the session's time zone`(zone: String) throws {
        try SQLDatabase.with { database in
            try database.execute("set time zone '\(zone)'")
            try database.execute(
                """
                select source.ensure_interaction_partitions(
                    '2024-01-31 23:59:59+00', '2024-01-31 23:59:59+00')
                """)
            try database.execute("set time zone 'UTC'")
            #expect(
                try database.table(
                    """
                    select pg_get_expr(c.relpartbound, c.oid) from pg_inherits as h
                    inner join pg_class as c on c.oid = h.inhrelid
                    where h.inhparent = 'source.interactions'::regclass
                    """) == [
                        "(\"FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2024-02-01 00:00:00+00')\")"
                    ])
        }
    }
}
