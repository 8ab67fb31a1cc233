-- Consolidation: which memories say again what another one says. Both stay as they are; search tells the one that stands.
CREATE TABLE repeats (
  user_id      uuid NOT NULL,
  memory_id    uuid NOT NULL,                 -- says nothing that the other does not
  stands       uuid NOT NULL,                 -- the memory that stands for both
  PRIMARY KEY (user_id, memory_id)
);
CREATE INDEX repeats_of ON repeats (user_id, stands);
ALTER TABLE repeats ENABLE ROW LEVEL SECURITY;
ALTER TABLE repeats FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON repeats TO everkin_app
  USING (user_id = (SELECT current_setting('everkin.user_id')::uuid))
  WITH CHECK (user_id = (SELECT current_setting('everkin.user_id')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON repeats TO everkin_app;

-- How far each bond's passages have been looked through, by row number.
ALTER TABLE bonds ADD COLUMN consolidated int NOT NULL DEFAULT 0;
GRANT SELECT (consolidated) ON bonds TO everkin_upkeep;
