-- name: put_felt
-- What messages add; one that was felt before is a mistake, and refused.
INSERT INTO feelings (user_id, message_id, bond_id, at, impulse, marker, strength, event)
SELECT %(user)s, message, %(bond)s, at, impulse, marker, strength, event
FROM unnest(%(message)s::uuid[], %(at)s::timestamptz[], %(impulse)s::bytea[], %(marker)s::smallint[], %(strength)s::real[], %(event)s::timestamptz[])
  AS f (message, at, impulse, marker, strength, event);

-- name: take_felt
-- What messages that go had added.
DELETE FROM feelings WHERE user_id = %(user)s AND message_id = ANY(%(messages)s::uuid[]) RETURNING at, impulse;

-- name: lock_sums
-- The sums, against the hourly batch and other writers.
SELECT as_of, sums FROM emotions WHERE user_id = %(user)s AND bond_id = %(bond)s FOR UPDATE;

-- name: put_sums
-- The sums anew.
INSERT INTO emotions (user_id, bond_id, as_of, sums) VALUES (%(user)s, %(bond)s, %(as_of)s, %(sums)s::float8[])
ON CONFLICT (user_id, bond_id) DO UPDATE SET as_of = excluded.as_of, sums = excluded.sums;

-- name: get_sums
-- Where a bond's feelings stand.
SELECT as_of, sums FROM emotions WHERE user_id = %(user)s AND bond_id = %(bond)s;

-- name: terms
-- What each message added, in order, up to a moment.
SELECT at, impulse FROM feelings WHERE user_id = %(user)s AND bond_id = %(bond)s AND at <= %(until)s ORDER BY at;

-- name: mentions
-- Of what stays with people, within reach of the longest marker.
SELECT message_id, at, marker, strength, event FROM feelings
WHERE user_id = %(user)s AND bond_id = %(bond)s AND marker IS NOT NULL AND at BETWEEN %(since)s AND %(until)s;

-- name: fade
-- Bonds of the whole cell up to a moment, as many as asked for. Again, or up to an earlier one, changes nothing; a bond that
-- is being written to right now is moved by that. What is too small to matter is set to nothing: PostgreSQL raises on underflow.
WITH due AS (
  SELECT user_id, bond_id, extract(epoch FROM %(until)s::timestamptz - as_of)::float8 / 3600 AS hours
  FROM emotions WHERE as_of < %(until)s LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE emotions e SET as_of = %(until)s, sums = (
  SELECT array_agg(CASE WHEN abs(s.value) < 1e-30 THEN 0
                        ELSE s.value * exp(greatest(-300, -ln(2::float8) * due.hours / h.hours)) END ORDER BY s.place)
  FROM unnest(e.sums) WITH ORDINALITY AS s (value, place)
  JOIN unnest(%(half_lives)s::float8[]) WITH ORDINALITY AS h (hours, place) USING (place))
FROM due WHERE e.user_id = due.user_id AND e.bond_id = due.bond_id;
