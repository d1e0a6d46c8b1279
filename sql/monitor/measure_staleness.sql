-- How old what the publication is made of was on its date, and how long after that date it was published.
--
-- Grain   one row per measure and subject
-- Reads   serving.publications, model.models, ann.indexes, ops.runs
-- Writes  monitor.measures
-- Params  run_id, as_of_date, publication_id, space_id
-- Note    A model trained for the date itself has age 0. The age of an index is that of its recall: it was
--         measured when the index was built.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select
    :'run_id'::bigint, 'model', 'trained_data_age', m.kind,
    p.as_of_date - m.as_of_date, 'days'
from serving.publications as p
inner join model.models as m on m.model_id in (p.model_id, p.ranker_model_id)
where p.publication_id = :'publication_id'::bigint

union all

select :'run_id'::bigint, 'model', 'index_recall_age', 'index', i.age, 'days'
from (
    select :'as_of_date'::date - r.as_of_date as age
    from ann.indexes as i
    inner join ops.runs as r on r.run_id = i.run_id
    where i.space_id = :'space_id'::bigint and i.status = 'ready'
        and r.as_of_date <= :'as_of_date'::date
    order by i.index_id desc
    limit 1
) as i

union all

select
    :'run_id'::bigint, 'system', 'publication_lag', 'all',
    extract(epoch from p.published_at - p.as_of_date::timestamp at time zone 'UTC')::double precision,
    'seconds'
from serving.publications as p
where p.publication_id = :'publication_id'::bigint and p.published_at is not null;
