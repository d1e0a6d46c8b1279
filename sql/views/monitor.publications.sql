-- Publications, and which of them is current.
--
-- Grain   one row per publication
-- Reads   serving.publications, serving.pointer
create or replace view monitor.publications as
select
    p.publication_id,
    p.run_id,
    p.as_of_date,
    p.model_id,
    p.status,
    c.publication_id is not null as is_current,
    p.user_count,
    p.recommendation_count,
    p.checksum,
    p.published_at
from serving.publications as p
left join serving.pointer as c on c.publication_id = p.publication_id;

comment on view monitor.publications is 'Publications, and which of them is current.';
comment on column monitor.publications.publication_id is 'The publication.';
comment on column monitor.publications.run_id is 'The run that made it.';
comment on column monitor.publications.as_of_date is 'Only what was known before 00:00 UTC of this date was used.';
comment on column monitor.publications.model_id is 'The model behind it.';
comment on column monitor.publications.status is 'building, published or dropped.';
comment on column monitor.publications.is_current is 'Whether it is what users get now.';
comment on column monitor.publications.user_count is 'Users with a list.';
comment on column monitor.publications.recommendation_count is 'Recommendations in all lists.';
comment on column monitor.publications.checksum is 'Hash of the content.';
comment on column monitor.publications.published_at is 'When it first became current.';
grant select on monitor.publications to vitrine_job, vitrine_analyst, vitrine_dashboard;
