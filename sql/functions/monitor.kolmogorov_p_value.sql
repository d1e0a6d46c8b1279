-- The chance of a distance of at least so much between two samples of one continuous distribution.
--
-- Grain   one value
-- Note    effective_count is n m / (n + m). Where values are tied or were put into bins, the true chance is
--         smaller: the test then alarms less often than it says, never more.
-- Source  Kolmogorov's series, and for small arguments the same by Jacobi's theta function (Feller, Ann.
--         Math. Stat. 19, 1948); the argument for finite samples: Stephens, J. R. Stat. Soc. B 32 (1970)
create or replace function monitor.kolmogorov_p_value(distance double precision, effective_count double precision)
returns double precision
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $function$
    select case
        when a.argument is null then null
        when a.argument < 0.04 then 1
        when a.argument < 1.18 then greatest(least(1 - sqrt(2 * pi()) / a.argument * (
            select sum(exp(greatest(-power((2 * j - 1) * pi() / a.argument, 2) / 8, -700)))
            from generate_series(1, 6) as j), 1), 0)
        else greatest(least(2 * (
            select sum((case when j % 2 = 1 then 1 else -1 end)
                * exp(greatest(-2 * power(j * a.argument, 2), -700)))
            from generate_series(1, 6) as j), 1), 0)
    end
    from (
        select (sqrt(effective_count) + 0.12 + 0.11 / sqrt(effective_count)) * distance as argument
    ) as a;
$function$;

comment on function monitor.kolmogorov_p_value(double precision, double precision) is
    'The chance of a Kolmogorov-Smirnov distance of at least so much, given the effective number of rows.';
revoke all on function monitor.kolmogorov_p_value(double precision, double precision) from public;
grant execute on function monitor.kolmogorov_p_value(double precision, double precision)
    to vitrine_job, vitrine_analyst;
