-- name: size
-- About how many memories the cell has.
SELECT greatest(reltuples, 0)::float8 AS memories FROM pg_class WHERE oid = 'memories'::regclass;

-- name: pick
-- Some memories of the cell that are kept warm, in an order of that day's own; ids are all that this role may see.
SELECT m.user_id, m.bond_id, m.memory_id FROM memories m TABLESAMPLE BERNOULLI (%(share)s) REPEATABLE (%(seed)s)
LEFT JOIN memory_uses u ON u.user_id = m.user_id AND u.memory_id = m.memory_id
WHERE coalesce(u.tier, 1) < 2 ORDER BY md5(m.memory_id::text || %(day)s) LIMIT %(limit)s;

-- name: unflag
-- What was noted before.
DELETE FROM quality_flags WHERE user_id = %(user)s AND memory_id = %(memory)s;

-- name: flag
-- What is wrong with it now, as long as it is there.
INSERT INTO quality_flags (user_id, memory_id, fault, found_at)
SELECT %(user)s, %(memory)s, fault, %(at)s FROM unnest(%(faults)s::smallint[]) AS fault
WHERE EXISTS (SELECT FROM memories WHERE user_id = %(user)s AND memory_id = %(memory)s)
ON CONFLICT DO NOTHING;

-- name: flags
-- The user's flagged memories, newest first.
SELECT memory_id, fault, found_at FROM quality_flags WHERE user_id = %(user)s ORDER BY found_at DESC, memory_id LIMIT %(limit)s;

-- name: hide
-- Out of search, the words stay where they are; whoever holds a snapshot has to notice.
WITH gone AS (
  INSERT INTO memory_uses (user_id, memory_id, tier) VALUES (%(user)s, %(memory)s, 3)
  ON CONFLICT (user_id, memory_id) DO UPDATE SET tier = 3 WHERE memory_uses.tier < 3 RETURNING memory_id
), hidden AS (
  UPDATE passages p SET live = false FROM gone WHERE p.user_id = %(user)s AND p.memory_id = gone.memory_id RETURNING p.bond_id
), revised AS (
  UPDATE bonds SET revision = revision + 1 WHERE user_id = %(user)s AND bond_id IN (SELECT bond_id FROM hidden)
)
UPDATE users SET epoch = epoch + 1 WHERE user_id = %(user)s AND EXISTS (SELECT FROM hidden);

-- name: keep
-- One day's numbers; a second sample of the same day takes the place of the first.
INSERT INTO quality_days (day, sampled, grounded, duplicate, contradicted, used, readable, came_back, found, flagged, pruned)
VALUES (%(day)s, %(sampled)s, %(grounded)s, %(duplicate)s, %(contradicted)s, %(used)s, %(readable)s, %(came_back)s, %(found)s,
        %(flagged)s, %(pruned)s)
ON CONFLICT (day) DO UPDATE SET sampled = excluded.sampled, grounded = excluded.grounded, duplicate = excluded.duplicate,
  contradicted = excluded.contradicted, used = excluded.used, readable = excluded.readable, came_back = excluded.came_back,
  found = excluded.found, flagged = excluded.flagged, pruned = quality_days.pruned + excluded.pruned;

-- name: days
-- The trend, newest first.
SELECT * FROM quality_days ORDER BY day DESC LIMIT %(limit)s;
