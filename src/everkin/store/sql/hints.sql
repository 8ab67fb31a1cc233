-- name: listen
-- What other processes tell.
LISTEN everkin_hints;

-- name: tell
-- Who told it, and whose something became another.
SELECT pg_notify('everkin_hints', %(hint)s);
