-- name: put_owed
-- One turn waits.
INSERT INTO owed (user_id, owed_id, bond_id, conversation_id, message_id, due_at)
VALUES (%(user)s, %(id)s, %(bond)s, %(conversation)s, %(message)s, %(due_at)s) ON CONFLICT DO NOTHING;

-- name: due
-- Of the whole cell; ids and times are all that this role may see.
SELECT user_id, owed_id FROM owed WHERE state < 2 AND due_at <= %(now)s ORDER BY due_at LIMIT %(limit)s;

-- name: claim
-- Take it, unless somebody holds it.
UPDATE owed SET state = 1, attempts = attempts + 1, due_at = %(until)s
WHERE user_id = %(user)s AND owed_id = %(id)s AND state < 2 AND due_at <= %(now)s RETURNING *;

-- name: put_off
-- Later again.
UPDATE owed SET state = 0, due_at = %(due_at)s WHERE user_id = %(user)s AND owed_id = %(id)s AND state = 1;

-- name: settle
-- Closed once.
UPDATE owed SET state = %(state)s WHERE user_id = %(user)s AND owed_id = %(id)s AND state < 2;
