-- Which memories tell most of a week. Ids alone: the words are where they were, and go with their message.
CREATE TABLE digests (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  week         date NOT NULL,                 -- its Monday, in the user's own zone
  messages     int NOT NULL,                  -- in its sessions when it was digested; another number, and it is again
  memories     uuid[] NOT NULL,               -- the most telling first
  PRIMARY KEY (user_id, bond_id, week)
);
ALTER TABLE digests ENABLE ROW LEVEL SECURITY;
ALTER TABLE digests FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON digests TO everkin_app
  USING (user_id = (SELECT current_setting('everkin.user_id')::uuid))
  WITH CHECK (user_id = (SELECT current_setting('everkin.user_id')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON digests TO everkin_app;

-- The job sees which weeks have how many messages, and which of them were digested.
CREATE POLICY cell_wide ON digests FOR SELECT TO everkin_upkeep USING (true);
CREATE POLICY cell_wide ON sessions FOR SELECT TO everkin_upkeep USING (true);
GRANT SELECT (user_id, bond_id, week, messages) ON digests TO everkin_upkeep;
GRANT SELECT (user_id, bond_id, began, messages) ON sessions TO everkin_upkeep;
GRANT SELECT (time_zone) ON users TO everkin_upkeep;
