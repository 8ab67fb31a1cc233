-- People: how each way to refer was used, and what ties two of them together or keeps them apart.
ALTER TABLE entities ADD COLUMN heard int[] NOT NULL DEFAULT '{0,0,0,0,0,0,0,0}';
  -- messages by form (own name, called out, named, otherwise) of the user, then of the companion
CREATE INDEX entities_of_bond ON entities (user_id, bond_id, last_at);
ALTER TABLE edges ADD COLUMN form smallint;   -- of a mention: how it refers, plus 8 where the companion says it
CREATE TABLE ties (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  kind         smallint NOT NULL,             -- said to be one, named in one breath, made one by hand, made two by hand, a speaker's own
  left_id      uuid NOT NULL,
  right_id     uuid NOT NULL,
  memory_id    uuid NOT NULL,                 -- what says so; left_id where a hand did
  PRIMARY KEY (user_id, bond_id, kind, left_id, right_id, memory_id)
);
CREATE INDEX ties_of_memory ON ties (user_id, memory_id);
ALTER TABLE ties ENABLE ROW LEVEL SECURITY;
ALTER TABLE ties FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON ties TO everkin_app
  USING (user_id = (SELECT current_setting('everkin.user_id')::uuid))
  WITH CHECK (user_id = (SELECT current_setting('everkin.user_id')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON ties TO everkin_app;
