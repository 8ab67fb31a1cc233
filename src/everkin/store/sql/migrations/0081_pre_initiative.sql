-- Writing first: what each user allows, and what was decided upon.

CREATE TABLE consents (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  enabled      boolean NOT NULL,
  quiet_from   time NOT NULL,
  quiet_until  time NOT NULL,
  per_day      smallint NOT NULL,
  per_week     smallint NOT NULL,
  changed_at   timestamptz NOT NULL,
  look_at      timestamptz NOT NULL,          -- when this bond is to be thought about next
  PRIMARY KEY (user_id, bond_id)
);
CREATE INDEX consents_due ON consents (look_at) WHERE enabled;

CREATE TABLE overtures (
  user_id      uuid NOT NULL,
  overture_id  uuid NOT NULL,
  bond_id      uuid NOT NULL,
  reason       smallint NOT NULL,
  subject      bytea NOT NULL,                -- keyed hash of what it is about: decided upon once
  message_id   uuid,                          -- what it came from
  said_at      timestamptz,
  stand        smallint NOT NULL DEFAULT 0,
  attempts     int NOT NULL DEFAULT 0,
  decided_at   timestamptz NOT NULL,
  due_at       timestamptz NOT NULL,          -- when to go on with it; while claimed, when the claim ends
  delivered_at timestamptz,
  block_id     uuid NOT NULL,                 -- whose key seals it: one of its own
  sealed       bytea NOT NULL,                -- what it is about, and its words once they are written
  PRIMARY KEY (user_id, overture_id),
  UNIQUE (user_id, bond_id, subject)
);
CREATE INDEX overtures_due ON overtures (due_at) WHERE stand < 2;

DO $$
DECLARE walled text;
BEGIN
  FOREACH walled IN ARRAY ARRAY['consents', 'overtures'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format('CREATE POLICY own ON %I TO everkin_app
                      USING (user_id = (SELECT current_setting(''everkin.user_id'')::uuid))
                      WITH CHECK (user_id = (SELECT current_setting(''everkin.user_id'')::uuid))', walled);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO everkin_app', walled);
  END LOOP;
END $$;

-- The scheduler sees whose turn it is, and nothing of what about.
CREATE POLICY cell_wide ON consents FOR SELECT TO everkin_upkeep USING (true);
CREATE POLICY cell_wide ON overtures FOR SELECT TO everkin_upkeep USING (true);
GRANT SELECT (user_id, bond_id, enabled, look_at) ON consents TO everkin_upkeep;
GRANT SELECT (user_id, overture_id, stand, due_at) ON overtures TO everkin_upkeep;
