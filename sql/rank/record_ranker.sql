-- Records which ranker a publication is ranked by.
--
-- Writes  serving.publications
-- Params  publication_id
--         ranker_model_id   negative: none
update serving.publications
set ranker_model_id = case when :'ranker_model_id'::bigint >= 0 then :'ranker_model_id'::bigint end
where publication_id = :'publication_id'::bigint;
