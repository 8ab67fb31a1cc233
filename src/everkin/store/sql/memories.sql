-- name: get
-- Memories with their use and the messages they came from, their own first and then those that say it again.
-- Each is looked up by its key (OFFSET 0 keeps it so), whatever the planner knows of a table that was just filled.
SELECT m.*, u.uses, u.last_used_at, u.first_used_at, u.mentions, u.mentioned_at, u.tier, u.fading_since, s.sources, r.stands AS repeats
FROM unnest(%(ids)s::uuid[]) AS i (id)
CROSS JOIN LATERAL (SELECT * FROM memories WHERE user_id = %(user)s AND memory_id = i.id OFFSET 0) m
CROSS JOIN LATERAL (
  SELECT array_agg(f.message_id ORDER BY f.again, f.message_id) AS sources FROM (
    SELECT message_id, false AS again FROM memory_messages WHERE user_id = %(user)s AND memory_id = i.id
    UNION ALL
    SELECT p.message_id, true FROM repeats o JOIN memory_messages p USING (user_id, memory_id)
    WHERE o.user_id = %(user)s AND o.stands = i.id) f) s
LEFT JOIN LATERAL (SELECT * FROM memory_uses WHERE user_id = %(user)s AND memory_id = i.id OFFSET 0) u ON true
LEFT JOIN LATERAL (SELECT stands FROM repeats WHERE user_id = %(user)s AND memory_id = i.id OFFSET 0) r ON true;

-- name: timeline
-- What is current, newest first, between two moments.
SELECT memory_id, at FROM memories m
WHERE user_id = %(user)s AND bond_id = %(bond)s
  AND (%(start)s::timestamptz IS NULL OR at >= %(start)s) AND (%(end)s::timestamptz IS NULL OR at < %(end)s)
  AND (%(kind)s::smallint IS NULL OR kind = %(kind)s)
  AND (kind <> 0 OR EXISTS (SELECT FROM passages p WHERE p.user_id = m.user_id AND p.memory_id = m.memory_id AND p.live))
ORDER BY at DESC, memory_id DESC LIMIT %(limit)s;

-- name: fading
-- What was forgotten by policy, or waits out its grace.
SELECT m.memory_id, m.at FROM memory_uses u JOIN memories m USING (user_id, memory_id)
WHERE u.user_id = %(user)s AND m.bond_id = %(bond)s AND (u.tier = 3 OR u.fading_since IS NOT NULL) ORDER BY m.at DESC LIMIT %(limit)s;

-- name: messages_of
-- The messages that some memories, and those that say the same, came from; each is looked up by its key.
SELECT g.* FROM (
  SELECT p.message_id FROM unnest(%(ids)s::uuid[]) AS i (id)
  CROSS JOIN LATERAL (SELECT message_id FROM memory_messages WHERE user_id = %(user)s AND memory_id = i.id OFFSET 0) p
  UNION
  SELECT p.message_id FROM repeats s JOIN memory_messages p USING (user_id, memory_id)
  WHERE s.user_id = %(user)s AND s.stands = ANY(%(ids)s)) AS w
CROSS JOIN LATERAL (SELECT * FROM messages WHERE user_id = %(user)s AND message_id = w.message_id OFFSET 0) g;

-- name: sources
-- The messages one memory came from, and those that say it again.
SELECT g.* FROM messages g JOIN memory_messages p ON p.user_id = g.user_id AND p.message_id = g.message_id
WHERE p.user_id = %(user)s AND (p.memory_id = %(memory)s
  OR p.memory_id IN (SELECT memory_id FROM repeats WHERE user_id = %(user)s AND stands = %(memory)s)) ORDER BY g.at, g.ordinal;

-- name: episodes
-- The memories that are what some messages said.
SELECT DISTINCT m.memory_id FROM memories m JOIN memory_messages s ON s.user_id = m.user_id AND s.memory_id = m.memory_id
WHERE m.user_id = %(user)s AND s.message_id = ANY(%(messages)s) AND m.kind = 0;

-- name: bond_of
-- Whose bond a memory is in.
SELECT bond_id FROM memories WHERE user_id = %(user)s AND memory_id = %(memory)s;

-- name: pin
-- A pinned memory never fades.
UPDATE memories SET pinned = %(pinned)s WHERE user_id = %(user)s AND memory_id = %(memory)s;

-- name: touch
-- One use more; the wide row stays as it is.
INSERT INTO memory_uses (user_id, memory_id, uses, first_used_at, last_used_at)
SELECT %(user)s, memory_id, 1, %(at)s, %(at)s FROM memories WHERE user_id = %(user)s AND memory_id = ANY(%(ids)s)
ON CONFLICT (user_id, memory_id) DO UPDATE
SET uses = memory_uses.uses + 1, first_used_at = coalesce(memory_uses.first_used_at, excluded.first_used_at),
    last_used_at = greatest(memory_uses.last_used_at, excluded.last_used_at);

-- name: facts
-- What stands: the bond's own facts, and those about the user that are shared between bonds. As of a day before it was
-- told, a fact is not known.
SELECT memory_id FROM memories m
WHERE user_id = %(user)s AND predicate = ANY(%(kinds)s) AND superseded_by IS NULL AND (valid_to IS NULL OR valid_to > %(at)s)
  AND at <= %(at)s::timestamptz + interval '1 day'
  AND (bond_id = %(bond)s OR (of_user AND predicate = ANY(%(shared)s)))
  AND EXISTS (SELECT FROM passages p WHERE p.user_id = m.user_id AND p.memory_id = m.memory_id AND p.live)
ORDER BY at DESC, memory_id DESC LIMIT %(limit)s;

-- name: told
-- What was told of certain kinds and was not put right, over or not, the latest told first. By the index `memories_about`.
SELECT memory_id FROM memories m
WHERE user_id = %(user)s AND predicate = ANY(%(kinds)s) AND superseded_by IS NULL AND bond_id = %(bond)s
  AND EXISTS (SELECT FROM passages p WHERE p.user_id = m.user_id AND p.memory_id = m.memory_id AND p.live)
ORDER BY at DESC, memory_id DESC LIMIT %(limit)s;

-- name: shared
-- Facts that stand about the user, of shared kinds, in the user's other bonds; no row for a user of one bond.
-- At most eight bonds, so that the work of a question is bounded.
SELECT m.bond_id, array_agg(m.memory_id) AS memories FROM bonds b JOIN memories m ON m.user_id = b.user_id AND m.bond_id = b.bond_id
WHERE b.user_id = %(user)s AND b.bond_id <> %(bond)s AND m.of_user AND m.predicate = ANY(%(shared)s) AND m.superseded_by IS NULL
GROUP BY m.bond_id ORDER BY count(*) DESC, m.bond_id LIMIT 8;

-- name: later
-- What holds now in place of a superseded fact: of these facts, and of those learnt from the messages these memories are.
-- It begins with what was superseded: that is little, and mostly none of it is here.
WITH RECURSIVE old AS MATERIALIZED (
  SELECT memory_id, superseded_by FROM memories WHERE user_id = %(user)s AND superseded_by IS NOT NULL
), chain (episode, later, steps) AS (
  SELECT e.memory_id, o.superseded_by, 1 FROM old o
  JOIN memory_messages s ON s.user_id = %(user)s AND s.memory_id = o.memory_id
  JOIN memory_messages e ON e.user_id = %(user)s AND e.message_id = s.message_id AND e.memory_id = ANY(%(ids)s)
  JOIN memories own ON own.user_id = %(user)s AND own.memory_id = e.memory_id
  WHERE own.kind = 0 OR s.memory_id = e.memory_id
  UNION
  SELECT c.episode, o.superseded_by, c.steps + 1 FROM chain c JOIN old o ON o.memory_id = c.later WHERE c.steps < 16
)
SELECT DISTINCT ON (episode) episode AS memory_id, later FROM chain ORDER BY episode, steps DESC;

-- name: known_facts
-- What stands on some subjects, and is said by a current message other than these.
SELECT m.memory_id, m.predicate, m.valid_from, m.valid_to, m.at, m.block_id, m.sealed
FROM unnest(%(predicates)s::text[]) AS i (predicate) CROSS JOIN unnest(%(about)s::bigint[]) AS j (about)
CROSS JOIN LATERAL (
  SELECT * FROM memories
  WHERE user_id = %(user)s AND predicate = i.predicate AND about = j.about AND superseded_by IS NULL AND bond_id = %(bond)s OFFSET 0) m
WHERE EXISTS (SELECT FROM memory_messages s JOIN messages g ON g.user_id = s.user_id AND g.message_id = s.message_id
              WHERE s.user_id = %(user)s AND s.memory_id = m.memory_id AND g.current AND NOT g.message_id = ANY(%(apart_from)s))
ORDER BY m.at DESC LIMIT 500;

-- name: related
-- Memories within `hops` steps of one memory in the graph of memories and entities; merged entities are one. At most 200 ways from each.
WITH RECURSIVE walk (id, hops) AS (
  SELECT %(start)s::uuid, 0
  UNION
  SELECT n.id, w.hops + 1 FROM walk w CROSS JOIN LATERAL (
    SELECT e.target AS id FROM edges e WHERE e.user_id = %(user)s AND e.source = w.id
    UNION
    SELECT e.source FROM entities one
    JOIN entities same ON same.user_id = one.user_id AND same.bond_id = one.bond_id
      AND coalesce(same.merged_into, same.entity_id) = coalesce(one.merged_into, one.entity_id)
    JOIN edges e ON e.user_id = same.user_id AND e.target = same.entity_id
    WHERE one.user_id = %(user)s AND one.entity_id = w.id
    LIMIT 200
  ) n
  WHERE w.hops < %(hops)s
)
SELECT DISTINCT m.memory_id FROM walk w JOIN memories m ON m.user_id = %(user)s AND m.memory_id = w.id
WHERE m.memory_id <> %(start)s LIMIT %(limit)s;

-- name: disclosures_in
-- Those in these states, of all of the user's bonds, newest first.
SELECT * FROM disclosures WHERE user_id = %(user)s AND state = ANY(%(states)s) ORDER BY at DESC;

-- name: move_disclosure
-- A compare-and-set of its state.
UPDATE disclosures SET state = %(to)s, reviewed_at = %(at)s
WHERE user_id = %(user)s AND disclosure_id = %(disclosure)s AND state = %(from)s;

-- name: disclosures_moved
-- Contexts made before say what stood then.
UPDATE users SET epoch = epoch + 1 WHERE user_id = %(user)s;

-- name: put_reply
-- How a reply came to be.
INSERT INTO replies (user_id, message_id, bond_id, provider, model, parameters, persona_version, context_digest, verdict, fault, prompt_tokens, reply_tokens, at)
VALUES (%(user)s, %(message)s, %(bond)s, %(provider)s, %(model)s, %(parameters)s, %(persona_version)s, %(context_digest)s, %(verdict)s, %(fault)s,
        %(prompt_tokens)s, %(reply_tokens)s, %(at)s)
ON CONFLICT (user_id, message_id) DO NOTHING;

-- name: get_reply
-- One reply's record.
SELECT * FROM replies WHERE user_id = %(user)s AND message_id = %(message)s;

-- name: versions
-- Which versions of a persona have replied, each with its first reply.
SELECT min(at) AS at, persona_version FROM replies WHERE user_id = %(user)s AND bond_id = %(bond)s AND at <= %(until)s GROUP BY persona_version ORDER BY 1;
