-- Every category whose share is watched: attributes that are texts or truth values, cohorts, creators, tags.
--
-- Grain   one row per subject, feature and category; feature is empty in the row that counts all users or
--         items of the subject
-- Reads   source.item_versions, source.user_versions, feature.user_snapshots
-- Output  row_count   users or items; one with several tags counts for each in part, so that the parts add
--                     up to the items
-- Note    A new attribute is covered by itself.
create or replace function monitor.drift_categories(as_of date)
returns table (subject text, feature text, category text, row_count double precision)
language sql
stable
parallel safe
begin atomic
    with

    items as (
        select distinct on (i.item_id) i.item_id, i.creator_id, i.kind, i.tags, i.attributes
        from source.item_versions as i
        where i.known_at < as_of::timestamp at time zone 'UTC'
        order by i.item_id, i.known_at desc
    ),

    users as (
        select distinct on (u.user_id) u.user_id, u.attributes
        from source.user_versions as u
        where u.known_at < as_of::timestamp at time zone 'UTC'
        order by u.user_id, u.known_at desc
    )

    select 'item_attributes' as subject, c.feature, c.category, sum(c.share) as row_count
    from items as i
    cross join lateral (
        select '' as feature, '' as category, 1::double precision as share
        union all
        select 'kind', i.kind, 1
        union all
        select 'creator', i.creator_id::text, 1
        where i.creator_id is not null
        union all
        select 'tags', t.tag, 1.0 / cardinality(i.tags)
        from unnest(i.tags) as t (tag)
        union all
        select e.key, e.value #>> '{}', 1
        from jsonb_each(i.attributes) as e
        where jsonb_typeof(e.value) in ('string', 'boolean')
    ) as c
    group by c.feature, c.category

    union all

    select 'user_attributes' as subject, c.feature, c.category, sum(c.share) as row_count
    from users as u
    cross join lateral (
        select '' as feature, '' as category, 1::double precision as share
        union all
        select e.key, e.value #>> '{}', 1
        from jsonb_each(u.attributes) as e
        where jsonb_typeof(e.value) in ('string', 'boolean')
    ) as c
    group by c.feature, c.category

    union all

    select 'user_snapshots' as subject, c.feature, c.category, sum(c.share) as row_count
    from feature.user_snapshots as s
    cross join lateral (
        select '' as feature, '' as category, 1::double precision as share
        union all
        select 'activity_cohort', s.activity_cohort, 1
        union all
        select 'language', s.language, 1
        where s.language is not null
        union all
        select 'region', s.region, 1
        where s.region is not null
    ) as c
    where s.as_of_date = as_of
    group by c.feature, c.category;
end;

comment on function monitor.drift_categories(date) is
    'Every category whose share is watched, as of a date.';
revoke all on function monitor.drift_categories(date) from public;
grant execute on function monitor.drift_categories(date) to vitrine_job, vitrine_analyst;
