-- name: due
-- Weeks that are over and have another number of messages than when they were digested, in each user's own zone; where
-- PostgreSQL does not know that, in the house's, or in UTC.
WITH zones AS MATERIALIZED (SELECT name FROM pg_timezone_names),
people AS (
  SELECT u.user_id, coalesce(own.name, house.name, 'UTC') AS zone
  FROM users u LEFT JOIN zones own ON own.name = u.time_zone LEFT JOIN zones house ON house.name = %(zone)s),
said AS (
  SELECT s.user_id, s.bond_id, p.zone, date_trunc('week', s.began AT TIME ZONE p.zone)::date AS week, sum(s.messages)::int AS messages
  FROM sessions s JOIN people p USING (user_id)
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
INSERT INTO digests (user_id, bond_id, week, zone, messages, memories)
VALUES (%(user)s, %(bond)s, %(week)s, %(zone)s, %(messages)s, %(memories)s::uuid[])
ON CONFLICT (user_id, bond_id, week) DO UPDATE SET zone = excluded.zone, messages = excluded.messages, memories = excluded.memories;

-- name: between
-- The latest first; a week of which nothing is told is not listed.
SELECT week, zone, messages, memories, 0 AS revision FROM digests
WHERE user_id = %(user)s AND bond_id = %(bond)s AND memories <> '{}'
  AND (%(start)s::timestamptz IS NULL OR (week + 7)::timestamp AT TIME ZONE zone > %(start)s)
  AND (%(end)s::timestamptz IS NULL OR week::timestamp AT TIME ZONE zone < %(end)s)
ORDER BY week DESC LIMIT %(limit)s;
