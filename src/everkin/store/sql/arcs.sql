-- name: put_traces
-- What new messages leave.
INSERT INTO traces (user_id, message_id, bond_id, at, tone, letters, themes, told)
SELECT %(user)s, message, %(bond)s, at, tone, letters, nullif(string_to_array(themes, ',')::bigint[], '{}'), nullif(string_to_array(told, ',')::bigint[], '{}')
FROM unnest(%(message)s::uuid[], %(at)s::timestamptz[], %(tone)s::int[], %(letters)s::int[], %(themes)s::text[], %(told)s::text[])
  AS t (message, at, tone, letters, themes, told)
ON CONFLICT DO NOTHING;

-- name: put_threads
-- What is ahead of somebody, as new messages say.
INSERT INTO threads (user_id, message_id, begin_char, end_char, bond_id, at, starts, ends, about)
SELECT %(user)s, message, begin_char, end_char, %(bond)s, at, starts, ends, string_to_array(about, ',')::bigint[]
FROM unnest(%(message)s::uuid[], %(at)s::timestamptz[], %(begin)s::int[], %(end)s::int[], %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(about)s::text[])
  AS t (message, at, begin_char, end_char, starts, ends, about)
ON CONFLICT DO NOTHING;

-- name: take_traces
-- What messages that go had left.
DELETE FROM traces WHERE user_id = %(user)s AND message_id = ANY(%(messages)s::uuid[]) RETURNING bond_id, at;

-- name: take_threads
-- And what was ahead by them.
DELETE FROM threads WHERE user_id = %(user)s AND message_id = ANY(%(messages)s::uuid[]);

-- name: lock_bond
-- One writer of a bond's sessions at a time.
SELECT bond_id FROM bonds WHERE user_id = %(user)s AND bond_id = %(bond)s FOR UPDATE;

-- name: lengthen
-- The usual case: one message more at the end of the last session. No row where it is any other case.
UPDATE sessions s SET ended = %(until)s, messages = messages + 1, letters = letters + %(letters_sum)s, tone = tone + %(tone_sum)s
WHERE user_id = %(user)s AND bond_id = %(bond)s AND ended <= %(until)s AND %(until)s - ended <= %(gap)s
  AND NOT EXISTS (SELECT FROM sessions l WHERE l.user_id = s.user_id AND l.bond_id = s.bond_id AND l.began > s.began)
RETURNING s.began;

-- name: unsettle
-- The sessions that a stretch of time touches, away to be added up anew.
WITH gone AS (
  DELETE FROM sessions WHERE user_id = %(user)s AND bond_id = %(bond)s AND ended >= %(since)s::timestamptz - %(gap)s AND began <= %(until)s::timestamptz + %(gap)s
  RETURNING began, ended)
SELECT least(min(began), %(since)s) AS since, greatest(max(ended), %(until)s) AS until FROM gone;

-- name: settle
-- Sessions of a stretch of time, from the messages alone: a silence longer than the gap parts two.
INSERT INTO sessions (user_id, bond_id, began, ended, messages, letters, tone)
SELECT %(user)s, %(bond)s, min(at), max(at), count(*), sum(letters), sum(tone) FROM (
  SELECT at, letters, tone, count(*) FILTER (WHERE starts) OVER (ORDER BY at, message_id) AS number FROM (
    SELECT at, letters, tone, message_id, at - lag(at) OVER (ORDER BY at, message_id) > %(gap)s AS starts
    FROM traces WHERE user_id = %(user)s AND bond_id = %(bond)s AND at BETWEEN %(since)s AND %(until)s) t) n
GROUP BY number;

-- name: sessions
-- The last ones that were over by then, latest first.
SELECT began, ended, messages, letters, tone FROM sessions
WHERE user_id = %(user)s AND bond_id = %(bond)s AND ended <= %(until)s ORDER BY began DESC LIMIT %(limit)s;

-- name: themes_since
-- What messages spoke of, latest first, as many as asked for.
SELECT at, message_id, themes FROM traces
WHERE user_id = %(user)s AND bond_id = %(bond)s AND at BETWEEN %(since)s AND %(until)s AND cardinality(themes) > 0
ORDER BY at DESC LIMIT %(limit)s;

-- name: threads
-- What may still be open.
SELECT message_id, begin_char, end_char, at, starts, ends, about FROM threads
WHERE user_id = %(user)s AND bond_id = %(bond)s AND at <= %(at)s AND coalesce(ends, at) >= %(since)s ORDER BY at DESC LIMIT %(limit)s;

-- name: outcomes
-- Messages that may have told how one of these went.
SELECT message_id, at, told FROM traces
WHERE user_id = %(user)s AND bond_id = %(bond)s AND at BETWEEN %(first)s AND %(at)s AND told && %(about)s::bigint[] ORDER BY at DESC LIMIT %(limit)s;

-- name: first_talk
-- When the two first talked.
SELECT began FROM sessions WHERE user_id = %(user)s AND bond_id = %(bond)s ORDER BY began LIMIT 1;

-- name: begun
-- The user's first message, and how many sessions there have been.
SELECT t.message_id, t.at, (SELECT count(*) FROM sessions s WHERE s.user_id = t.user_id AND s.bond_id = t.bond_id AND s.began <= %(until)s)::int AS sessions
FROM traces t WHERE t.user_id = %(user)s AND t.bond_id = %(bond)s AND t.at <= %(until)s ORDER BY t.at, t.message_id LIMIT 1;

-- name: telling
-- What an arc shows in most: the darkest or the brightest messages of its time, or the last on its themes, or just the last.
SELECT message_id FROM traces
WHERE user_id = %(user)s AND bond_id = %(bond)s AND at >= %(since)s AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
  AND (cardinality(%(themes)s::bigint[]) = 0 OR themes && %(themes)s::bigint[])
ORDER BY tone * %(sign)s, at DESC LIMIT %(limit)s;
