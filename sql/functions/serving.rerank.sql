-- Makes a list of the candidates of one user, place by place, as the step rank does.
--
-- Grain   one row per place
-- Output  candidate    number of the candidate, from 1
--         multiplier   product of those of all rules
-- Note    Arguments have an element for each candidate, or so many in a row, by item_id: equal scores
--         rank in that order. Creators are numbered from 1, null where not known; the tags of a candidate
--         are bits of a string; factors are those of rules that do not look at the list, 0 for a candidate
--         that is not shown. rules has parameters by name, of those that do.
--         No rule lifts, so what a candidate would score without any bounds what it scores at any place: at
--         each, candidates are looked at in that order and no further than one could still win.
--         Operations and their order are those of Sources/Ranking/Rerank, which has the formulas: the
--         bits are the same.
create or replace function serving.rerank(
    source_ids smallint[],
    creator_numbers integer[],
    tag_sets bit varying[],
    exposure_counts integer[],
    terms real[],
    factors real[],
    draws real[],
    weights double precision[],
    rules jsonb,
    list_length integer)
returns table (
    rank integer,
    candidate integer,
    value double precision,
    multiplier double precision,
    score double precision)
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $function$
declare
    candidate_count constant integer := cardinality(source_ids);
    term_count constant integer := cardinality(weights);
    factor_count constant integer := cardinality(factors) / candidate_count;
    slot_count constant integer := cardinality(draws) / candidate_count;

    spacing_decay constant double precision := rules #>> '{creator_spacing,decay}';
    spacing_floor constant double precision := rules #>> '{creator_spacing,floor}';
    creator_limit constant integer := rules #>> '{creator_cap,limit}';
    tag_strength constant double precision := rules #>> '{mmr,strength}';
    tag_window constant integer := rules #>> '{mmr,window}';
    ridge constant double precision := rules #>> '{dpp,ridge}';
    residual_exponent constant double precision :=
        (1 - (rules #>> '{dpp,theta}')::double precision) / (rules #>> '{dpp,theta}')::double precision;
    process_length constant integer := least((rules #>> '{dpp,window}')::integer, list_length);
    epsilon constant double precision := rules #>> '{epsilon_exploration,epsilon}';
    exposure_limit constant bigint := rules #>> '{thompson_exploration,exposure_limit}';
    slots constant jsonb :=
        coalesce(rules #> '{epsilon_exploration,slots}', rules #> '{thompson_exploration,slots}');
    slot_places constant integer[] := array(
        select p.place::integer
        from jsonb_array_elements_text(slots -> 'places') with ordinality as p (place, slot)
        order by p.slot);
    slot_sources constant smallint[] :=
        array(select s.source_id::smallint from jsonb_array_elements_text(slots -> 'sources') as s (source_id));

    candidate_values double precision[] := array_fill(0::double precision, array[candidate_count]);
    -- Scores before the rules that look at the list; null for what is not shown.
    bounds double precision[] := array_fill(null::double precision, array[candidate_count]);
    bound_order integer[];
    first_position integer := 1;
    -- Scores as of the last place at which a candidate was looked at.
    scores double precision[] := array_fill(null::double precision, array[candidate_count]);
    spacing_multipliers real[] := array_fill(1::real, array[candidate_count]);
    diversity_factors real[] := array_fill(1::real, array[candidate_count]);
    is_taken boolean[] := array_fill(false, array[candidate_count]);
    creator_counts integer[] := array_fill(0, array[candidate_count]);
    chosen integer[] := '{}';
    -- Of the determinantal process: rows of the Cholesky factor, one per candidate, as long as depths say.
    residuals double precision[] := array_fill(1::double precision, array[candidate_count]);
    depths integer[] := array_fill(0, array[candidate_count]);
    cholesky double precision[];

    current integer;
    above integer;
    slot integer;
    best integer;
    best_score double precision;
    total double precision;
    factor real;
    largest double precision;
    remainder double precision;
    pool integer[];
begin
    for current in 1..candidate_count loop
        total := 0;
        for place in 1..term_count loop
            total := total + weights[place] * terms[(current - 1) * term_count + place];
        end loop;
        candidate_values[current] := total;
        for place in 1..factor_count loop
            factor := factors[(current - 1) * factor_count + place];
            if factor = 0 then
                total := null;
                exit;
            end if;
            total := total * case when candidate_values[current] < 0 then 1::real / factor else factor end;
        end loop;
        bounds[current] := total;
    end loop;
    bound_order := array(
        select b.candidate
        from unnest(bounds) with ordinality as b (bound, candidate)
        where b.bound is not null
        order by b.bound desc, b.candidate);
    if ridge is not null then
        cholesky := array_fill(null::double precision, array[candidate_count * process_length]);
    end if;

    for place in 1..least(list_length, cardinality(bound_order)) loop
        while is_taken[bound_order[first_position]] loop
            first_position := first_position + 1;
        end loop;
        -- A slot looks at all: whom it may try depends on every score.
        slot := array_position(slot_places, place);
        best := null;
        best_score := null;
        for position in first_position..cardinality(bound_order) loop
            current := bound_order[position];
            continue when is_taken[current];
            exit when slot is null and bounds[current] < best_score;
            total := bounds[current];
            if spacing_decay is not null then
                factor := ((1 - spacing_floor)
                    * power(spacing_decay, coalesce(creator_counts[creator_numbers[current]], 0))
                    + spacing_floor)::real;
                spacing_multipliers[current] :=
                    case when candidate_values[current] < 0 then 1::real / factor else factor end;
                total := total * spacing_multipliers[current];
                continue when slot is null and total < best_score;
            end if;
            factor := 1;
            if tag_strength is not null then
                largest := 0;
                for back in greatest(1, place - tag_window)..place - 1 loop
                    largest := greatest(
                        largest, serving.jaccard(tag_sets[chosen[back]], tag_sets[current]));
                end loop;
                factor := (1 - tag_strength * largest)::real;
            elsif ridge is not null and place <= process_length then
                -- What is left of a candidate only shrinks, so the last known is a bound too.
                continue when slot is null and total * case
                    when candidate_values[current] < 0 then 1::real / diversity_factors[current]
                    else diversity_factors[current] end < best_score;
                for back in depths[current] + 1..place - 1 loop
                    above := chosen[back];
                    remainder :=
                        serving.jaccard(tag_sets[above], tag_sets[current]) * (1 - ridge);
                    for entry in 1..back - 1 loop
                        remainder := remainder
                            - cholesky[(above - 1) * process_length + entry]
                            * cholesky[(current - 1) * process_length + entry];
                    end loop;
                    remainder := remainder * (1 / sqrt(residuals[above]));
                    cholesky[(current - 1) * process_length + back] := remainder;
                    residuals[current] := greatest(ridge, residuals[current] - remainder * remainder);
                end loop;
                depths[current] := place - 1;
                factor := power(residuals[current], residual_exponent)::real;
            end if;
            diversity_factors[current] := factor;
            total := total * case when candidate_values[current] < 0 then 1::real / factor else factor end;
            scores[current] := total;
            if best is null or total > best_score or (total = best_score and current < best) then
                best := current;
                best_score := total;
            end if;
        end loop;
        -- A cap may have left nobody.
        exit when best is null;

        if slot is not null then
            pool := array(
                select b.candidate
                from unnest(bound_order) as b (candidate)
                where not is_taken[b.candidate]
                    and (cardinality(slot_sources) = 0 or source_ids[b.candidate] = any (slot_sources))
                    and (exposure_limit is null or exposure_counts[b.candidate] < exposure_limit)
                order by scores[b.candidate] desc, b.candidate
                limit (slots ->> 'pool_size')::integer);
            if epsilon is not null then
                pool := array_remove(pool, best);
                if draws[(best - 1) * slot_count + slot] >= epsilon then
                    pool := '{}';
                end if;
            end if;
            best := coalesce(
                (
                    select p.candidate
                    from unnest(pool) with ordinality as p (candidate, pool_rank)
                    order by draws[(p.candidate - 1) * slot_count + slot] desc, p.pool_rank
                    limit 1
                ),
                best);
        end if;

        chosen := chosen || best;
        is_taken[best] := true;
        if creator_numbers[best] is not null then
            above := creator_counts[creator_numbers[best]] + 1;
            creator_counts[creator_numbers[best]] := above;
            if above = creator_limit then
                for other in 1..candidate_count loop
                    if creator_numbers[other] = creator_numbers[best] then
                        is_taken[other] := true;
                    end if;
                end loop;
            end if;
        end if;

        rank := place;
        candidate := best;
        value := candidate_values[best];
        score := scores[best];
        multiplier := 1;
        for column_number in 1..factor_count loop
            factor := factors[(best - 1) * factor_count + column_number];
            multiplier := multiplier * case when value < 0 then 1::real / factor else factor end;
        end loop;
        multiplier := multiplier * spacing_multipliers[best] * case
            when value < 0 then 1::real / diversity_factors[best] else diversity_factors[best] end;
        return next;
    end loop;
end
$function$;

comment on function serving.rerank(
    smallint[], integer[], bit varying[], integer[], real[], real[], real[], double precision[], jsonb, integer) is
    'Makes a list of the candidates of one user, place by place, as the step rank does. serving.what_if calls it.';
revoke all on function serving.rerank(
    smallint[], integer[], bit varying[], integer[], real[], real[], real[], double precision[], jsonb, integer)
    from public;
grant execute on function serving.rerank(
    smallint[], integer[], bit varying[], integer[], real[], real[], real[], double precision[], jsonb, integer)
    to vitrine_job, vitrine_analyst;
