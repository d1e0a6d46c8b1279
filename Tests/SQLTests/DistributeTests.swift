import Postgres
import SQLCatalog
import Testing

/// `sql/scale/distribute.sql` against stand-ins for Citus that raise on a broken rule.
@Suite struct DistributeTests {
    private func withStub(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with(role: nil) { database in
            try database.installCitusStub()
            try body(database)
        }
    }

    /// Places the tables; the names of those that were forgotten.
    private func distribute(_ database: SQLDatabase) throws -> [String] {
        let queries = try database.catalog.script("scale/distribute").queries([:])
        for query in queries.dropLast() { try database.connection.execute(query) }
        return try database.connection.query(try #require(queries.last), as: String.self)
    }

    @Test func `every table of the engine is placed or named as local`() throws {
        try withStub { database in
            let forgotten = try distribute(database)
            #expect(forgotten == [])
        }
    }

    @Test func `families lie together`() throws {
        try withStub { database in
            _ = try distribute(database)
            #expect(
                try database.table(
                    """
                    select colocated_with, partkey, count(*) > 4 as is_family
                    from pg_dist_partition group by 1, 2 order by 1
                    """) == [
                        "(feature.item_user_days,item_id,t)", "(reference,,t)",
                        "(source.user_versions,user_id,t)",
                    ])
        }
    }

    @Test func `everything with a user lies by user, but for the step from users to items`() throws
    {
        try withStub { database in
            _ = try distribute(database)
            #expect(
                try database.table(
                    """
                    select a.attrelid::regclass, d.partkey
                    from pg_attribute as a
                    inner join pg_class as c on c.oid = a.attrelid and c.relkind in ('r', 'p')
                        and not c.relispartition
                    inner join pg_namespace as n on n.oid = c.relnamespace
                        and n.nspname in ('source', 'feature', 'model', 'ann', 'serving', 'monitor', 'ops')
                    left join pg_dist_partition as d on d.logicalrel = a.attrelid
                    where a.attname = 'user_id' and d.partkey is distinct from 'user_id'
                    """) == ["(feature.item_user_days,item_id)"])
        }
    }

    @Test func `a table that is forgotten is found`() throws {
        try withStub { database in
            try database.execute("create table feature.forgotten (user_id bigint primary key)")
            #expect(try distribute(database) == ["feature.forgotten"])
        }
    }

    /// A change that breaks a rule, and the code of the rule.
    static let breaches: [(change: String, rule: SQLState)] = [
        ("alter table feature.user_histories drop constraint user_histories_have_a_key", "VP002"),
        (
            """
            create function feature.nothing() returns trigger language plpgsql as 'begin return new; end';
            create trigger watch before insert on serving.weights
                for each row execute function feature.nothing()
            """, "VP003"
        ),
        (
            """
            alter table source.user_versions add constraint user_comes_from_an_import
                foreign key (import_id) references source.imports (import_id)
            """, "VP004"
        ),
        (
            """
            alter table serving.publications add constraint publication_is_of_a_run
                foreign key (run_id) references ops.runs (run_id)
            """, "VP004"
        ),
        (
            """
            drop view model.user_embeddings;
            alter table model.user_vectors drop column bucket;
            alter table model.user_vectors drop constraint user_vectors_have_a_key;
            alter table model.user_vectors alter column user_id type integer;
            alter table model.user_vectors add primary key (user_id, space_id)
            """, "VP006"
        ),
        ("create unique index on source.user_versions (content_hash)", "VP007"),
        (
            """
            alter table feature.item_user_days drop constraint item_user_days_have_a_key;
            alter table feature.item_user_days add primary key (user_id, known_date)
            """, "VP007"
        ),
        (
            """
            alter table source.user_versions add constraint users_do_not_overlap
                exclude using btree (user_id with =, known_at with =)
            """, "VP008"
        ),
    ]

    @Test(arguments: breaches)
    func `a broken rule stops the placing`(change: String, rule: SQLState) throws {
        try withStub { database in
            try database.execute(change)
            let error = #expect(throws: PostgresError.self) { try distribute(database) }
            #expect(error?.sqlState == rule)
        }
    }
}
