-- name: hold
-- One process of the cell at a time.
SELECT pg_try_advisory_lock(hashtextextended('everkin.compaction', 0)) AS held;

-- name: let_go
-- The next one may.
SELECT pg_advisory_unlock(hashtextextended('everkin.compaction', 0));

-- name: bloated
-- Indexes that take far more room than their entries need, and that this role may rebuild (from PostgreSQL 17 on).
SELECT c.relname AS index, pg_relation_size(c.oid) AS bytes
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace = 'public'::regnamespace AND c.reltuples >= 0
  AND pg_relation_size(c.oid) > %(least)s + %(factor)s * c.reltuples * %(entry)s
  AND CASE WHEN current_setting('server_version_num')::int >= 170000 THEN has_table_privilege(t.oid, 'MAINTAIN') ELSE false END
ORDER BY 2 DESC;
