-- name: put_manners
-- How messages were said; a reply that was not finished yet is put again.
INSERT INTO manners (user_id, message_id, bond_id, by_user, at, numbers, wish)
SELECT %(user)s, message, %(bond)s, by_user, at, numbers, wish
FROM unnest(%(message)s::uuid[], %(by_user)s::bool[], %(at)s::timestamptz[], %(numbers)s::bytea[], %(wish)s::smallint[])
  AS m (message, by_user, at, numbers, wish)
ON CONFLICT (user_id, message_id) DO UPDATE SET numbers = excluded.numbers, wish = excluded.wish;

-- name: shown
-- The user's last messages that stand, newest first, and none from before the last reset.
SELECT m.numbers, m.wish FROM manners m JOIN messages t USING (user_id, message_id)
WHERE m.user_id = %(user)s AND m.bond_id = %(bond)s AND m.by_user AND m.at <= %(until)s AND t.current
  AND m.at > coalesce((SELECT reset_at FROM voices v WHERE v.user_id = m.user_id AND v.bond_id = m.bond_id), '-infinity')
ORDER BY m.at DESC LIMIT %(limit)s;

-- name: likeness
-- Cosine to the mean of the last messages of the companion.
SELECT 1 - (avg(embedding) <=> %(vector)s::halfvec) AS likeness
FROM (SELECT embedding FROM passages WHERE user_id = %(user)s AND bond_id = %(bond)s AND speaker = %(speaker)s AND live
        AND kind = 0 AND at < %(before)s AND embedding IS NOT NULL ORDER BY row DESC LIMIT %(last)s) AS said;

-- name: score
-- How strange a reply was.
UPDATE manners SET version = %(version)s, strangeness = %(strangeness)s WHERE user_id = %(user)s AND message_id = %(message)s;

-- name: scores
-- The last replies under a version that stand, newest first.
SELECT m.strangeness FROM manners m JOIN messages t USING (user_id, message_id)
WHERE m.user_id = %(user)s AND m.bond_id = %(bond)s AND NOT m.by_user AND m.strangeness IS NOT NULL AND m.at <= %(until)s AND t.current
  AND m.version = coalesce(%(version)s, (SELECT l.version FROM manners l WHERE l.user_id = m.user_id AND l.bond_id = m.bond_id
    AND NOT l.by_user AND l.strangeness IS NOT NULL AND l.at <= %(until)s ORDER BY l.at DESC LIMIT 1))
ORDER BY m.at DESC LIMIT %(last)s;

-- name: raise_alarm
-- Where the voice stands; an alarm that is on keeps its beginning.
INSERT INTO voices (user_id, bond_id, drift, raised_at) VALUES (%(user)s, %(bond)s, %(level)s, %(raised_at)s)
ON CONFLICT (user_id, bond_id) DO UPDATE SET drift = excluded.drift,
  raised_at = CASE WHEN excluded.raised_at IS NULL THEN NULL ELSE coalesce(voices.raised_at, excluded.raised_at) END;

-- name: reset
-- From here on anew.
INSERT INTO voices (user_id, bond_id, reset_at) VALUES (%(user)s, %(bond)s, %(at)s)
ON CONFLICT (user_id, bond_id) DO UPDATE SET reset_at = excluded.reset_at;

-- name: drifted
-- Whose alarm is on.
SELECT v.user_id, v.bond_id, v.drift, v.raised_at FROM voices v JOIN bonds b USING (user_id, bond_id)
WHERE b.companion_id = %(companion)s AND v.raised_at IS NOT NULL ORDER BY v.drift DESC, v.bond_id LIMIT %(limit)s;
