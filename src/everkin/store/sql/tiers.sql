-- name: due
-- The next users whose last pass lies too far back, in order, until about `batch` passages are together; at least one. A pass
-- of a day that has yet to come was made by a clock that ran ahead, and counts for nothing.
WITH waiting AS (
  SELECT b.user_id, sum(b.next_row) AS size FROM bonds b LEFT JOIN decay_passes p USING (user_id)
  WHERE p.passed_at IS NULL OR p.passed_at <= %(before)s OR p.passed_at > %(ahead)s
  GROUP BY b.user_id
), counted AS (
  SELECT user_id, sum(size) OVER (ORDER BY user_id) AS upto, row_number() OVER (ORDER BY user_id) AS place FROM waiting
)
SELECT user_id FROM counted WHERE place = 1 OR (upto <= %(batch)s AND place <= 500) ORDER BY user_id;

-- name: hold_users
-- An erasure of one of them waits for this transaction, and this one for it.
SELECT pg_advisory_xact_lock_shared(hashtextextended(u::text, 0)) FROM unnest(%(users)s::uuid[]) AS u;

-- name: weigh
-- What each of a user's memories is worth, and whether it may sink.
SELECT memory_id, tier, salience, held
FROM weighed(%(users)s::uuid[], %(now)s, %(d)s, %(use_weight)s, %(importance_weight)s, %(newborn)s, %(predicates)s, %(floors)s, %(threads)s);

-- name: place
-- One pass over some users: each memory into the tier that its rank among theirs asks for; only what moves is written.
WITH ranked AS (
  SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY salience DESC, memory_id) AS place,
            count(*) OVER (PARTITION BY user_id) AS everything
  FROM weighed(%(users)s::uuid[], %(now)s, %(d)s, %(use_weight)s, %(importance_weight)s, %(newborn)s, %(predicates)s, %(floors)s, %(threads)s)
  WHERE tier < 3
), placed AS (
  SELECT user_id, memory_id, tier,
         CASE WHEN place <= least(%(hot_share)s * everything, %(warm_max)s) THEN 0
              WHEN held OR place <= least(greatest(%(warm_share)s * everything, %(warm_min)s), %(warm_max)s) THEN 1 ELSE 2 END AS wanted
  FROM ranked
), moved AS (
  INSERT INTO memory_uses (user_id, memory_id, tier) SELECT user_id, memory_id, wanted FROM placed WHERE wanted <> tier
  ON CONFLICT (user_id, memory_id) DO UPDATE SET tier = excluded.tier
  RETURNING tier
), passed AS (
  INSERT INTO decay_passes (user_id, passed_at) SELECT unnest(%(users)s::uuid[]), %(now)s
  ON CONFLICT (user_id) DO UPDATE SET passed_at = CASE WHEN decay_passes.passed_at > %(ahead)s THEN excluded.passed_at ELSE greatest(decay_passes.passed_at, excluded.passed_at) END
)
SELECT (SELECT count(*) FROM placed) AS weighed,
       (SELECT count(*) FROM moved WHERE tier = 0) AS heated,
       (SELECT count(*) FROM moved WHERE tier = 1) AS warmed,
       (SELECT count(*) FROM moved WHERE tier = 2) AS cooled;

-- name: fade
-- Cold memories that are worth next to nothing begin their grace period; those that rose again, or are held, leave it.
WITH judged AS (
  SELECT user_id, memory_id, fading_since, tier = 2 AND NOT held AND salience < %(forget_below)s AS fades
  FROM weighed(%(users)s::uuid[], %(now)s, %(d)s, %(use_weight)s, %(importance_weight)s, %(newborn)s, %(predicates)s, %(floors)s, %(threads)s)
  WHERE tier < 3
)
UPDATE memory_uses u SET fading_since = CASE WHEN fades THEN %(now)s END
FROM judged j WHERE j.user_id = u.user_id AND j.memory_id = u.memory_id AND j.fades <> (j.fading_since IS NOT NULL);

-- name: forget
-- The grace period is over: out of search, the words stay where they are.
WITH gone AS (
  UPDATE memory_uses SET tier = 3 WHERE user_id = ANY (%(users)s::uuid[]) AND tier = 2 AND fading_since <= %(before)s
  RETURNING user_id, memory_id
), hidden AS (
  UPDATE passages p SET live = false FROM gone WHERE p.user_id = gone.user_id AND p.memory_id = gone.memory_id
  RETURNING p.user_id, p.bond_id
), revised AS (
  UPDATE bonds SET revision = revision + 1 WHERE (user_id, bond_id) IN (SELECT user_id, bond_id FROM hidden)
), bumped AS (
  UPDATE users SET epoch = epoch + 1 WHERE user_id IN (SELECT user_id FROM hidden)
)
SELECT count(*) AS forgotten FROM gone;

-- name: unforget
-- As if it had just been used: back in the warm tier and, where its message still stands, in search.
WITH back AS (
  UPDATE memory_uses SET tier = 1, fading_since = NULL, uses = uses + 1, first_used_at = coalesce(first_used_at, %(at)s),
         last_used_at = greatest(last_used_at, %(at)s)
  WHERE user_id = %(user)s AND memory_id = %(memory)s AND (tier = 3 OR fading_since IS NOT NULL) RETURNING memory_id
), shown AS (
  UPDATE passages p SET live = true FROM back
  WHERE p.user_id = %(user)s AND p.memory_id = back.memory_id
    AND EXISTS (SELECT FROM memory_messages s JOIN messages g ON g.user_id = s.user_id AND g.message_id = s.message_id
                WHERE s.user_id = %(user)s AND s.memory_id = back.memory_id AND g.current)
  RETURNING p.bond_id
), revised AS (
  UPDATE bonds SET revision = revision + 1 WHERE user_id = %(user)s AND bond_id IN (SELECT bond_id FROM shown)
)
UPDATE users SET epoch = epoch + 1 WHERE user_id = %(user)s AND EXISTS (SELECT FROM back);
