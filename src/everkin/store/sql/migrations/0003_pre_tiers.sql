-- Tiers: when each memory came up, how warm it is kept, and how far the decay pass has come.

ALTER TABLE memory_uses
  ADD COLUMN mentions int NOT NULL DEFAULT 1,      -- sessions in which a person spoke of it, its birth included
  ADD COLUMN mentioned_at timestamptz[],           -- the last four of those, newest first; null: its birth alone
  ADD COLUMN first_used_at timestamptz,
  ADD COLUMN tier smallint NOT NULL DEFAULT 1,     -- 0 hot, 1 warm, 2 cold, 3 forgotten
  ADD COLUMN fading_since timestamptz;             -- the grace period before it may be forgotten runs from here
UPDATE memory_uses SET first_used_at = last_used_at;

CREATE TABLE decay_passes (
  user_id      uuid PRIMARY KEY,
  passed_at    timestamptz NOT NULL
);

ALTER TABLE decay_passes ENABLE ROW LEVEL SECURITY;
ALTER TABLE decay_passes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON decay_passes TO everkin_app
  USING (user_id = (SELECT current_setting('everkin.user_id')::uuid))
  WITH CHECK (user_id = (SELECT current_setting('everkin.user_id')::uuid));
CREATE POLICY cell_wide ON decay_passes TO everkin_upkeep USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON decay_passes TO everkin_app;
GRANT SELECT, INSERT, UPDATE ON decay_passes TO everkin_upkeep;

GRANT SELECT (mentions, mentioned_at, first_used_at, tier, fading_since) ON memory_uses TO everkin_upkeep;
GRANT INSERT (user_id, memory_id, tier, fading_since), UPDATE (tier, fading_since) ON memory_uses TO everkin_upkeep;

-- Forgetting takes passages out of search and puts them back; whoever holds a snapshot has to notice.
CREATE POLICY cell_wide ON passages TO everkin_upkeep USING (true) WITH CHECK (true);
CREATE POLICY cell_wide ON users TO everkin_upkeep USING (true) WITH CHECK (true);
GRANT SELECT (user_id, bond_id, memory_id, live), UPDATE (live) ON passages TO everkin_upkeep;
GRANT UPDATE (revision) ON bonds TO everkin_upkeep;
GRANT SELECT (user_id, epoch), UPDATE (epoch) ON users TO everkin_upkeep;

-- Days since a moment; what is younger than a minute, or ahead of the clock, counts as a minute old.
CREATE FUNCTION age_days(moment timestamptz, at timestamptz) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN greatest(extract(epoch FROM at - moment)::float8, 60) / 86400;

-- The mean of age^-d between two ages.
CREATE FUNCTION mean_trace(young float8, old float8, d float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN old - young < 1e-9 THEN power(old, -d)
            ELSE (power(old, 1 - d) - power(young, 1 - d)) / ((1 - d) * (old - young)) END;

-- Petrov's hybrid: the last references exactly, the rest as if evenly spread between those and the first.
CREATE FUNCTION summed_trace(count int, first timestamptz, latest timestamptz[], at timestamptz, d float8) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT sum(power(age_days(t, at), -d)) FROM unnest(latest) AS t)
       + greatest(count - cardinality(latest), 0) * mean_trace(age_days(latest[cardinality(latest)], at), age_days(first, at), d);

-- The salience of all memories of some users, as mind/salience.py has it, and which of them must never sink below warm.
CREATE FUNCTION weighed(users uuid[], now timestamptz, d float8, use_weight float8, importance_weight float8, newborn interval,
                        predicates text[], floors float8[], threads text[])
RETURNS TABLE (user_id uuid, bond_id uuid, memory_id uuid, tier smallint, fading_since timestamptz, salience float8, held boolean)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT m.user_id, m.bond_id, m.memory_id, coalesce(u.tier, 1::smallint), u.fading_since,
    greatest(CASE WHEN m.pinned OR m.safety THEN 1 ELSE coalesce(f.floor, 0) END,
      1 / (1 + exp(-(importance_weight * (m.importance - 0.5) + ln(
        CASE WHEN u.mentioned_at IS NULL THEN power(age_days(m.at, now), -d)
             ELSE summed_trace(u.mentions, m.at, u.mentioned_at, now, d) END
        + CASE WHEN u.last_used_at IS NULL THEN 0
               ELSE use_weight * summed_trace(u.uses, u.first_used_at, ARRAY[u.last_used_at], now, d) END))))),
    m.pinned OR m.safety OR coalesce(f.floor, 0) >= 1 OR m.recorded_at > now - newborn
      OR m.at > now OR coalesce(m.valid_from > now, false) OR coalesce(m.valid_to > now, false)
      OR (m.superseded_by IS NULL AND m.valid_to IS NULL AND coalesce(m.predicate = ANY (threads), false))
  FROM memories m
    LEFT JOIN memory_uses u ON u.user_id = m.user_id AND u.memory_id = m.memory_id
    LEFT JOIN unnest(predicates, floors) AS f(predicate, floor) ON f.predicate = m.predicate
  WHERE m.user_id = ANY (users);
END;
GRANT EXECUTE ON FUNCTION age_days, mean_trace, summed_trace, weighed TO everkin_upkeep;
