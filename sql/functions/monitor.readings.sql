-- What the rules of alerts read for a run, and for how many readings in a row it has passed the threshold.
--
-- Grain   one row per rule that is enabled, and subject
-- Reads   monitor.alert_rules, monitor.measures, ops.runs, ops.steps, ops.expected_runs
-- Note    Of the runs before it those of the same job count, one for each date, the newest: sixty of them
--         at most. A run whose job has judged a later date says nothing of today, and reads nothing.
--         For null what no run can say is read: whether one is overdue.
create or replace function monitor.readings(run_id bigint)
returns table (
    rule_name text,
    job_name text,
    subject text,
    value double precision,
    breach_count integer,
    is_clear boolean
)
language sql
stable
set search_path = pg_catalog, pg_temp
as $function$
    with

    judged as (
        select r.run_id, r.job_name, r.as_of_date
        from ops.runs as r
        where r.run_id = readings.run_id
            and not exists (
                select
                from ops.runs as l
                inner join ops.steps as s
                    on s.run_id = l.run_id and s.step_name = 'respond' and s.status = 'succeeded'
                where l.job_name = r.job_name and l.as_of_date > r.as_of_date)
    ),

    history as (
        select distinct on (r.as_of_date) r.run_id, r.job_name, r.as_of_date
        from judged as j
        inner join ops.runs as r on r.job_name = j.job_name
        where (r.as_of_date < j.as_of_date or r.run_id = j.run_id)
            and exists (select from monitor.measures as m where m.run_id = r.run_id)
        order by r.as_of_date desc, r.run_id desc
        limit 60
    ),

    measured as (
        select
            a.rule_name,
            h.job_name,
            m.subject,
            m.value,
            h.run_id,
            row_number() over (
                partition by a.rule_name, m.subject order by h.as_of_date desc) as place,
            case a.comparison when 'above' then m.value > a.threshold else m.value < a.threshold end
                as is_breach,
            case a.comparison
                when 'above' then m.value <= a.resolve_threshold else m.value >= a.resolve_threshold
            end as is_clear
        from history as h
        inner join monitor.measures as m on m.run_id = h.run_id
        inner join monitor.alert_rules as a
            on a.measure_name = m.measure_name
            and a.is_enabled
            and m.subject like a.subject_pattern
            and m.subject <> all (a.excluded_subjects)
            and coalesce(a.level, m.level) = m.level
    ),

    streaks as (
        select
            m.rule_name,
            m.job_name,
            m.subject,
            max(m.value) filter (where m.run_id = readings.run_id) as value,
            -- Up to the newest reading that is none.
            (coalesce(min(m.place) filter (where not m.is_breach), count(*) + 1) - 1)::integer
                as breach_count,
            bool_or(m.is_clear) filter (where m.run_id = readings.run_id) as is_clear
        from measured as m
        group by m.rule_name, m.job_name, m.subject
    ),

    overdue as (
        select
            e.job_name,
            -- A run for an earlier date than the one that is due is not the one that is due.
            case when exists (
                select
                from ops.runs as r
                where r.job_name = e.job_name
                    and r.status = 'succeeded'
                    and r.finished_at >= e.last_due_at
                    and r.as_of_date >= (e.last_due_at at time zone 'UTC')::date)
            then 0
            else extract(epoch from e.checked_at - e.last_due_at)::double precision / 3600
            end as value
        from ops.expected_runs as e
        where readings.run_id is null
            and e.is_enabled
            and e.last_due_at is not null
    )

    select s.rule_name, s.job_name, s.subject, s.value, s.breach_count, s.is_clear
    from streaks as s
    where s.value is not null

    union all

    select
        a.rule_name,
        o.job_name,
        o.job_name,
        o.value,
        -- There is no history of looking: what is overdue now is overdue for as long as asked.
        case when case a.comparison when 'above' then o.value > a.threshold else o.value < a.threshold end
            then a.for_runs else 0 end,
        case a.comparison
            when 'above' then o.value <= a.resolve_threshold else o.value >= a.resolve_threshold end
    from overdue as o
    inner join monitor.alert_rules as a
        on a.measure_name = 'run_overdue_hours'
        and a.is_enabled
        and o.job_name like a.subject_pattern;
$function$;

comment on function monitor.readings(bigint) is
    'What the rules of alerts read for a run, or for null of runs that are expected, and for how many readings in a row it has passed the threshold.';
revoke all on function monitor.readings(bigint) from public;
grant execute on function monitor.readings(bigint) to vitrine_job, vitrine_analyst;
