-- Personas as code: versions that never change, what became of them, who wears which, and how steady the voices are.

-- Every document that was ever released, by its content address.
CREATE TABLE persona_versions (
  companion_id uuid NOT NULL,
  version      text NOT NULL,
  document     text NOT NULL,
  released_at  timestamptz NOT NULL,
  PRIMARY KEY (companion_id, version)
);

-- What changed for a companion, in order.
CREATE TABLE persona_events (
  companion_id uuid NOT NULL,
  number       int NOT NULL,
  act          text NOT NULL,
  version      text NOT NULL,
  previous     text,
  share        real,
  at           timestamptz NOT NULL,
  PRIMARY KEY (companion_id, number)
);

-- Versions on their way, and the evidence for and against them. At most one is open for a companion.
CREATE TABLE rollouts (
  companion_id uuid NOT NULL,
  rollout_id   uuid NOT NULL,
  version      text NOT NULL,
  control      text NOT NULL,
  state        text NOT NULL,
  share        float8 NOT NULL,
  steps        float8[] NOT NULL,
  every        interval,
  opened_at    timestamptz NOT NULL,
  stepped_at   timestamptz NOT NULL,
  counted_at_step int NOT NULL,
  revision     int NOT NULL,
  bonds        int[] NOT NULL,                -- counted: the candidate's, the control's, and of each those not compared yet
  totals       float8[] NOT NULL,             -- the sums of their qualities
  logs         float8[] NOT NULL,
  peak         float8 NOT NULL,
  PRIMARY KEY (companion_id, rollout_id)
);
CREATE UNIQUE INDEX rollouts_open ON rollouts (companion_id) WHERE state = 'open';

-- Which version a bond has worn since when, and why.
CREATE TABLE persona_spells (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  number       int NOT NULL,
  version      text NOT NULL,
  cause        text NOT NULL,
  since        timestamptz NOT NULL,
  PRIMARY KEY (user_id, bond_id, number)
);

-- How a bond's first replies in a rollout did: counts, and whether they were counted.
CREATE TABLE rollout_outcomes (
  user_id      uuid NOT NULL,
  rollout_id   uuid NOT NULL,
  bond_id      uuid NOT NULL,
  candidate    boolean NOT NULL,
  judged       int NOT NULL,
  kept         int NOT NULL,
  counted      boolean NOT NULL DEFAULT false,
  at           timestamptz NOT NULL,
  PRIMARY KEY (user_id, rollout_id, bond_id)
);
CREATE INDEX outcomes_to_count ON rollout_outcomes (rollout_id, at) WHERE NOT counted;

-- How each message was said, in numbers; of replies also how far they are from their persona.
CREATE TABLE manners (
  user_id      uuid NOT NULL,
  message_id   uuid NOT NULL,
  bond_id      uuid NOT NULL,
  by_user      boolean NOT NULL,
  at           timestamptz NOT NULL,
  numbers      bytea NOT NULL,                -- small floats, none of them a word
  wish         smallint,                      -- what it asks of the style
  version      text,                          -- of a reply
  strangeness  real,                          -- of a reply: 0 the persona's own voice .. 1 somebody else's
  PRIMARY KEY (user_id, message_id)
);
CREATE INDEX manners_in_time ON manners (user_id, bond_id, by_user, at DESC);

-- Where a bond's adaptation was last set back, and whether its voice has drifted.
CREATE TABLE voices (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  reset_at     timestamptz,
  drift        real NOT NULL DEFAULT 0,
  raised_at    timestamptz,                   -- the alarm is on since
  PRIMARY KEY (user_id, bond_id)
);

INSERT INTO persona_versions (companion_id, version, document, released_at)
SELECT companion_id, version, persona, created_at FROM companions;
INSERT INTO persona_events (companion_id, number, act, version, at)
SELECT companion_id, 1, 'put', version, created_at FROM companions;

DO $$
DECLARE walled text;
BEGIN
  FOREACH walled IN ARRAY ARRAY['persona_spells', 'rollout_outcomes', 'manners', 'voices'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format('CREATE POLICY own ON %I TO everkin_app
                      USING (user_id = (SELECT current_setting(''everkin.user_id'')::uuid))
                      WITH CHECK (user_id = (SELECT current_setting(''everkin.user_id'')::uuid))', walled);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO everkin_app', walled);
  END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON persona_versions, persona_events, rollouts TO everkin_app;

-- The job that judges rollouts counts outcomes of the whole cell, and moves rollouts; the one that lists drifted voices reads numbers.
CREATE POLICY cell_wide ON rollout_outcomes TO everkin_upkeep USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (counted) ON rollout_outcomes TO everkin_upkeep;
GRANT SELECT, UPDATE ON rollouts TO everkin_upkeep;
GRANT SELECT, INSERT ON persona_events TO everkin_upkeep;
CREATE POLICY cell_wide ON voices TO everkin_upkeep USING (true) WITH CHECK (true);
GRANT SELECT ON voices TO everkin_upkeep;
