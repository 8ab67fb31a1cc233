-- name: hold_user
-- A job that writes rows of this user has finished, or begins after this transaction.
SELECT pg_advisory_xact_lock(hashtextextended(%(user)s::text, 0));

-- name: unlist_person
-- The name leads nowhere any more.
DELETE FROM directory WHERE user_id = %(user)s;

-- name: messages_of_memory
-- The messages a memory came from, those that say it again, and all their revisions, earlier and later, with their blocks.
WITH RECURSIVE said AS (
  SELECT g.message_id, g.revises, g.block_id, g.bond_id FROM messages g
  JOIN memory_messages p ON p.user_id = g.user_id AND p.message_id = g.message_id
  WHERE p.user_id = %(user)s AND (p.memory_id = %(memory)s
    OR p.memory_id IN (SELECT memory_id FROM repeats WHERE user_id = %(user)s AND stands = %(memory)s))
  UNION
  SELECT g.message_id, g.revises, g.block_id, g.bond_id FROM messages g
  JOIN said s ON g.message_id = s.revises OR g.revises = s.message_id WHERE g.user_id = %(user)s
)
SELECT message_id, block_id, bond_id FROM said;

-- name: memories_of_messages
-- Everything that was learnt from those messages.
SELECT DISTINCT memory_id FROM memory_messages WHERE user_id = %(user)s AND message_id = ANY(%(messages)s);

-- name: rows_of_memories
-- The passages to take out of the index.
SELECT row FROM passages WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s);

-- name: postings_in
-- The chunks those rows are indexed in.
SELECT term, chunk, entries FROM postings WHERE user_id = %(user)s AND bond_id = %(bond)s AND chunk = ANY(%(chunks)s);

-- name: put_entries
-- A chunk without them.
UPDATE postings SET entries = %(entries)s WHERE user_id = %(user)s AND bond_id = %(bond)s AND term = %(term)s AND chunk = %(chunk)s;

-- name: delete_entries
-- A term nobody says any more.
DELETE FROM postings WHERE user_id = %(user)s AND bond_id = %(bond)s AND term = %(term)s AND chunk = %(chunk)s;

-- name: sealed_in_block
-- What else is sealed under the key that has to go.
SELECT 'messages' AS place, message_id AS id, sealed FROM messages WHERE user_id = %(user)s AND block_id = %(block)s
UNION ALL
SELECT 'memories', memory_id, sealed FROM memories WHERE user_id = %(user)s AND block_id = %(block)s
UNION ALL
SELECT 'entities', entity_id, sealed FROM entities WHERE user_id = %(user)s AND block_id = %(block)s;

-- name: reseal_messages
-- Under the fresh key.
UPDATE messages SET block_id = %(fresh)s, sealed = %(sealed)s WHERE user_id = %(user)s AND message_id = %(id)s;

-- name: reseal_memories
-- Under the fresh key; one that has no words of its own only moves.
UPDATE memories SET block_id = %(fresh)s, sealed = %(sealed)s WHERE user_id = %(user)s AND memory_id = %(id)s;

-- name: reseal_entities
-- Under the fresh key.
UPDATE entities SET block_id = %(fresh)s, sealed = %(sealed)s WHERE user_id = %(user)s AND entity_id = %(id)s;

-- name: move_open_block
-- A conversation goes on in the fresh block.
UPDATE conversations SET block_id = %(fresh)s WHERE user_id = %(user)s AND block_id = %(block)s;

-- name: relink_children
-- What answered an erased message now follows what came before it.
UPDATE messages c SET parent_id = g.parent_id FROM messages g
WHERE c.user_id = %(user)s AND g.user_id = %(user)s AND c.parent_id = g.message_id AND g.message_id = ANY(%(messages)s);

-- name: relink_heads
-- So does a conversation that ended in one.
UPDATE conversations c SET head = g.parent_id FROM messages g
WHERE c.user_id = %(user)s AND g.user_id = %(user)s AND c.head = g.message_id AND g.message_id = ANY(%(messages)s);

-- name: delete_messages
-- The words.
DELETE FROM messages WHERE user_id = %(user)s AND message_id = ANY(%(messages)s);

-- name: delete_owed
-- Nobody owes them an answer any more.
DELETE FROM owed WHERE user_id = %(user)s AND message_id = ANY(%(messages)s);

-- name: delete_replies
-- How they came to be.
DELETE FROM replies WHERE user_id = %(user)s AND message_id = ANY(%(messages)s);

-- name: delete_disclosures
-- What they disclosed.
DELETE FROM disclosures WHERE user_id = %(user)s AND message_id = ANY(%(messages)s);

-- name: delete_provenance
-- Where their memories came from.
DELETE FROM memory_messages WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s);

-- name: unlink_passages
-- What they had superseded stands again in search too.
UPDATE passages SET successor = -1 WHERE user_id = %(user)s AND bond_id = %(bond)s
  AND successor IN (SELECT row FROM passages WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s));

-- name: delete_passages
-- What search read of them.
DELETE FROM passages WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s);

-- name: delete_uses
-- How often they were used.
DELETE FROM memory_uses WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s);

-- name: delete_repeats
-- What repeated them stands by itself again, and they repeat nothing any more.
DELETE FROM repeats WHERE user_id = %(user)s AND (memory_id = ANY(%(memories)s) OR stands = ANY(%(memories)s));

-- name: delete_flags
-- What was found wrong with them.
DELETE FROM quality_flags WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s);

-- name: delete_digests
-- The weeks they told are told anew from what remains.
DELETE FROM digests WHERE user_id = %(user)s AND bond_id = %(bond)s AND memories && %(memories)s::uuid[];

-- name: delete_edges
-- Their place in the graph.
DELETE FROM edges WHERE user_id = %(user)s AND (source = ANY(%(memories)s) OR target = ANY(%(memories)s) OR memory_id = ANY(%(memories)s));

-- name: unlink_successors
-- What an erased memory had superseded stands again.
UPDATE memories SET superseded_by = NULL, valid_to = NULL WHERE user_id = %(user)s AND superseded_by = ANY(%(memories)s);

-- name: delete_memories
-- The memories themselves.
DELETE FROM memories WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s);

-- name: revise_bond
-- Snapshots are read anew.
UPDATE bonds SET revision = revision + 1 WHERE user_id = %(user)s AND bond_id = %(bond)s;

-- name: move_epoch
-- No cache may answer from before this.
UPDATE users SET epoch = epoch + 1 WHERE user_id = %(user)s;

-- name: doom
-- In the same commit as the deletion: these keys have to go.
INSERT INTO doomed (user_id, block_id, memory_id) SELECT %(user)s, unnest(%(blocks)s::uuid[]), %(memory)s ON CONFLICT DO NOTHING;

-- name: doomed
-- What is still to be destroyed, of the whole cell.
SELECT user_id, block_id, memory_id FROM doomed;

-- name: spend
-- They are gone.
DELETE FROM doomed WHERE user_id = %(user)s AND block_id = ANY(%(blocks)s::uuid[]);

-- name: replayed
-- The ledger was followed up to here.
UPDATE cell SET replayed_at = %(now)s;

-- name: delete_outcomes
-- What a rollout did not count yet of the bond is counted afresh from the replies that remain.
DELETE FROM rollout_outcomes WHERE user_id = %(user)s AND bond_id = %(bond)s AND NOT counted;

-- name: delete_manners
-- How they were said.
DELETE FROM manners WHERE user_id = %(user)s AND message_id = ANY(%(messages)s::uuid[]);

-- name: calm_voice
-- Whether the voice has drifted is told anew by the next reply, from those that remain.
UPDATE voices SET drift = 0, raised_at = NULL WHERE user_id = %(user)s AND bond_id = %(bond)s;
