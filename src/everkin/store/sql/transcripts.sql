-- name: put_conversation
-- Make the conversation unless somebody was first; either way the id that stands is read next.
INSERT INTO conversations (user_id, conversation_id, bond_id, label_hash)
VALUES (%(user)s, %(conversation)s, %(bond)s, %(label)s)
ON CONFLICT (user_id, bond_id, label_hash) DO NOTHING;

-- name: get_conversation
-- The id behind a label.
SELECT conversation_id FROM conversations WHERE user_id = %(user)s AND bond_id = %(bond)s AND label_hash = %(label)s;

-- name: recent_conversations
-- Where this bond was talked in last.
SELECT conversation_id FROM conversations
WHERE user_id = %(user)s AND bond_id = %(bond)s AND last_at IS NOT NULL ORDER BY last_at DESC LIMIT %(limit)s;

-- name: lock_bond
-- One writer of a bond at a time; the counters are taken under this lock.
SELECT next_ordinal, next_row FROM bonds WHERE user_id = %(user)s AND bond_id = %(bond)s FOR UPDATE;

-- name: advance_bond
-- Take what was counted.
UPDATE bonds SET next_ordinal = %(ordinal)s, next_row = %(row)s WHERE user_id = %(user)s AND bond_id = %(bond)s;

-- name: open_block
-- The block that the conversation's next message is sealed in, and when its last one was said.
SELECT head, block_id, block_size, last_at FROM conversations WHERE user_id = %(user)s AND conversation_id = %(conversation)s;

-- name: revise_bond
-- Passages changed or went: snapshots are read anew.
UPDATE bonds SET revision = revision + 1 WHERE user_id = %(user)s AND bond_id = %(bond)s;

-- name: advance_conversation
-- Move head and block on; a late message does not turn the clock back.
UPDATE conversations SET head = %(head)s, block_id = %(block)s, block_size = %(size)s,
       last_at = greatest(last_at, %(last_at)s)
WHERE user_id = %(user)s AND conversation_id = %(conversation)s;

-- name: bump_epoch
-- No cache may answer from before this.
UPDATE users SET epoch = epoch + 1 WHERE user_id = %(user)s;

-- name: known_ids
-- Which of these ids are current messages. The order is that of the index to be used: without it and without statistics,
-- which a new table lacks for a minute, every message of the bond would be read.
SELECT id_hash FROM messages
WHERE user_id = %(user)s AND bond_id = %(bond)s AND id_hash = ANY(%(hashes)s::bytea[]) AND current ORDER BY id_hash;

-- name: by_id
-- Current messages by the caller's ids, in the order of their index, as above.
SELECT * FROM messages
WHERE user_id = %(user)s AND bond_id = %(bond)s AND id_hash = ANY(%(hashes)s::bytea[]) AND current ORDER BY id_hash;

-- name: by_key
-- Messages by our ids, current or not.
SELECT * FROM messages WHERE user_id = %(user)s AND message_id = ANY(%(keys)s);

-- name: branch
-- The current branch, latest first, so that a limit keeps its end.
SELECT * FROM messages WHERE user_id = %(user)s AND conversation_id = %(conversation)s AND current
ORDER BY at DESC, ordinal DESC LIMIT %(limit)s;

-- name: recent
-- The bond's last words before a moment, over all conversations.
SELECT * FROM messages WHERE user_id = %(user)s AND bond_id = %(bond)s AND current AND at <= %(before)s
ORDER BY at DESC, ordinal DESC LIMIT %(limit)s;

-- name: said
-- The messages that some memories came from, where each stands.
SELECT p.memory_id, g.* FROM memory_messages p JOIN messages g ON g.user_id = p.user_id AND g.message_id = p.message_id
WHERE p.user_id = %(user)s AND p.memory_id = ANY(%(memories)s);

-- name: neighbours
-- The message before and the one after each place in a conversation.
SELECT n.* FROM unnest(%(bond_id)s::uuid[], %(conversation_id)s::uuid[], %(at)s::timestamptz[], %(ordinal)s::int[]) AS g(bond_id, conversation_id, at, ordinal)
CROSS JOIN LATERAL (
  (SELECT * FROM messages b WHERE b.user_id = %(user)s AND b.bond_id = g.bond_id AND b.conversation_id = g.conversation_id AND b.current
     AND (b.at, b.ordinal) < (g.at, g.ordinal) ORDER BY b.at DESC, b.ordinal DESC LIMIT 1)
  UNION ALL
  (SELECT * FROM messages a WHERE a.user_id = %(user)s AND a.bond_id = g.bond_id AND a.conversation_id = g.conversation_id AND a.current
     AND (a.at, a.ordinal) > (g.at, g.ordinal) ORDER BY a.at, a.ordinal LIMIT 1)
) n;

-- name: latest
-- The bond's last messages, latest first.
SELECT * FROM messages WHERE user_id = %(user)s AND bond_id = %(bond)s AND current ORDER BY at DESC, ordinal DESC LIMIT %(limit)s;

-- name: put_messages
-- All of them in one statement.
INSERT INTO messages (user_id, bond_id, conversation_id, message_id, parent_id, revises, id_hash, ordinal, role, delivery, current, at, block_id, sealed)
SELECT %(user)s, %(bond)s, %(conversation)s, * FROM unnest(
  %(message)s::uuid[], %(parent)s::uuid[], %(revises)s::uuid[], %(id_hash)s::bytea[], %(ordinal)s::int[],
  %(role)s::smallint[], %(delivery)s::smallint[], %(current)s::boolean[], %(at)s::timestamptz[], %(block)s::uuid[], %(sealed)s::bytea[]);

-- name: retire_messages
-- They stay in the tree, off the current branch.
UPDATE messages SET current = false WHERE user_id = %(user)s AND message_id = ANY(%(keys)s);

-- name: retire_passages
-- What was said on another branch alone is not remembered from; what was said elsewhere too stays.
UPDATE passages SET live = false
WHERE user_id = %(user)s AND memory_id IN (SELECT memory_id FROM memory_messages WHERE user_id = %(user)s AND message_id = ANY(%(keys)s))
  AND NOT EXISTS (SELECT FROM memory_messages s JOIN messages g ON g.user_id = s.user_id AND g.message_id = s.message_id
                  WHERE s.user_id = %(user)s AND s.memory_id = passages.memory_id AND g.current);

-- name: release_passages
-- What only a message that is no longer current had superseded stands again, in search too.
UPDATE passages o SET successor = -1 FROM passages n
WHERE o.user_id = %(user)s AND o.bond_id = %(bond)s AND n.user_id = o.user_id AND n.bond_id = o.bond_id AND n.row = o.successor AND NOT n.live;

-- name: release_memories
-- And in itself.
UPDATE memories m SET superseded_by = NULL, valid_to = NULL
WHERE m.user_id = %(user)s AND m.bond_id = %(bond)s AND m.superseded_by IN (
  SELECT s.memory_id FROM memory_messages s WHERE s.user_id = %(user)s AND s.message_id = ANY(%(keys)s)
    AND NOT EXISTS (SELECT FROM passages p WHERE p.user_id = %(user)s AND p.memory_id = s.memory_id AND p.live));

-- name: retire_digests
-- The weeks they told are told anew.
DELETE FROM digests WHERE user_id = %(user)s AND bond_id = %(bond)s AND memories && ARRAY(
  SELECT memory_id FROM memory_messages WHERE user_id = %(user)s AND message_id = ANY(%(keys)s));

-- name: put_memories
-- Memories of new messages.
INSERT INTO memories (user_id, bond_id, memory_id, kind, predicate, about, of_user, superseded_by, topic, importance, pinned, safety, at, valid_from, valid_to, block_id, sealed)
SELECT %(user)s, %(bond)s, * FROM unnest(
  %(memory)s::uuid[], %(kind)s::smallint[], %(predicate)s::text[], %(about)s::bigint[], %(of_user)s::boolean[], %(superseded_by)s::uuid[], %(topic)s::int[], %(importance)s::real[], %(pinned)s::boolean[], %(safety)s::boolean[], %(at)s::timestamptz[],
  %(valid_from)s::timestamptz[], %(valid_to)s::timestamptz[], %(block)s::uuid[], %(sealed)s::bytea[]);

-- name: put_provenance
-- Which message each came from.
INSERT INTO memory_messages (user_id, memory_id, message_id)
SELECT %(user)s, * FROM unnest(%(memory)s::uuid[], %(message)s::uuid[]) ON CONFLICT DO NOTHING;

-- name: renew
-- They were said again.
UPDATE passages p SET renewed_at = greatest(p.renewed_at, r.at)
FROM unnest(%(memory)s::uuid[], %(at)s::timestamptz[]) AS r(memory, at)
WHERE p.user_id = %(user)s AND p.memory_id = r.memory;

-- name: mention
-- Somebody spoke of them again; a second time in one session only moves that session's time forward.
INSERT INTO memory_uses AS u (user_id, memory_id, mentions, mentioned_at)
SELECT m.user_id, m.memory_id,
       CASE WHEN abs(extract(epoch FROM r.at - m.at)) <= %(gap)s THEN 1 ELSE 2 END,
       CASE WHEN abs(extract(epoch FROM r.at - m.at)) <= %(gap)s THEN ARRAY[greatest(r.at, m.at)] ELSE ARRAY[greatest(r.at, m.at), m.at] END
FROM (SELECT memory, max(at) AS at FROM unnest(%(memory)s::uuid[], %(at)s::timestamptz[]) AS r(memory, at) GROUP BY memory) r
  JOIN memories m ON m.user_id = %(user)s AND m.memory_id = r.memory
ON CONFLICT (user_id, memory_id) DO UPDATE SET
  mentions = CASE WHEN u.mentioned_at IS NULL THEN excluded.mentions
                  WHEN abs(extract(epoch FROM excluded.mentioned_at[1] - u.mentioned_at[1])) <= %(gap)s THEN u.mentions ELSE u.mentions + 1 END,
  mentioned_at = CASE WHEN u.mentioned_at IS NULL THEN excluded.mentioned_at
                      WHEN abs(extract(epoch FROM excluded.mentioned_at[1] - u.mentioned_at[1])) <= %(gap)s
                        THEN greatest(excluded.mentioned_at[1], u.mentioned_at[1]) || u.mentioned_at[2:]
                      ELSE (SELECT array_agg(t ORDER BY t DESC) FROM
                            (SELECT t FROM unnest(excluded.mentioned_at[1] || u.mentioned_at) AS t ORDER BY t DESC LIMIT %(kept)s) AS last) END;

-- name: put_passages
-- What search will read.
INSERT INTO passages (user_id, bond_id, row, memory_id, ordinal, at, speaker, kind, length, flags, salience, renewed_at, embedder, embedding)
SELECT %(user)s, %(bond)s, * FROM unnest(
  %(row)s::int[], %(memory)s::uuid[], %(ordinal)s::int[], %(at)s::timestamptz[], %(speaker)s::smallint[], %(kind)s::smallint[],
  %(length)s::int[], %(flags)s::int[], %(salience)s::real[], %(at)s::timestamptz[], %(embedder)s::smallint[], %(embedding)b::halfvec[]);

-- name: put_postings
-- Append the new rows to each term's chunk.
INSERT INTO postings (user_id, bond_id, term, chunk, entries)
SELECT %(user)s, %(bond)s, * FROM unnest(%(term)s::bigint[], %(chunk)s::int[], %(entries)s::bytea[])
ON CONFLICT (user_id, bond_id, term, chunk) DO UPDATE SET entries = postings.entries || excluded.entries;

-- name: supersede
-- The old one stays, and says what took its place.
UPDATE memories m SET superseded_by = s.newer, valid_to = coalesce(m.valid_to, s.since)
FROM unnest(%(older)s::uuid[], %(newer)s::uuid[], %(since)s::timestamptz[]) AS s(older, newer, since)
WHERE m.user_id = %(user)s AND m.memory_id = s.older AND m.superseded_by IS NULL;

-- name: supersede_passages
-- Search sees it too.
UPDATE passages p SET successor = s.successor
FROM unnest(%(older)s::uuid[], %(successor)s::int[]) AS s(older, successor)
WHERE p.user_id = %(user)s AND p.memory_id = s.older AND p.successor < 0;

-- name: pending
-- Where a message lies whose words are still coming.
SELECT block_id, ordinal FROM messages WHERE user_id = %(user)s AND message_id = %(message)s;

-- name: finish_message
-- The last words of a message that was pending.
UPDATE messages SET delivery = %(delivery)s, sealed = %(sealed)s WHERE user_id = %(user)s AND message_id = %(message)s;


-- name: put_disclosures
-- What safety must never forget; said once a message and category.
INSERT INTO disclosures (user_id, bond_id, disclosure_id, message_id, category, level, at)
SELECT %(user)s, %(bond)s, * FROM unnest(
  %(disclosure)s::uuid[], %(message)s::uuid[], %(category)s::smallint[], %(level)s::smallint[], %(at)s::timestamptz[])
ON CONFLICT (user_id, message_id, category) DO NOTHING;
