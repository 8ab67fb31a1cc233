-- name: due
-- Users whose last pass left memories that were not archived yet.
SELECT user_id, passed_at FROM decay_passes WHERE archived_at IS DISTINCT FROM passed_at ORDER BY user_id LIMIT 1;

-- name: done
-- All that this pass left cold is archived.
UPDATE decay_passes SET archived_at = %(passed_at)s WHERE user_id = %(user)s;

-- name: cooled
-- Blocks with enough cold messages for a segment; on one day in a few, which is the block's own, one is enough. A message is
-- cold when all that was learnt from it is, and from it alone; it is held while it stands near the end of its bond, has a mark
-- that lasts, a disclosure, an answer owed, words still coming, a vector still to be made, or a fact that stands and matters.
WITH weighed AS (
  SELECT s.message_id, coalesce(u.tier, 1) < 2 OR m.pinned OR m.safety
      OR coalesce(m.superseded_by IS NULL AND m.predicate = ANY(%(standing)s), false)
      OR (%(forgets)s AND u.fading_since IS NOT NULL AND u.tier < 3)
      OR count(*) OVER (PARTITION BY s.memory_id) > 1 AS held
  FROM memory_messages s JOIN memories m USING (user_id, memory_id) LEFT JOIN memory_uses u USING (user_id, memory_id)
  WHERE s.user_id = %(user)s
), held AS (
  SELECT message_id FROM weighed WHERE held
  UNION SELECT message_id FROM feelings WHERE user_id = %(user)s AND marker IS NOT NULL AND at > %(now)s - %(marked)s::interval
  UNION SELECT message_id FROM disclosures WHERE user_id = %(user)s
  UNION SELECT message_id FROM owed WHERE user_id = %(user)s
  UNION SELECT s.message_id FROM passages p JOIN memory_messages s USING (user_id, memory_id)
    WHERE p.user_id = %(user)s AND (p.embedding IS NULL OR p.embedder IS NULL)
)
SELECT g.bond_id, g.conversation_id, g.block_id, array_agg(g.message_id ORDER BY g.ordinal) AS messages
FROM messages g JOIN bonds b USING (user_id, bond_id)
WHERE g.user_id = %(user)s AND g.ordinal < b.next_ordinal - %(tail)s AND g.delivery <> 3 AND g.recorded_at <= %(now)s - %(newborn)s::interval
  AND g.message_id NOT IN (SELECT message_id FROM held)
GROUP BY g.bond_id, g.conversation_id, g.block_id
HAVING count(*) FILTER (WHERE g.message_id IN (SELECT message_id FROM weighed)) >=
  CASE WHEN get_byte(uuid_send(g.block_id), 15) %% %(gleaned)s = %(day)s %% %(gleaned)s THEN 1 ELSE %(least)s END
ORDER BY g.block_id LIMIT %(limit)s;

-- name: hold_user
-- Erasures and other archivers of this user have finished, or begin after this transaction.
SELECT pg_advisory_xact_lock(hashtextextended(%(user)s::text, 0));

-- name: lock_bond
-- Nothing is said, learnt or taken back in this bond meanwhile.
SELECT FROM bonds WHERE user_id = %(user)s AND bond_id = %(bond)s FOR UPDATE;

-- name: read_messages
-- Of some messages, all that hangs on them: the messages themselves.
SELECT * FROM messages WHERE user_id = %(user)s AND message_id = ANY(%(messages)s);

-- name: read_memory_messages
-- Which message each memory is from.
SELECT * FROM memory_messages WHERE user_id = %(user)s AND message_id = ANY(%(messages)s);

-- name: read_memories
-- What was learnt from them.
SELECT * FROM memories WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s);

-- name: read_memory_uses
-- How often that came up.
SELECT * FROM memory_uses WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s);

-- name: read_passages
-- What search reads of it.
SELECT * FROM passages WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s);

-- name: read_feelings
-- What they were felt to say.
SELECT * FROM feelings WHERE user_id = %(user)s AND message_id = ANY(%(messages)s);

-- name: read_replies
-- How they came to be.
SELECT * FROM replies WHERE user_id = %(user)s AND message_id = ANY(%(messages)s);

-- name: read_manners
-- How they were said.
SELECT * FROM manners WHERE user_id = %(user)s AND message_id = ANY(%(messages)s);

-- name: take_messages
-- Out of the table, as they stood.
DELETE FROM messages WHERE user_id = %(user)s AND message_id = ANY(%(messages)s) RETURNING *;

-- name: take_memory_messages
-- Which message each memory is from.
DELETE FROM memory_messages WHERE user_id = %(user)s AND message_id = ANY(%(messages)s) RETURNING *;

-- name: take_memories
-- What was learnt from them.
DELETE FROM memories WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s) RETURNING *;

-- name: take_memory_uses
-- How often that came up.
DELETE FROM memory_uses WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s) RETURNING *;

-- name: take_passages
-- What search reads of it.
DELETE FROM passages WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s) RETURNING *;

-- name: take_feelings
-- What they were felt to say; the sums of the bond keep it.
DELETE FROM feelings WHERE user_id = %(user)s AND message_id = ANY(%(messages)s) RETURNING *;

-- name: take_replies
-- How they came to be.
DELETE FROM replies WHERE user_id = %(user)s AND message_id = ANY(%(messages)s) RETURNING *;

-- name: take_manners
-- How they were said.
DELETE FROM manners WHERE user_id = %(user)s AND message_id = ANY(%(messages)s) RETURNING *;

-- name: postings_in
-- The chunks that some rows are indexed in.
SELECT term, chunk, entries FROM postings WHERE user_id = %(user)s AND bond_id = %(bond)s AND chunk = ANY(%(chunks)s) ORDER BY term, chunk;

-- name: put_entries
-- Chunks without some rows.
UPDATE postings p SET entries = b.entries FROM unnest(%(term)s::bigint[], %(chunk)s::int[], %(entries)s::bytea[]) AS b(term, chunk, entries)
WHERE p.user_id = %(user)s AND p.bond_id = %(bond)s AND p.term = b.term AND p.chunk = b.chunk;

-- name: drop_empty
-- Terms that no row of a chunk holds any more.
DELETE FROM postings WHERE user_id = %(user)s AND bond_id = %(bond)s AND chunk = ANY(%(chunks)s) AND entries = '';

-- name: put_signpost
-- What stays behind of a block.
INSERT INTO signposts (user_id, segment_id, bond_id, conversation_id, block_id, first_at, last_at, messages, bytes, marked, fades_at, centroid, terms, members, felt)
VALUES (%(user)s, %(segment)s, %(bond)s, %(conversation)s, %(block)s, %(first_at)s, %(last_at)s, %(count)s, %(bytes)s, %(marked)s, %(fades_at)s,
        %(centroid)s, %(terms)s, %(members)s, %(felt)s);

-- name: segments_of_block
-- Where what went cold of a block before lies.
SELECT segment_id FROM signposts WHERE user_id = %(user)s AND bond_id = %(bond)s AND block_id = %(block)s;

-- name: take_signposts
-- Whoever takes a signpost brings its block back.
DELETE FROM signposts WHERE user_id = %(user)s AND segment_id = ANY(%(segments)s) RETURNING segment_id;

-- name: moved
-- A block went into the cold or came back: no cache may answer from before, and catalogues are read anew.
UPDATE users SET epoch = epoch + 1, cold = cold + 1 WHERE user_id = %(user)s;

-- name: stand
-- How often blocks of this user have moved, and the user's epoch.
SELECT cold, epoch FROM users WHERE user_id = %(user)s;

-- name: signposts
-- All of a user's.
SELECT segment_id, bond_id, conversation_id, block_id, first_at, last_at, messages, marked, centroid, terms, members, felt
FROM signposts WHERE user_id = %(user)s ORDER BY last_at DESC;

-- name: fading
-- Whose cold blocks hold something that policy may forget by now.
SELECT user_id, array_agg(segment_id) AS segments FROM signposts WHERE fades_at <= %(now)s GROUP BY user_id ORDER BY user_id LIMIT 1;

-- name: warmed
-- What came back is weighed anew; what was forgotten stays forgotten.
UPDATE memory_uses SET tier = 1 WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s) AND tier < 3;
