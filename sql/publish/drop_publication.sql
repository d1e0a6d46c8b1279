-- Removes the recommendations of a publication; the publication itself stays on record as dropped.
--
-- Writes  serving.funnel_counts, serving.publication_sources, serving.publication_terms,
--         serving.publication_rules, serving.fallbacks, serving.publications, monitor.served_features
-- Params  publication_id
-- Note    The last part of dropping one: until its commit the publication counts as kept, and the
--         next run goes on with it.
select ops.drop_list_partition('serving', 'recommendation_lists', :'publication_id'::bigint) as is_dropped;

delete from serving.funnel_counts where publication_id = :'publication_id'::bigint;

delete from serving.publication_sources where publication_id = :'publication_id'::bigint;

delete from serving.publication_terms where publication_id = :'publication_id'::bigint;

delete from serving.publication_rules where publication_id = :'publication_id'::bigint;

delete from serving.fallbacks where publication_id = :'publication_id'::bigint;

delete from monitor.served_features where publication_id = :'publication_id'::bigint;

update serving.publications
set status = 'dropped', published_at = coalesce(published_at, clock_timestamp())
where publication_id = :'publication_id'::bigint;
