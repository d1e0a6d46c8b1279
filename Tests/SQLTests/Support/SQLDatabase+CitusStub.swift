import Postgres

extension SQLDatabase {
    /// Puts functions in place that take the calls of Citus, distribute nothing, and raise where a
    /// table breaks a rule that Citus or its rebalancing enforces. (Citus manual, "Creating and
    /// Modifying Distributed Objects"; "Unique constraints"; "Foreign keys".)
    func installCitusStub() throws {
        try connection.script("set role none")
        try execute(Self.citusStub)
        try connection.setRole("vitrine_owner")
    }

    private static let citusStub = #"""
        create table pg_dist_partition (
            logicalrel regclass primary key, partmethod "char" not null, partkey text null,
            colocated_with text not null);
        grant select, insert on pg_dist_partition to vitrine_owner;
        grant select on pg_dist_partition to vitrine_job;

        create function check_placement(relation regclass) returns void language plpgsql as $$
        begin
            if exists (select from pg_dist_partition as d where d.logicalrel = relation) then
                raise exception 'table % is placed twice', relation using errcode = 'VP001';
            end if;
            if not exists (select from pg_constraint as c where c.conrelid = relation and c.contype = 'p') then
                raise exception 'table % has no primary key', relation using errcode = 'VP002';
            end if;
            if exists (select from pg_trigger as t where t.tgrelid = relation and not t.tgisinternal) then
                raise exception 'table % has triggers', relation using errcode = 'VP003';
            end if;
            if exists (
                select from pg_constraint as c
                where c.conrelid = relation and c.contype = 'f' and c.confrelid <> relation
                    and not exists (select from pg_dist_partition as d where d.logicalrel = c.confrelid))
            then
                raise exception 'table % has a foreign key to a local table', relation using errcode = 'VP004';
            end if;
        end $$;

        create function create_reference_table(table_name regclass) returns void language plpgsql as $$
        begin
            perform check_placement(table_name);
            if (select c.relkind from pg_class as c where c.oid = table_name) <> 'r' then
                raise exception 'reference table % is partitioned', table_name using errcode = 'VP005';
            end if;
            insert into pg_dist_partition values (table_name, 'n', null, 'reference');
        end $$;

        create function create_distributed_table(
            table_name regclass, distribution_column text, distribution_type text default 'hash',
            colocate_with text default 'default')
        returns void language plpgsql as $$
        declare
            needed text[] := array[distribution_column] || array(
                select a.attname::text
                from pg_partitioned_table as p
                cross join lateral unnest(p.partattrs::int2[]) as k (attnum)
                inner join pg_attribute as a on a.attrelid = p.partrelid and a.attnum = k.attnum
                where p.partrelid = table_name);
        begin
            perform check_placement(table_name);
            if (select a.atttypid from pg_attribute as a
                where a.attrelid = table_name and a.attname = distribution_column)
                is distinct from 'bigint'::regtype
            then
                raise exception 'column % of % is not bigint', distribution_column, table_name using errcode = 'VP006';
            end if;
            if exists (
                select from pg_index as i
                where i.indrelid = table_name and i.indisunique
                    and not needed <@ array(
                        select a.attname::text from pg_attribute as a
                        where a.attrelid = i.indrelid and a.attnum = any (i.indkey)))
            then
                raise exception 'a key of % lacks one of %', table_name, needed using errcode = 'VP007';
            end if;
            if exists (select from pg_constraint as c where c.conrelid = table_name and c.contype = 'x') then
                raise exception 'table % has an exclusion constraint', table_name using errcode = 'VP008';
            end if;
            if colocate_with not in ('none', 'default') and not exists (
                select from pg_dist_partition as d where d.logicalrel = colocate_with::regclass and d.partmethod = 'h')
            then
                raise exception '% lies with %, which is not distributed', table_name, colocate_with using errcode = 'VP009';
            end if;
            insert into pg_dist_partition values (
                table_name, 'h', distribution_column,
                case when colocate_with = 'none' then table_name::text else colocate_with end);
        end $$;
        """#
}
