-- The chance of a chi-square of at least so much.
--
-- Grain   one value: Q(degrees / 2, statistic / 2), the regularised upper incomplete gamma function; 1
--         without degrees of freedom
-- Note    Below degrees / 2 + 1 by the series of the lower function, above it by the continued fraction of
--         the upper one, so that far tails keep their digits: the relative error is below 1e-11. What is
--         too small for a double is 0.
-- Source  Abramowitz, Stegun, Handbook of Mathematical Functions, 6.5.29 and 6.5.31; the fraction is
--         evaluated as by Lentz (Applied Optics 15, 1976) and Thompson, Barnett (1986)
create or replace function monitor.chi_square_p_value(statistic double precision, degrees integer)
returns double precision
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
    a constant double precision := degrees / 2.0;
    x constant double precision := statistic / 2;
    exponent double precision;
    term double precision;
    total double precision;
    b double precision;
    c double precision;
    d double precision;
    factor double precision;
begin
    if statistic is null or degrees is null then return null; end if;
    if degrees <= 0 or x <= 0 then return 1; end if;
    exponent := a * ln(x) - x - monitor.log_gamma(a);
    if x < a + 1 then
        term := 1 / a;
        total := term;
        for i in 1..10000 loop
            term := term * x / (a + i);
            total := total + term;
            exit when term < total * 1e-16;
        end loop;
        -- exp() of less raises an underflow.
        return case when exponent < -700 then 1 else greatest(1 - exp(exponent) * total, 0) end;
    end if;
    if exponent < -700 then return 0; end if;
    b := x + 1 - a;
    c := 1e300;
    d := 1 / b;
    total := d;
    for i in 1..10000 loop
        term := i * (a - i);
        b := b + 2;
        d := term * d + b;
        if abs(d) < 1e-300 then d := 1e-300; end if;
        c := b + term / c;
        if abs(c) < 1e-300 then c := 1e-300; end if;
        d := 1 / d;
        factor := d * c;
        total := total * factor;
        exit when abs(factor - 1) < 1e-16;
    end loop;
    return least(exp(exponent) * total, 1);
end
$function$;

comment on function monitor.chi_square_p_value(double precision, integer) is
    'The chance of a chi-square of at least so much, with so many degrees of freedom.';
revoke all on function monitor.chi_square_p_value(double precision, integer) from public;
grant execute on function monitor.chi_square_p_value(double precision, integer)
    to vitrine_job, vitrine_analyst;
