-- name: get_consent
-- What the user allows.
SELECT enabled, quiet_from, quiet_until, per_day, per_week FROM consents WHERE user_id = %(user)s AND bond_id = %(bond)s;

-- name: put_consent
-- What the user allows from now on.
INSERT INTO consents (user_id, bond_id, enabled, quiet_from, quiet_until, per_day, per_week, changed_at, look_at)
VALUES (%(user)s, %(bond)s, %(enabled)s, %(quiet_from)s, %(quiet_until)s, %(per_day)s, %(per_week)s, %(at)s, %(at)s)
ON CONFLICT (user_id, bond_id) DO UPDATE SET enabled = excluded.enabled, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
  per_day = excluded.per_day, per_week = excluded.per_week, changed_at = excluded.changed_at, look_at = excluded.look_at;

-- name: withdraw_all
-- Nothing that has reached nobody yet is said any more.
UPDATE overtures SET stand = 3 WHERE user_id = %(user)s AND bond_id = %(bond)s AND stand < 2;

-- name: to_look_at
-- Whose turn it is, of the whole cell; ids and times are all that this role may see.
SELECT user_id, bond_id FROM consents WHERE enabled AND look_at <= %(at)s ORDER BY look_at LIMIT %(limit)s;

-- name: look_at
-- Take the turn.
UPDATE consents SET look_at = %(again)s WHERE user_id = %(user)s AND bond_id = %(bond)s AND enabled AND look_at <= %(at)s;

-- name: hold_consent
-- It cannot be revoked until this transaction is over.
SELECT enabled FROM consents WHERE user_id = %(user)s AND bond_id = %(bond)s FOR SHARE;

-- name: decide
-- Once ever.
INSERT INTO overtures (user_id, overture_id, bond_id, reason, subject, message_id, said_at, decided_at, due_at, block_id, sealed)
VALUES (%(user)s, %(id)s, %(bond)s, %(reason)s, %(subject)s, %(message)s, %(said_at)s, %(at)s, %(at)s, %(block)s, %(sealed)s)
ON CONFLICT DO NOTHING;

-- name: still_said
-- Whether the message it came from still stands.
SELECT 1 AS one FROM messages WHERE user_id = %(user)s AND message_id = %(message)s AND current;

-- name: subjects
-- What was decided upon before.
SELECT subject FROM overtures WHERE user_id = %(user)s AND bond_id = %(bond)s AND subject = ANY(%(subjects)s::bytea[]);

-- name: recent
-- Decided since, in order.
SELECT overture_id, reason, stand, decided_at, delivered_at, attempts FROM overtures
WHERE user_id = %(user)s AND bond_id = %(bond)s AND decided_at >= %(since)s ORDER BY decided_at, overture_id;

-- name: user_spoke_at
-- When the user spoke last, up to a moment.
SELECT max(ended) AS at FROM sessions WHERE user_id = %(user)s AND bond_id = %(bond)s AND began <= %(until)s;

-- name: due
-- What is to go on, of the whole cell.
SELECT user_id, overture_id FROM overtures WHERE stand < 2 AND due_at <= %(at)s ORDER BY due_at LIMIT %(limit)s;

-- name: claim
-- Take it, unless somebody holds it.
UPDATE overtures SET attempts = attempts + 1, due_at = %(until)s
WHERE user_id = %(user)s AND overture_id = %(id)s AND stand < 2 AND due_at <= %(at)s RETURNING *;

-- name: put_off
-- Later again.
UPDATE overtures SET due_at = %(until)s WHERE user_id = %(user)s AND overture_id = %(id)s AND stand < 2;

-- name: get_overture
-- One of them.
SELECT * FROM overtures WHERE user_id = %(user)s AND overture_id = %(id)s;

-- name: write
-- Its words, once.
UPDATE overtures SET stand = 1, sealed = %(sealed)s WHERE user_id = %(user)s AND overture_id = %(id)s AND stand = 0;

-- name: deliver
-- It has reached somebody, once.
UPDATE overtures SET stand = 2, delivered_at = %(at)s WHERE user_id = %(user)s AND overture_id = %(id)s AND stand = 1;

-- name: withdraw
-- Not any more.
UPDATE overtures SET stand = 3 WHERE user_id = %(user)s AND overture_id = %(id)s AND stand < 2;

-- name: written
-- What has words and is not withdrawn, in the order of decision.
SELECT * FROM overtures WHERE user_id = %(user)s AND bond_id = %(bond)s AND stand IN (1, 2)
  AND (%(after)s::uuid IS NULL OR (decided_at, overture_id) > (SELECT decided_at, overture_id FROM overtures WHERE user_id = %(user)s AND overture_id = %(after)s))
ORDER BY decided_at, overture_id LIMIT %(limit)s;

-- name: take_overtures
-- Those that came from messages that go, or are themselves among them.
DELETE FROM overtures WHERE user_id = %(user)s AND (message_id = ANY(%(messages)s::uuid[]) OR overture_id = ANY(%(messages)s::uuid[])) RETURNING block_id;
