-- What each message of a user leaves for arcs, the sessions added up from that, and what is ahead of somebody. No words.

CREATE TABLE traces (
  user_id      uuid NOT NULL,
  message_id   uuid NOT NULL,
  bond_id      uuid NOT NULL,
  at           timestamptz NOT NULL,
  tone         int NOT NULL,                  -- thousandths, whole numbers so that sums come out even
  letters      int NOT NULL,
  themes       bigint[] NOT NULL,             -- keyed hashes of what it speaks of
  told         bigint[] NOT NULL,             -- keyed hashes of what it may tell the outcome of
  PRIMARY KEY (user_id, message_id)
);
CREATE INDEX traces_in_time ON traces (user_id, bond_id, at);

CREATE TABLE sessions (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  began        timestamptz NOT NULL,
  ended        timestamptz NOT NULL,
  messages     int NOT NULL,
  letters      bigint NOT NULL,
  tone         bigint NOT NULL,               -- of all its messages together
  PRIMARY KEY (user_id, bond_id, began)
) WITH (fillfactor = 70);

CREATE TABLE threads (
  user_id      uuid NOT NULL,
  message_id   uuid NOT NULL,
  begin_char   int NOT NULL,                  -- the words stay in the message
  end_char     int NOT NULL,
  bond_id      uuid NOT NULL,
  at           timestamptz NOT NULL,
  starts       timestamptz,
  ends         timestamptz,
  about        bigint[] NOT NULL,             -- keyed hashes
  PRIMARY KEY (user_id, message_id, begin_char)
);
CREATE INDEX threads_in_time ON threads (user_id, bond_id, at);

DO $$
DECLARE walled text;
BEGIN
  FOREACH walled IN ARRAY ARRAY['traces', 'sessions', 'threads'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format('CREATE POLICY own ON %I TO everkin_app
                      USING (user_id = (SELECT current_setting(''everkin.user_id'')::uuid))
                      WITH CHECK (user_id = (SELECT current_setting(''everkin.user_id'')::uuid))', walled);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO everkin_app', walled);
  END LOOP;
END $$;
