-- Feelings: what each message adds to them, and where each bond's stand.

-- Beside the messages, so that erasing one takes exactly its own share away, and a plot of any time follows from it.
CREATE TABLE feelings (
  user_id      uuid NOT NULL,
  message_id   uuid NOT NULL,
  bond_id      uuid NOT NULL,
  at           timestamptz NOT NULL,
  impulse      bytea NOT NULL,                -- 40 signed bytes, 127ths: the user's 20 axes, then the companion's
  marker       smallint,                      -- what stays with people that it speaks of
  strength     real,
  event        timestamptz,                   -- when what is awaited will be
  PRIMARY KEY (user_id, message_id)
);
CREATE INDEX feelings_in_time ON feelings (user_id, bond_id, at);
CREATE INDEX feelings_marked ON feelings (user_id, bond_id, at) WHERE marker IS NOT NULL;

-- All of that added up, faded to one moment: the same 40 places.
CREATE TABLE emotions (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  as_of        timestamptz NOT NULL,
  sums         float8[] NOT NULL,
  PRIMARY KEY (user_id, bond_id)
) WITH (fillfactor = 50);
ALTER TABLE emotions ALTER COLUMN sums SET STORAGE PLAIN;

DO $$
DECLARE walled text;
BEGIN
  FOREACH walled IN ARRAY ARRAY['feelings', 'emotions'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format('CREATE POLICY own ON %I TO everkin_app
                      USING (user_id = (SELECT current_setting(''everkin.user_id'')::uuid))
                      WITH CHECK (user_id = (SELECT current_setting(''everkin.user_id'')::uuid))', walled);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO everkin_app', walled);
  END LOOP;
END $$;

-- The hourly batch fades the sums; what a single message added is none of its business.
CREATE POLICY cell_wide ON emotions TO everkin_upkeep USING (true) WITH CHECK (true);
GRANT SELECT (user_id, bond_id, as_of, sums), UPDATE (as_of, sums) ON emotions TO everkin_upkeep;
