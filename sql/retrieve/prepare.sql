-- Makes room for the lists of a publication and removes what an earlier attempt left of those that are
-- not by user.
--
-- Reads   serving.sources, ops.breakers, ann.indexes
-- Writes  serving.similar_item_lists, serving.fallbacks, serving.publication_sources, ann.recall
-- Params  publication_id, as_of_date
--         retry_days   days after which a source whose breaker is open is asked again
select
    ops.ensure_list_partition('serving', 'candidate_lists', :'publication_id'::bigint) as candidates_made,
    ops.ensure_list_partition('serving', 'similar_item_lists', :'publication_id'::bigint) as similar_made,
    ops.ensure_list_partition('serving', 'recommendation_lists', :'publication_id'::bigint)
        as recommendations_made,
    ops.ensure_list_partition('serving', 'candidate_fates', :'publication_id'::bigint) as fates_made,
    ops.ensure_list_partition('serving', 'ranked_lists', :'publication_id'::bigint) as ranked_made;

delete from serving.similar_item_lists where publication_id = :'publication_id'::bigint;

delete from serving.fallbacks where publication_id = :'publication_id'::bigint;

delete from serving.publication_sources where publication_id = :'publication_id'::bigint;

insert into serving.publication_sources
    (publication_id, source_id, quota, priority, first_stage_places, parameters, left_out_reason)
select
    :'publication_id'::bigint,
    s.source_id,
    s.quota,
    s.priority,
    s.first_stage_places,
    s.parameters,
    case when b.opened_on + :'retry_days'::integer > :'as_of_date'::date then 'breaker_open' end
from serving.sources as s
left join ops.breakers as b on b.breaker_name = 'source/' || s.source_name
where s.is_enabled and s.priority is not null and s.quota > 0;

delete from ann.recall as r
using ann.indexes as i
where i.index_id = r.index_id and r.searched_for = 'similar_items'
    and i.publication_id = :'publication_id'::bigint;
