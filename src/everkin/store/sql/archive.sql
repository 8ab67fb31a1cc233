-- name: due
-- Users whose last pass left memories that were not archived yet.
SELECT user_id, passed_at FROM decay_passes WHERE archived_at IS NULL OR archived_at < passed_at ORDER BY user_id LIMIT 1;

-- name: done
-- All that this pass left cold is archived.
UPDATE decay_passes SET archived_at = %(passed_at)s WHERE user_id = %(user)s;

-- name: cooled
-- Passages of cold memories that are still warm rows, block by block, where a block has enough of them for a segment.
WITH cold AS (
  SELECT p.bond_id, m.block_id, p.row, p.memory_id, p.ordinal, p.at, p.speaker, p.length, p.flags, p.salience, p.renewed_at,
         p.embedder, p.embedding, count(*) OVER (PARTITION BY p.bond_id, m.block_id) AS together
  FROM memory_uses u JOIN memories m USING (user_id, memory_id) JOIN passages p USING (user_id, memory_id)
  WHERE u.user_id = %(user)s AND u.tier = 2 AND NOT u.archived
    AND p.live AND p.kind = 0 AND p.successor < 0 AND p.embedding IS NOT NULL
)
SELECT * FROM cold WHERE together >= %(rows_min)s ORDER BY bond_id, block_id, row LIMIT %(limit)s;

-- name: postings_in
-- The chunks that some rows are indexed in.
SELECT term, chunk, entries FROM postings WHERE user_id = %(user)s AND bond_id = %(bond)s AND chunk = ANY(%(chunks)s);

-- name: put_entries
-- Chunks without some rows.
UPDATE postings p SET entries = b.entries FROM unnest(%(term)s::bigint[], %(chunk)s::int[], %(entries)s::bytea[]) AS b(term, chunk, entries)
WHERE p.user_id = %(user)s AND p.bond_id = %(bond)s AND p.term = b.term AND p.chunk = b.chunk;

-- name: drop_empty
-- Terms that no row of a chunk holds any more.
DELETE FROM postings WHERE user_id = %(user)s AND bond_id = %(bond)s AND chunk = ANY(%(chunks)s) AND entries = '';

-- name: lock_bond
-- No passage of this bond comes or goes meanwhile.
SELECT FROM bonds WHERE user_id = %(user)s AND bond_id = %(bond)s FOR UPDATE;

-- name: take_passages
-- Out of the warm tier: all of them, or none where one is no longer cold or no longer there.
WITH standing AS (
  SELECT p.row FROM passages p JOIN memory_uses u USING (user_id, memory_id)
  WHERE p.user_id = %(user)s AND p.bond_id = %(bond)s AND p.row = ANY(%(rows)s) AND p.live AND u.tier = 2
)
DELETE FROM passages WHERE user_id = %(user)s AND bond_id = %(bond)s AND row = ANY(%(rows)s)
  AND (SELECT count(*) FROM standing) = cardinality(%(rows)s::int[]);

-- name: mark
-- Where their passages are.
UPDATE memory_uses SET archived = %(archived)s, tier = CASE WHEN %(archived)s OR tier = 3 THEN tier ELSE 1 END
WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s) AND (NOT %(archived)s OR tier = 2);

-- name: put_signpost
-- What stays behind of a segment.
INSERT INTO signposts (user_id, bond_id, segment_id, block_id, first_at, last_at, rows, centroid, terms)
VALUES (%(user)s, %(bond)s, %(segment)s, %(block)s, %(first_at)s, %(last_at)s, %(rows)s, %(centroid)b::halfvec, %(terms)s);

-- name: near
-- The user's epoch and, one row each, how a bond's signposts answer a question: which terms they hold, how near they lie.
SELECT u.epoch, s.segment_id, s.block_id, s.rows, -(s.centroid <#> %(vector)b::halfvec) AS dot,
       ARRAY(SELECT unnest(s.terms) INTERSECT SELECT unnest(%(terms)s::bigint[])) AS hits
FROM users u LEFT JOIN signposts s ON s.user_id = u.user_id AND s.bond_id = %(bond)s
WHERE u.user_id = %(user)s ORDER BY s.last_at DESC;

-- name: forgotten
-- Which of these are out of search by policy.
SELECT memory_id FROM memory_uses WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s) AND tier = 3;

-- name: blocks_of
-- The blocks of memories whose passages are archived.
SELECT DISTINCT m.block_id FROM memories m JOIN memory_uses u USING (user_id, memory_id)
WHERE m.user_id = %(user)s AND m.memory_id = ANY(%(memories)s) AND u.archived;

-- name: memories_of_messages
-- What was learnt from messages.
SELECT DISTINCT memory_id FROM memory_messages WHERE user_id = %(user)s AND message_id = ANY(%(messages)s);

-- name: take_signposts
-- Whoever takes a signpost brings its segment back.
DELETE FROM signposts WHERE user_id = %(user)s AND block_id = ANY(%(blocks)s) RETURNING bond_id, segment_id, block_id;

-- name: put_passages_back
-- As they were, the vectors as near as eight bits keep them; what policy has forgotten comes back unseen.
INSERT INTO passages (user_id, bond_id, row, memory_id, ordinal, at, renewed_at, speaker, kind, length, flags, salience, embedder, embedding, live)
SELECT %(user)s, %(bond)s, b.row, b.memory, b.ordinal, to_timestamp(b.at), to_timestamp(b.renewed), b.speaker, 0, b.length, b.flags,
       b.salience, b.embedder, b.embedding,
       NOT EXISTS (SELECT FROM memory_uses u WHERE u.user_id = %(user)s AND u.memory_id = b.memory AND u.tier = 3)
FROM unnest(%(row)s::int[], %(memory)s::uuid[], %(ordinal)s::int[], %(at)s::float8[], %(renewed)s::float8[], %(speaker)s::smallint[],
            %(length)s::int[], %(flags)s::int[], %(salience)s::real[], %(embedder)s::smallint[], %(embedding)b::halfvec[])
  AS b(row, memory, ordinal, at, renewed, speaker, length, flags, salience, embedder, embedding);

-- name: segments_of
-- Every segment that somebody's signposts lead to.
SELECT segment_id FROM signposts WHERE user_id = %(user)s;
