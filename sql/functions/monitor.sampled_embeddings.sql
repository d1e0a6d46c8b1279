-- Embeddings of some users and some items of a space, the same ones whenever it is asked.
--
-- Grain   one row per user or item; of a user with several interests the first
-- Reads   model.user_embeddings, model.item_embeddings, model.user_vectors, model.item_vectors
-- Note    Chosen by bucket, so that about as many as asked for are read, all of them where there are no
--         more. How many there are is asked in a subselect, which is computed once; joined to, it was counted
--         again for every user where the planner knew nothing of the table.
create or replace function monitor.sampled_embeddings(space bigint, wanted integer)
returns table (subject text, entity_id bigint, embedding real[])
language sql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $function$
    select 'user_embeddings' as subject, u.user_id as entity_id, u.embedding
    from model.user_embeddings as u
    where u.space_id = space
        and u.interest = 0
        and u.bucket % (
            select least(greatest(count(*) / wanted, 1), 1024)
            from model.user_vectors as v
            where v.space_id = space and v.interest = 0) = 0

    union all

    select 'item_embeddings' as subject, i.item_id as entity_id, i.embedding
    from model.item_embeddings as i
    where i.space_id = space
        and ((i.item_id # (i.item_id >> 10) # (i.item_id >> 20) # (i.item_id >> 40)) & 1023) % (
            select least(greatest(count(*) / wanted, 1), 1024)
            from model.item_vectors as v
            where v.space_id = space) = 0;
$function$;

comment on function monitor.sampled_embeddings(bigint, integer) is
    'Embeddings of some users and some items of a space, the same ones whenever it is asked.';
revoke all on function monitor.sampled_embeddings(bigint, integer) from public;
grant execute on function monitor.sampled_embeddings(bigint, integer) to vitrine_job, vitrine_analyst;
