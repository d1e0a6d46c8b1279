-- serving.explain gains a column: it is made anew from its file.
drop function if exists serving.explain(bigint, bigint, bigint);
