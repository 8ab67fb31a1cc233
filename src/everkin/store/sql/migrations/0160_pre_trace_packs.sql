-- What old messages left for arcs, many to a row: a row a message with its two indexes took 120 bytes a message of all.
CREATE TABLE trace_packs (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  last_at      timestamptz NOT NULL,
  number       int NOT NULL,                  -- tells apart those that end at the same moment
  first_at     timestamptz NOT NULL,
  messages     uuid[] NOT NULL,               -- in order of time; the next three go with it
  times        timestamptz[] NOT NULL,
  tones        smallint[] NOT NULL,           -- thousandths
  letters      int[] NOT NULL,
  theme_ends   int[] NOT NULL,           -- where the themes of each message end in `themes`
  told_ends    int[] NOT NULL,
  themes       bigint[] NOT NULL,             -- keyed hashes
  told         int[] NOT NULL,                -- keyed hashes, shortened
  PRIMARY KEY (user_id, bond_id, last_at, number)
);
ALTER TABLE trace_packs
  ALTER COLUMN messages SET STORAGE MAIN, ALTER COLUMN times SET STORAGE MAIN, ALTER COLUMN tones SET STORAGE MAIN,
  ALTER COLUMN letters SET STORAGE MAIN, ALTER COLUMN theme_ends SET STORAGE MAIN, ALTER COLUMN told_ends SET STORAGE MAIN,
  ALTER COLUMN themes SET STORAGE MAIN, ALTER COLUMN told SET STORAGE MAIN;
ALTER TABLE trace_packs ENABLE ROW LEVEL SECURITY;
ALTER TABLE trace_packs FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON trace_packs TO everkin_app
  USING (user_id = (SELECT current_setting('everkin.user_id')::uuid))
  WITH CHECK (user_id = (SELECT current_setting('everkin.user_id')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON trace_packs TO everkin_app;

-- Of each hash 31 bits: enough to tell the few thousand words of one person apart.
CREATE FUNCTION shortened(hashes bigint[]) RETURNS int[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT (hash % 2147483648)::int FROM unnest(hashes) AS hash);

-- What the messages of a stretch of time left, in rows and in packs alike. Reads as whoever asks.
CREATE FUNCTION traced(of_user uuid, of_bond uuid, since timestamptz, until timestamptz)
RETURNS TABLE (message_id uuid, at timestamptz, tone int, letters int, themes bigint[], told int[])
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT t.message_id, t.at, t.tone, t.letters, t.themes, shortened(t.told) FROM traces t
  WHERE t.user_id = of_user AND t.bond_id = of_bond AND t.at BETWEEN since AND until
  UNION ALL
  SELECT m.message_id, m.at, m.tone, m.letters,
    p.themes[1 + coalesce(p.theme_ends[m.place::int - 1], 0) : p.theme_ends[m.place::int]],
    p.told[1 + coalesce(p.told_ends[m.place::int - 1], 0) : p.told_ends[m.place::int]]
  FROM trace_packs p, unnest(p.messages, p.times, p.tones, p.letters) WITH ORDINALITY AS m(message_id, at, tone, letters, place)
  WHERE p.user_id = of_user AND p.bond_id = of_bond AND p.last_at >= since AND p.first_at <= until AND m.at BETWEEN since AND until;
END;
GRANT EXECUTE ON FUNCTION shortened, traced TO everkin_app;

DO $$
BEGIN
  IF current_setting('server_version_num')::int >= 170000 THEN
    EXECUTE 'GRANT MAINTAIN ON traces, sessions, edges TO everkin_upkeep';
  END IF;
END $$;

-- What archiving takes out of these is a row in fourteen every day. At a fifth of them dead, which is the usual, each would
-- hold a fifth more pages for good.
DO $$
DECLARE emptied text;
BEGIN
  FOREACH emptied IN ARRAY ARRAY['messages', 'memories', 'memory_uses', 'memory_messages', 'passages', 'postings', 'feelings',
                                 'manners', 'signposts', 'traces'] LOOP
    EXECUTE format('ALTER TABLE %I SET (autovacuum_vacuum_scale_factor = 0.05)', emptied);
  END LOOP;
END $$;

-- The room that updates in place are left: less is enough where few rows of a page change.
ALTER TABLE sessions SET (fillfactor = 90);
ALTER TABLE postings SET (fillfactor = 85);
