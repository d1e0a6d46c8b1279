import Postgres
import Testing

/// What every table of the engine has, and none may have. Each query lists the violations.
@Suite struct SchemaTests {
    /// The relations of the engine, partitions left out.
    private static let relations = """
        with relations as (
            select c.oid, c.relkind, n.nspname || '.' || c.relname as name
            from pg_catalog.pg_class as c
            inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
            where n.nspname in ('source', 'feature', 'model', 'ann', 'serving', 'monitor', 'experiment', 'ops')
                and not c.relispartition
        )

        """

    static let rules: [(rule: String, violations: String)] = [
        (
            "every schema has a comment",
            """
            select n.nspname from pg_catalog.pg_namespace as n
            where n.nspname !~ '^pg_|^information_schema$|^public$'
                and obj_description(n.oid, 'pg_namespace') is null
            """
        ),
        (
            "every table and view has a comment",
            """
            select r.name from relations as r
            where r.relkind in ('r', 'p', 'v', 'm') and obj_description(r.oid, 'pg_class') is null
            """
        ),
        (
            "every column has a comment",
            """
            select r.name, a.attname from relations as r
            inner join pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
            where r.relkind in ('r', 'p', 'v', 'm') and col_description(r.oid, a.attnum) is null
            """
        ),
        (
            "every function has a comment",
            """
            select p.oid::regprocedure from pg_proc as p
            inner join pg_namespace as n on n.oid = p.pronamespace
            where n.nspname in ('source', 'feature', 'model', 'ann', 'serving', 'monitor', 'ops')
                and obj_description(p.oid, 'pg_proc') is null
            """
        ),
        (
            "every table has a primary key",
            """
            select r.name from relations as r
            where r.relkind in ('r', 'p') and not exists (
                select from pg_constraint as c where c.conrelid = r.oid and c.contype = 'p')
            """
        ),
        (
            "every constraint is named in words",
            """
            select r.name, c.conname from relations as r
            inner join pg_constraint as c on c.conrelid = r.oid
            where c.conname ~ '_(pkey|fkey|check|excl)[0-9]*$' or c.conname !~ '_.*_'
                or c.conname ~ '_key[0-9]*$' and c.conname !~ '_have_a_key$'
            """
        ),
        (
            "every index is named in words",
            """
            select r.name, i.indexrelid::regclass from relations as r
            inner join pg_index as i on i.indrelid = r.oid
            where i.indexrelid::regclass::text ~ '_idx[0-9]*$'
            """
        ),
        (
            "every key of a table with users has the user and the column of the partitions in it",
            """
            select r.name, i.indexrelid::regclass from relations as r
            inner join pg_attribute as u on u.attrelid = r.oid and u.attname = 'user_id'
            inner join pg_index as i on i.indrelid = r.oid and i.indisunique
            left join pg_partitioned_table as p on p.partrelid = r.oid
            where r.relkind in ('r', 'p')
                and (not u.attnum = any (i.indkey) or not coalesce(p.partattrs::int2[], '{}') <@ i.indkey::int2[])
            """
        ),
        (
            "every id is bigint, but for the small ones of configuration",
            """
            select r.name, a.attname from relations as r
            inner join pg_attribute as a on a.attrelid = r.oid and a.attname ~ '_id$' and a.attnum > 0
            where r.relkind in ('r', 'p') and a.atttypid <> 'bigint'::regtype
                and a.attname not in ('action_id', 'fate_id', 'source_id', 'process_id')
            """
        ),
        (
            "no table has a trigger or a rule",
            """
            select r.name from relations as r
            where r.relkind in ('r', 'p') and (
                exists (select from pg_trigger as t where t.tgrelid = r.oid and not t.tgisinternal)
                or exists (select from pg_rewrite as w where w.ev_class = r.oid))
            """
        ),
        (
            "no bulk table has a foreign key",
            """
            select r.name, c.conname from relations as r
            inner join pg_constraint as c on c.conrelid = r.oid and c.contype = 'f'
            where r.relkind = 'p'
            """
        ),
        (
            "no table has a default partition or partitions of partitions",
            """
            select r.name from relations as r
            inner join pg_partitioned_table as p on p.partrelid = r.oid
            where p.partdefid <> 0 or exists (
                select from pg_inherits as h
                inner join pg_class as c on c.oid = h.inhrelid and c.relkind = 'p'
                where h.inhparent = r.oid)
            """
        ),
        (
            "no table has an exclusion constraint",
            """
            select r.name from relations as r
            inner join pg_constraint as c on c.conrelid = r.oid and c.contype = 'x'
            """
        ),
        (
            "every table, view and function belongs to vitrine_owner",
            """
            select r.name from relations as r
            inner join pg_class as c on c.oid = r.oid
            where pg_get_userbyid(c.relowner) <> 'vitrine_owner'
            union all
            select p.oid::regprocedure::text from pg_proc as p
            inner join pg_namespace as n on n.oid = p.pronamespace
            where n.nspname in ('source', 'feature', 'model', 'ann', 'serving', 'monitor', 'ops')
                and pg_get_userbyid(p.proowner) <> 'vitrine_owner'
            """
        ),
        (
            "every function has a search path of its own or its names bound, and nobody may call it by default",
            """
            select p.oid::regprocedure from pg_proc as p
            inner join pg_namespace as n on n.oid = p.pronamespace
            where n.nspname in ('source', 'feature', 'model', 'ann', 'serving', 'monitor', 'ops')
                and (p.prosqlbody is null and p.prokind <> 'a' and not exists (
                        select from unnest(p.proconfig) as s (setting) where s.setting like 'search_path=%')
                    or p.proacl is null
                    or exists (select from aclexplode(p.proacl) as a where a.grantee = 0))
            """
        ),
        (
            "buckets are computed alike everywhere, by the database",
            """
            select r.name from relations as r
            inner join pg_attribute as a on a.attrelid = r.oid and a.attname = 'bucket'
            left join pg_attrdef as d on d.adrelid = r.oid and d.adnum = a.attnum
            where r.relkind in ('r', 'p') and (
                a.attgenerated <> 's'
                or pg_get_expr(d.adbin, d.adrelid) is distinct from (
                    select pg_get_expr(e.adbin, e.adrelid) from pg_attrdef as e
                    inner join pg_attribute as b on b.attrelid = e.adrelid and b.attnum = e.adnum
                    where b.attrelid = 'source.user_versions'::regclass and b.attname = 'bucket'))
            """
        ),
    ]

    @Test(arguments: rules) func `the schema keeps its rules`(
        rule: String, violations: String
    ) throws {
        try SQLDatabase.with(role: nil) { database in
            let found = try database.table(Self.relations + violations)
            #expect(found == [], "\(rule)")
        }
    }

    @Test func `there are tables to keep the rules`() throws {
        try SQLDatabase.with(role: nil) { database in
            let count = try database.connection.value(
                Query(
                    text: Self.relations
                        + "select count(*) from relations as r where r.relkind in ('r', 'p')"),
                as: Int.self)
            #expect(count >= 30)
        }
    }

    @Test func `buckets cover 0 to 1023, negative and large users too`() throws {
        try SQLDatabase.with { database in
            try database.execute(
                """
                insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
                select u, '2024-01-01', '{}', 0, 1
                from (
                    select generate_series(0, 4095)::bigint as u
                    union all values (-1), (-9223372036854775808), (9223372036854775807)
                ) as users
                """)
            #expect(
                try database.table(
                    "select min(bucket), max(bucket), count(distinct bucket) from source.user_versions"
                ) == ["(0,1023,1024)"])
        }
    }
}
