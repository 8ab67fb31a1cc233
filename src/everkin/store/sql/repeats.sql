-- name: due
-- The bond with the longest stretch that was not looked through; ids and counters are all that this role may see.
SELECT user_id, bond_id, consolidated, next_row FROM bonds WHERE consolidated < next_row ORDER BY next_row - consolidated DESC, user_id LIMIT 1;

-- name: alike
-- Of a stretch of rows, what lies near a row not far before it of the same speaker; each memory of one passage, and none that has an heir.
SELECT n.memory_id AS newer, o.memory_id AS older, -(n.embedding <#> o.embedding) AS cosine
FROM passages n JOIN passages o ON o.user_id = n.user_id AND o.bond_id = n.bond_id AND o.row < n.row AND o.row >= n.row - %(reach)s AND o.speaker = n.speaker
WHERE n.user_id = %(user)s AND n.bond_id = %(bond)s AND n.row >= %(first)s AND n.row < %(end)s
  AND n.live AND o.live AND n.kind = 0 AND o.kind = 0 AND n.successor < 0 AND o.successor < 0
  AND n.embedding IS NOT NULL AND o.embedding IS NOT NULL AND -(n.embedding <#> o.embedding) >= %(least)s
  AND NOT EXISTS (SELECT FROM passages t WHERE t.user_id = n.user_id AND t.memory_id IN (n.memory_id, o.memory_id)
                  AND t.bond_id = n.bond_id AND t.row NOT IN (n.row, o.row))
ORDER BY n.row, cosine DESC;

-- name: put_repeats
-- Said again: search is led from each to the one that stands.
INSERT INTO repeats (user_id, memory_id, stands)
SELECT %(user)s, r.memory, r.stands FROM unnest(%(memory)s::uuid[], %(stands)s::uuid[]) AS r(memory, stands)
WHERE (SELECT count(*) FROM memories m WHERE m.user_id = %(user)s AND m.memory_id IN (r.memory, r.stands)) = 2
ON CONFLICT DO NOTHING;

-- name: lead
-- In the search rows too; whoever erases the one that stands sets the other free again.
UPDATE passages p SET successor = s.row FROM repeats r JOIN passages s ON s.user_id = r.user_id AND s.memory_id = r.stands
WHERE p.user_id = %(user)s AND p.bond_id = %(bond)s AND r.user_id = p.user_id AND r.memory_id = p.memory_id
  AND r.memory_id = ANY(%(memory)s) AND p.successor < 0;

-- name: advance
-- Looked through up to here; never backwards.
UPDATE bonds SET consolidated = greatest(consolidated, %(end)s) WHERE user_id = %(user)s AND bond_id = %(bond)s;

-- name: part
-- They are two again.
DELETE FROM repeats WHERE user_id = %(user)s AND memory_id = %(memory)s;

-- name: free
-- In search too.
UPDATE passages SET successor = -1 WHERE user_id = %(user)s AND memory_id = %(memory)s;
