-- Users whom the current publication had no time for.
--
-- Grain   one row per such user in a range of buckets
-- Reads   serving.recommendation_lists, serving.pointer
-- Params  from_bucket, until_bucket   both inclusive
-- Output  deferred_since   date of the first of the publications in a row that had none
select l.user_id, l.deferred_since
from serving.pointer as c
inner join serving.recommendation_lists as l on l.publication_id = c.publication_id
where l.deferred_since is not null
    and l.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint;
