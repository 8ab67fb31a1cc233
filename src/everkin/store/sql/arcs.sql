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

-- name: take_packs
-- And those that are packed, with all the others of their pack.
DELETE FROM trace_packs WHERE user_id = %(user)s AND bond_id = %(bond)s AND messages && %(messages)s::uuid[]
RETURNING messages, times, tones, letters, theme_ends, told_ends, themes, told;

-- name: put_pack
-- Messages in order of time, in one row.
INSERT INTO trace_packs (user_id, bond_id, first_at, last_at, number, messages, times, tones, letters, theme_ends, told_ends, themes, told)
SELECT %(user)s, %(bond)s, (%(times)s::timestamptz[])[1], last_at,
  (SELECT coalesce(max(number) + 1, 0) FROM trace_packs p WHERE p.user_id = %(user)s AND p.bond_id = %(bond)s AND p.last_at = n.last_at),
  %(messages)s::uuid[], %(times)s, %(tones)s, %(letters)s, %(theme_ends)s, %(told_ends)s, %(themes)s, %(told)s
FROM (SELECT (%(times)s::timestamptz[])[cardinality(%(times)s::timestamptz[])] AS last_at) n;

-- name: packable
-- Bonds with enough old messages that are still rows.
SELECT bond_id FROM traces WHERE user_id = %(user)s AND at < %(before)s GROUP BY bond_id HAVING count(*) >= %(size)s;

-- name: take_oldest
-- The oldest of a bond, as many as fill packs.
WITH old AS (SELECT message_id, at, count(*) OVER () AS together, row_number() OVER (ORDER BY at, message_id) AS place FROM traces
             WHERE user_id = %(user)s AND bond_id = %(bond)s AND at < %(before)s)
DELETE FROM traces t USING old o WHERE t.user_id = %(user)s AND t.message_id = o.message_id
  AND o.place <= least(o.together / %(size)s, %(packs)s) * %(size)s
RETURNING t.message_id, t.at, t.tone, t.letters, t.themes, shortened(t.told) AS told;

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
    FROM traced(%(user)s, %(bond)s, %(since)s, %(until)s)) t) n
GROUP BY number;

-- name: sessions
-- The last ones that were over by then, latest first.
SELECT began, ended, messages, letters, tone FROM sessions
WHERE user_id = %(user)s AND bond_id = %(bond)s AND ended <= %(until)s ORDER BY began DESC LIMIT %(limit)s;

-- name: themes_since
-- What messages spoke of, latest first, as many as asked for.
SELECT at, message_id, themes FROM traced(%(user)s, %(bond)s, %(since)s, %(until)s) WHERE cardinality(themes) > 0
ORDER BY at DESC LIMIT %(limit)s;

-- name: threads
-- What may still be open.
SELECT message_id, begin_char, end_char, at, starts, ends, shortened(about) AS about FROM threads
WHERE user_id = %(user)s AND bond_id = %(bond)s AND at <= %(at)s AND coalesce(ends, at) >= %(since)s ORDER BY at DESC LIMIT %(limit)s;

-- name: outcomes
-- Messages that may have told how one of these went.
SELECT message_id, at, told FROM traced(%(user)s, %(bond)s, %(first)s, %(at)s) WHERE told && %(about)s::int[] ORDER BY at DESC LIMIT %(limit)s;

-- name: first_talk
-- When the two first talked.
SELECT began FROM sessions WHERE user_id = %(user)s AND bond_id = %(bond)s ORDER BY began LIMIT 1;

-- name: begun
-- The user's first message, and how many sessions there have been.
WITH firsts AS (
  (SELECT message_id, at FROM traces WHERE user_id = %(user)s AND bond_id = %(bond)s AND at <= %(until)s ORDER BY at, message_id LIMIT 1)
  UNION ALL
  (SELECT messages[1], first_at FROM trace_packs WHERE user_id = %(user)s AND bond_id = %(bond)s AND first_at <= %(until)s
   ORDER BY first_at, messages[1] LIMIT 1)
)
SELECT message_id, at, (SELECT count(*) FROM sessions WHERE user_id = %(user)s AND bond_id = %(bond)s AND began <= %(until)s)::int AS sessions
FROM firsts ORDER BY at, message_id LIMIT 1;

-- name: telling
-- What an arc shows in most: the darkest or the brightest messages of its time, or the last on its themes, or just the last.
SELECT message_id FROM traced(%(user)s, %(bond)s, %(since)s, coalesce(%(until)s::timestamptz, 'infinity'))
WHERE at < coalesce(%(until)s::timestamptz, 'infinity')
  AND (cardinality(%(themes)s::bigint[]) = 0 OR themes && %(themes)s::bigint[])
ORDER BY tone * %(sign)s, at DESC LIMIT %(limit)s;
