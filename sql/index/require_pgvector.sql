-- Ends with an error where the extension pgvector is not installed.
select ann.require_pgvector() as vector_schema;
