-- The cold tier: what search reads of cold memories lies in segments outside the database; a signpost stays here.
ALTER TABLE memory_uses ADD COLUMN archived boolean NOT NULL DEFAULT false;  -- its passages are in a segment, and nowhere else
ALTER TABLE decay_passes ADD COLUMN archived_at timestamptz;                 -- the pass whose cold memories were archived last
CREATE TABLE signposts (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  segment_id   uuid NOT NULL,
  block_id     uuid NOT NULL,                 -- whose key seals the segment
  first_at     timestamptz NOT NULL,
  last_at      timestamptz NOT NULL,
  rows         int NOT NULL,
  centroid     halfvec NOT NULL,              -- turned by the user's key
  terms        bigint[] NOT NULL,             -- keyed hashes, each once
  PRIMARY KEY (user_id, bond_id, segment_id)
);
CREATE INDEX signposts_of_block ON signposts (user_id, block_id);
ALTER TABLE signposts ENABLE ROW LEVEL SECURITY;
ALTER TABLE signposts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON signposts TO everkin_app
  USING (user_id = (SELECT current_setting('everkin.user_id')::uuid))
  WITH CHECK (user_id = (SELECT current_setting('everkin.user_id')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON signposts TO everkin_app;
