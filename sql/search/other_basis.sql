-- What a study was begun with, where that is something else.
--
-- Grain   one row, or none: its date, and whether the date is all that differs
-- Reads   model.trials
-- Params  study_name, as_of_date, basis, code_version
-- Note    Trials of one study are compared, so they must have been measured alike.
select
    t.as_of_date,
    t.basis = :'basis'::jsonb and t.code_version = :'code_version'::text as only_date_differs
from model.trials as t
where t.study_name = :'study_name'::text
    and t.status in ('succeeded', 'failed')
    and (t.as_of_date <> :'as_of_date'::date
        or t.basis <> :'basis'::jsonb
        or t.code_version <> :'code_version'::text)
order by t.started_at
limit 1;
