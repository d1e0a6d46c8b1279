-- The natural logarithm of the gamma function of a positive number.
--
-- Grain   one value
-- Note    PostgreSQL has one from version 18 on. The relative error is below 1e-14 for the arguments of
--         tests (degrees of freedom halved).
-- Source  Lanczos, "A precision approximation of the gamma function", SIAM J. Numer. Anal. 1 (1964), with
--         g = 7 and nine terms
create or replace function monitor.log_gamma(x double precision)
returns double precision
language sql
immutable
parallel safe
begin atomic
    select 0.5 * ln(2 * pi()) + (x - 0.5) * ln(x + 6.5) - (x + 6.5) + ln(
        0.99999999999980993
        + 676.5203681218851 / x
        - 1259.1392167224028 / (x + 1)
        + 771.32342877765313 / (x + 2)
        - 176.61502916214059 / (x + 3)
        + 12.507343278686905 / (x + 4)
        - 0.13857109526572012 / (x + 5)
        + 9.9843695780195716e-6 / (x + 6)
        + 1.5056327351493116e-7 / (x + 7));
end;

comment on function monitor.log_gamma(double precision) is
    'The natural logarithm of the gamma function of a positive number.';
revoke all on function monitor.log_gamma(double precision) from public;
grant execute on function monitor.log_gamma(double precision) to vitrine_job, vitrine_analyst;
