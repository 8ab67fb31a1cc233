-- What daily samples found wrong with single memories, and the trend over the whole cell, in numbers.

CREATE TABLE quality_flags (
  user_id      uuid NOT NULL,
  memory_id    uuid NOT NULL,
  fault        smallint NOT NULL,             -- 0 ungrounded, 1 duplicate, 2 contradicted, 3 unreadable
  found_at     timestamptz NOT NULL,
  PRIMARY KEY (user_id, memory_id, fault)
);

ALTER TABLE quality_flags ENABLE ROW LEVEL SECURITY;
ALTER TABLE quality_flags FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON quality_flags TO everkin_app
  USING (user_id = (SELECT current_setting('everkin.user_id')::uuid))
  WITH CHECK (user_id = (SELECT current_setting('everkin.user_id')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON quality_flags TO everkin_app;

CREATE TABLE quality_days (
  day          date PRIMARY KEY,
  sampled      int NOT NULL,
  grounded     real NOT NULL,                 -- this and the next six: shares of the sample
  duplicate    real NOT NULL,
  contradicted real NOT NULL,
  used         real NOT NULL,
  readable     real NOT NULL,
  came_back    real NOT NULL,
  found        real NOT NULL,
  flagged      int NOT NULL,
  pruned       int NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON quality_days TO everkin_app;
