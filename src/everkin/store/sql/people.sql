-- name: note_entities
-- One more use of each; a new one is told apart, so that who is one with whom is worked out again only when it may change.
INSERT INTO entities AS e (user_id, bond_id, entity_id, kind, first_at, last_at, mentions, heard, block_id, sealed)
SELECT %(user)s, %(bond)s, n.entity, n.kind, n.first, n.last, n.mentions, n.heard::int[], n.block, n.sealed FROM unnest(
  %(entity)s::uuid[], %(kind)s::smallint[], %(first)s::timestamptz[], %(last)s::timestamptz[], %(mentions)s::int[],
  %(heard)s::text[], %(block)s::uuid[], %(sealed)s::bytea[]) AS n(entity, kind, first, last, mentions, heard, block, sealed)
ON CONFLICT (user_id, entity_id) DO UPDATE SET
  first_at = least(e.first_at, excluded.first_at), last_at = greatest(e.last_at, excluded.last_at),
  mentions = e.mentions + excluded.mentions,
  heard = (SELECT array_agg(a + b ORDER BY i) FROM unnest(e.heard, excluded.heard) WITH ORDINALITY AS t(a, b, i))
RETURNING e.entity_id, e.heard, (e.xmax = 0) AS fresh;

-- name: note_aliases
-- What each is found by.
INSERT INTO aliases (user_id, bond_id, alias, entity_id)
SELECT %(user)s, %(bond)s, * FROM unnest(%(alias)s::bigint[], %(of)s::uuid[]) ON CONFLICT DO NOTHING;

-- name: note_edges
-- Which memory speaks of whom. A pronoun of somebody who was erased meanwhile means nobody.
INSERT INTO edges (user_id, source, kind, target, memory_id, form, valid_from)
SELECT %(user)s, n.source, n.kind, n.target, n.source, n.form, n.at
FROM unnest(%(source)s::uuid[], %(edge)s::text[], %(target)s::uuid[], %(form)s::smallint[], %(said)s::timestamptz[])
  AS n(source, kind, target, form, at)
WHERE EXISTS (SELECT FROM entities e WHERE e.user_id = %(user)s AND e.entity_id = n.target)
ON CONFLICT (user_id, source, kind, target) DO UPDATE SET form = least(edges.form, excluded.form);

-- name: note_ties
-- Who says that two are one, or two.
INSERT INTO ties (user_id, bond_id, kind, left_id, right_id, memory_id)
SELECT %(user)s, %(bond)s, * FROM unnest(%(tie)s::smallint[], %(left)s::uuid[], %(right)s::uuid[], %(says)s::uuid[])
ON CONFLICT DO NOTHING RETURNING kind;

-- name: entities
-- Everybody of a bond; of very many those spoken of last.
SELECT entity_id, kind, merged_into, first_at, last_at, mentions, heard, block_id, sealed FROM entities
WHERE user_id = %(user)s AND bond_id = %(bond)s ORDER BY last_at DESC, entity_id LIMIT %(limit)s;

-- name: ties
-- What ties them together or keeps them apart.
SELECT DISTINCT kind, left_id, right_id FROM ties WHERE user_id = %(user)s AND bond_id = %(bond)s;

-- name: merge
-- Who is one with whom; null: with nobody, or the one the others are.
UPDATE entities e SET merged_into = n.into_id FROM unnest(%(entity)s::uuid[], %(into)s::uuid[]) AS n(entity, into_id)
WHERE e.user_id = %(user)s AND e.bond_id = %(bond)s AND e.entity_id = n.entity;

-- name: known_aliases
-- Which of these are names here.
SELECT DISTINCT alias FROM aliases WHERE user_id = %(user)s AND bond_id = %(bond)s AND alias = ANY(%(aliases)s::bigint[]);

-- name: spoken_of
-- Who was spoken of last, at a moment.
SELECT entity_id, block_id, sealed, last_at FROM entities
WHERE user_id = %(user)s AND bond_id = %(bond)s AND last_at <= %(at)s AND last_at > %(since)s
ORDER BY last_at DESC, entity_id LIMIT %(limit)s;

-- name: speaking_of
-- The ways to refer that some names and relations lead to, whose they are, and, once each, what speaks of such a person, packed,
-- newest first. Every step goes by a key, whatever the planner has counted: a word that is nobody's name costs one look into an index.
WITH hit AS MATERIALIZED (
  SELECT e.entity_id, coalesce(e.merged_into, e.entity_id) AS who, e.block_id, e.sealed, false AS lately
  FROM (SELECT DISTINCT entity_id FROM aliases
        WHERE user_id = %(user)s AND bond_id = %(bond)s AND alias = ANY(%(aliases)s::bigint[]) LIMIT %(hits)s) a
  CROSS JOIN LATERAL (SELECT * FROM entities e WHERE e.user_id = %(user)s AND e.entity_id = a.entity_id OFFSET 0) e
  UNION ALL
  (SELECT entity_id, coalesce(merged_into, entity_id), block_id, sealed, true FROM entities
   WHERE user_id = %(user)s AND bond_id = %(bond)s AND last_at <= %(at)s AND last_at > %(since)s
   ORDER BY last_at DESC, entity_id LIMIT %(lately)s)
), person AS MATERIALIZED (
  SELECT d.who, d.told_at, s.said FROM (
    SELECT who, (array_agg(entity_id))[1] AS told_at FROM hit WHERE who <> ALL(%(speakers)s::uuid[]) GROUP BY who) d
  CROSS JOIN LATERAL (
    SELECT string_agg(uuid_send(t.source), ''::bytea) AS said FROM (
      SELECT g.source FROM (
        SELECT d.who AS id UNION ALL
        SELECT o.entity_id FROM entities o WHERE o.user_id = %(user)s AND o.merged_into = d.who) n
      CROSS JOIN LATERAL (
        SELECT source, valid_from FROM edges WHERE user_id = %(user)s AND target = n.id AND kind IN ('mentions', 'about') OFFSET 0) g
      ORDER BY g.valid_from DESC LIMIT %(limit)s) t) s
)
SELECT h.entity_id, h.who, h.block_id, h.sealed, h.lately, CASE WHEN h.entity_id = p.told_at THEN p.said END AS said
FROM hit h JOIN person p USING (who);

-- name: spoken
-- In how many messages each is named, the merged ones together.
SELECT coalesce(e.merged_into, e.entity_id) AS entity, count(DISTINCT g.source) AS messages FROM entities e
JOIN edges g ON g.user_id = e.user_id AND g.target = e.entity_id AND g.kind = 'mentions' AND g.form %% 8 <> 4
WHERE e.user_id = %(user)s AND e.bond_id = %(bond)s GROUP BY 1;

-- name: messages_naming
-- The memories that are messages in which somebody is named, other than by a pronoun.
SELECT DISTINCT source FROM edges WHERE user_id = %(user)s AND target = ANY(%(entities)s) AND kind = 'mentions' AND form %% 8 <> 4;

-- name: facts_about
-- What was ever learnt of somebody, and what their people's own facts of these kinds say.
SELECT memory_id FROM memories m WHERE user_id = %(user)s AND bond_id = %(bond)s AND predicate IS NOT NULL
  AND (about = ANY(%(about)s) OR (about = ANY(%(owners)s) AND predicate = ANY(%(kinds)s)))
  AND EXISTS (SELECT FROM passages p WHERE p.user_id = m.user_id AND p.memory_id = m.memory_id AND p.live)
ORDER BY at, memory_id LIMIT %(limit)s;

-- name: reseal_entity
-- Another name or relation, by hand.
UPDATE entities SET sealed = %(sealed)s WHERE user_id = %(user)s AND bond_id = %(bond)s AND entity_id = %(entity)s;

-- name: lock_bond
-- One writer of a bond at a time.
SELECT FROM bonds WHERE user_id = %(user)s AND bond_id = %(bond)s FOR UPDATE;

-- name: delete_ties
-- What a hand said before of these, and takes back.
DELETE FROM ties WHERE user_id = %(user)s AND bond_id = %(bond)s AND kind = %(against)s
  AND ((left_id = ANY(%(ours)s) AND right_id = ANY(%(theirs)s)) OR (left_id = ANY(%(theirs)s) AND right_id = ANY(%(ours)s)));

-- name: bump_epoch
-- No cache may answer from before this.
UPDATE users SET epoch = epoch + 1 WHERE user_id = %(user)s;

-- name: retired_memories
-- What no message on the current branch says any more.
SELECT DISTINCT s.memory_id FROM memory_messages s WHERE s.user_id = %(user)s AND s.message_id = ANY(%(keys)s)
  AND NOT EXISTS (SELECT FROM memory_messages o JOIN messages g ON g.user_id = o.user_id AND g.message_id = o.message_id
                  WHERE o.user_id = s.user_id AND o.memory_id = s.memory_id AND g.current);

-- name: forget_edges
-- Some memories speak of nobody any more.
DELETE FROM edges WHERE user_id = %(user)s AND source = ANY(%(memories)s) AND kind IN ('mentions', 'about') RETURNING target;

-- name: forget_ties
-- Nor say who is who.
DELETE FROM ties WHERE user_id = %(user)s AND memory_id = ANY(%(memories)s) RETURNING left_id;

-- name: forget_entities
-- Whom nobody names any more is gone.
DELETE FROM entities e WHERE e.user_id = %(user)s AND e.entity_id = ANY(%(entities)s)
  AND NOT EXISTS (SELECT FROM edges g WHERE g.user_id = e.user_id AND g.target = e.entity_id AND g.kind = 'mentions' AND g.form %% 8 <> 4)
RETURNING e.entity_id;

-- name: forget_traces
-- With all that led to them.
WITH a AS (DELETE FROM aliases WHERE user_id = %(user)s AND entity_id = ANY(%(entities)s)),
     g AS (DELETE FROM edges WHERE user_id = %(user)s AND target = ANY(%(entities)s))
DELETE FROM ties WHERE user_id = %(user)s AND kind <> 4 AND (left_id = ANY(%(entities)s) OR right_id = ANY(%(entities)s));

-- name: forget_speakers
-- Nobody has a name where nothing is said.
DELETE FROM ties t WHERE t.user_id = %(user)s AND t.bond_id = %(bond)s AND t.kind = 4
  AND NOT EXISTS (SELECT FROM messages g WHERE g.user_id = t.user_id AND g.bond_id = t.bond_id);

-- name: recount
-- How often and when the others are spoken of without them; an edge carries its time, as its memory may be in the cold.
UPDATE entities e SET mentions = c.mentions, first_at = coalesce(c.first_at, e.first_at), last_at = coalesce(c.last_at, e.last_at), heard = c.heard
FROM (SELECT g.target, count(*) AS mentions, min(g.valid_from) AS first_at, max(g.valid_from) AS last_at,
        ARRAY[count(*) FILTER (WHERE g.form = 0), count(*) FILTER (WHERE g.form = 1), count(*) FILTER (WHERE g.form = 2),
              count(*) FILTER (WHERE g.form = 3), count(*) FILTER (WHERE g.form = 8), count(*) FILTER (WHERE g.form = 9),
              count(*) FILTER (WHERE g.form = 10), count(*) FILTER (WHERE g.form = 11)]::int[] AS heard
      FROM edges g
      WHERE g.user_id = %(user)s AND g.target = ANY(%(entities)s) AND g.kind = 'mentions' AND g.form %% 8 <> 4
      GROUP BY g.target) c
WHERE e.user_id = %(user)s AND e.entity_id = c.target;
