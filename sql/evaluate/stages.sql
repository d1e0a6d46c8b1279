-- The stages of the funnel that choose, and where each fate ends.
--
-- Grain   one row per fate, by stage
-- Reads   serving.fates
-- Note    Not among them: the users whose turn does not come. An evaluation takes its time.
select f.fate_id, f.stage, f.stage_place
from serving.fates as f
where f.stage_place >= 1
order by f.stage_place, f.fate_id;
