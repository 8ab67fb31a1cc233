-- name: get_version
-- One document.
SELECT version, document, released_at FROM persona_versions WHERE companion_id = %(companion)s AND version = %(version)s;

-- name: list_versions
-- All of a companion, in the order in which they were released.
SELECT version, document, released_at FROM persona_versions v WHERE companion_id = %(companion)s
ORDER BY released_at, (SELECT min(number) FROM persona_events e WHERE e.companion_id = v.companion_id AND e.version = v.version);

-- name: put_version
-- A version is put once and never changed.
INSERT INTO persona_versions (companion_id, version, document, released_at)
VALUES (%(companion)s, %(version)s, %(document)s, %(at)s) ON CONFLICT DO NOTHING;

-- name: put_event
-- The next thing that happened.
INSERT INTO persona_events (companion_id, number, act, version, previous, share, at)
SELECT %(companion)s, coalesce(max(number), 0) + 1, %(act)s, %(version)s, %(previous)s, %(share)s, %(at)s
FROM persona_events WHERE companion_id = %(companion)s;

-- name: hold_companion
-- One writer of a companion's history at a time.
SELECT FROM companions WHERE companion_id = %(companion)s FOR UPDATE;

-- name: list_events
-- In order.
SELECT number, act, version, previous, share, at FROM persona_events WHERE companion_id = %(companion)s ORDER BY number;

-- name: set_current
-- What everybody has, if it is still what it was.
UPDATE companions SET version = v.version, persona = v.document FROM persona_versions v
WHERE companions.companion_id = %(companion)s AND companions.version = %(over)s
  AND v.companion_id = companions.companion_id AND v.version = %(version)s;

-- name: end_rollout
-- Everybody has something else now: what was on its way has arrived, or will not.
UPDATE rollouts SET state = CASE WHEN version = %(version)s THEN 'promoted' ELSE 'ended' END, revision = revision + 1
WHERE companion_id = %(companion)s AND state = 'open';

-- name: get_rollout
-- The open one.
SELECT * FROM rollouts WHERE companion_id = %(companion)s AND state = 'open';

-- name: list_open
-- All open ones; whoever else is counting one has it.
SELECT * FROM rollouts WHERE state = 'open' ORDER BY companion_id FOR UPDATE SKIP LOCKED;

-- name: put_rollout
-- A new one, unless one is open.
INSERT INTO rollouts (companion_id, rollout_id, version, control, state, share, steps, every, opened_at, stepped_at,
                      counted_at_step, revision, bonds, totals, logs, peak)
VALUES (%(companion)s, %(rollout)s, %(version)s, %(control)s, %(state)s, %(share)s, %(steps)s, %(every)s, %(opened_at)s, %(stepped_at)s,
        %(counted_at_step)s, 0, %(bonds)s, %(totals)s, %(logs)s, %(peak)s)
ON CONFLICT DO NOTHING;

-- name: move_rollout
-- As it is now, if nobody else moved it.
UPDATE rollouts SET state = %(state)s, share = %(share)s, steps = %(steps)s, every = %(every)s, stepped_at = %(stepped_at)s,
       counted_at_step = %(counted_at_step)s, revision = revision + 1, bonds = %(bonds)s, totals = %(totals)s, logs = %(logs)s, peak = %(peak)s
WHERE companion_id = %(companion)s AND rollout_id = %(rollout)s AND revision = %(revision)s AND state = 'open';

-- name: take_outcomes
-- Those that are complete and not counted yet, in the order in which they became known.
WITH due AS (
  SELECT user_id, rollout_id, bond_id FROM rollout_outcomes
  WHERE rollout_id = %(rollout)s AND NOT counted AND judged >= %(replies)s ORDER BY at, bond_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE rollout_outcomes o SET counted = true FROM due
WHERE o.user_id = due.user_id AND o.rollout_id = due.rollout_id AND o.bond_id = due.bond_id
RETURNING o.at, o.bond_id, o.candidate, o.kept::float8 / o.judged AS quality;

-- name: settle
-- What became of the bond's first replies in this rollout: kept when the talk went on from it, not when it was swiped away.
-- A reply that nobody has reacted to yet is not judged.
INSERT INTO rollout_outcomes (user_id, rollout_id, bond_id, candidate, judged, kept, at)
SELECT %(user)s, %(rollout)s, %(bond)s, %(candidate)s, count(*), count(*) FILTER (WHERE kept), %(at)s
FROM (SELECT m.current AS kept FROM replies r JOIN messages m USING (user_id, message_id)
      WHERE r.user_id = %(user)s AND r.bond_id = %(bond)s AND r.at >= %(since)s AND r.persona_version = %(version)s AND r.fault IS NULL
        AND (NOT m.current OR EXISTS (SELECT FROM messages n WHERE n.user_id = r.user_id AND n.parent_id = r.message_id AND n.role = 0 AND n.current))
      ORDER BY r.at LIMIT %(replies)s) AS judged
HAVING count(*) > 0
ON CONFLICT (user_id, rollout_id, bond_id) DO UPDATE SET judged = excluded.judged, kept = excluded.kept, at = excluded.at
WHERE NOT rollout_outcomes.counted AND rollout_outcomes.candidate = excluded.candidate;

-- name: wardrobe
-- What decides which version a bond speaks in.
SELECT c.companion_id, c.name, c.version AS current, b.persona_version AS wearing,
       (SELECT max(last_at) FROM conversations t WHERE t.user_id = b.user_id AND t.bond_id = b.bond_id) AS last_said
FROM bonds b JOIN companions c USING (companion_id) WHERE b.user_id = %(user)s AND b.bond_id = %(bond)s;

-- name: rollout_of
-- The open one of a bond's companion.
SELECT r.* FROM bonds b JOIN rollouts r USING (companion_id)
WHERE b.user_id = %(user)s AND b.bond_id = %(bond)s AND r.state = 'open';

-- name: wear
-- The bond's version, if it is still what it was.
UPDATE bonds SET persona_version = %(version)s
WHERE user_id = %(user)s AND bond_id = %(bond)s AND persona_version IS NOT DISTINCT FROM %(over)s;

-- name: put_spell
-- One more, in order.
INSERT INTO persona_spells (user_id, bond_id, number, version, cause, since)
SELECT %(user)s, %(bond)s, coalesce(max(number), 0) + 1, %(version)s, %(cause)s, %(at)s
FROM persona_spells WHERE user_id = %(user)s AND bond_id = %(bond)s;

-- name: list_spells
-- Oldest first.
SELECT version, cause, since FROM persona_spells WHERE user_id = %(user)s AND bond_id = %(bond)s ORDER BY number;
