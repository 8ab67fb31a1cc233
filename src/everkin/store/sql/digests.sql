-- name: due
-- Weeks that are over and have another number of messages than when they were digested, in each user's own zone.
WITH said AS (
  SELECT s.user_id, s.bond_id, z.name AS zone, date_trunc('week', s.began AT TIME ZONE z.name)::date AS week, sum(s.messages)::int AS messages
  FROM sessions s JOIN users u USING (user_id), LATERAL (SELECT coalesce(nullif(u.time_zone, ''), %(zone)s)) AS z (name)
  GROUP BY 1, 2, 3, 4)
SELECT s.user_id, s.bond_id, s.messages, s.zone, s.week, b.revision
FROM said s JOIN bonds b USING (user_id, bond_id) LEFT JOIN digests d USING (user_id, bond_id, week)
WHERE s.messages >= %(least)s AND d.messages IS DISTINCT FROM s.messages AND (s.week + 7)::timestamp AT TIME ZONE s.zone <= %(now)s
ORDER BY s.week DESC, s.user_id, s.bond_id LIMIT %(limit)s;

-- name: hold_bond
-- Nothing of the bond is erased or revised until this transaction is over; its revision tells whether it was meanwhile.
SELECT revision FROM bonds WHERE user_id = %(user)s AND bond_id = %(bond)s FOR UPDATE;

-- name: put
-- A week told anew.
INSERT INTO digests (user_id, bond_id, week, messages, memories) VALUES (%(user)s, %(bond)s, %(week)s, %(messages)s, %(memories)s::uuid[])
ON CONFLICT (user_id, bond_id, week) DO UPDATE SET messages = excluded.messages, memories = excluded.memories;

-- name: between
-- The latest first; a week of which nothing is told is not listed.
SELECT d.week, d.messages, d.memories, z.name AS zone, 0 AS revision
FROM digests d JOIN users u USING (user_id), LATERAL (SELECT coalesce(nullif(u.time_zone, ''), %(zone)s)) AS z (name)
WHERE d.user_id = %(user)s AND d.bond_id = %(bond)s AND d.memories <> '{}'
  AND (%(start)s::timestamptz IS NULL OR (d.week + 7)::timestamp AT TIME ZONE z.name > %(start)s)
  AND (%(end)s::timestamptz IS NULL OR d.week::timestamp AT TIME ZONE z.name < %(end)s)
ORDER BY d.week DESC LIMIT %(limit)s;
