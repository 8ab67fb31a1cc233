-- The cold tier holds whole messages: their words and all that hangs on them leave the tables for sealed blocks, and a
-- signpost a block stays. Segments of before (search rows alone) were never released and are not read any more.
DROP TABLE signposts;
ALTER TABLE memory_uses DROP COLUMN archived;
ALTER TABLE users ADD COLUMN cold int NOT NULL DEFAULT 0;  -- moves when a block of theirs goes into the cold or comes back
CREATE TABLE signposts (
  user_id      uuid NOT NULL,
  segment_id   uuid NOT NULL,
  bond_id      uuid NOT NULL,
  conversation_id uuid NOT NULL,
  block_id     uuid NOT NULL,                 -- whose key seals the segment
  first_at     timestamptz NOT NULL,
  last_at      timestamptz NOT NULL,
  messages     int NOT NULL,
  bytes        int NOT NULL,                  -- of the sealed segment
  marked       boolean NOT NULL,              -- whether one of its feelings has a marker
  fades_at     timestamptz,                   -- when the first of its memories is worth so little that policy may forget it
  centroid     bytea NOT NULL,                -- the mean of its vectors, as the user's key has them: int8 a direction
  terms        bytea NOT NULL,                -- 24 bits of each keyed term, ascending, each once
  members      bytea NOT NULL,                -- 24 bits of each message's, memory's and hashed caller's id, ascending
  felt         bytea NOT NULL,                -- its feelings added up and faded to last_at: 40 half-precision numbers
  PRIMARY KEY (user_id, segment_id)
) WITH (toast_tuple_target = 8160);
ALTER TABLE signposts ALTER COLUMN terms SET STORAGE MAIN, ALTER COLUMN members SET STORAGE MAIN;
ALTER TABLE signposts ENABLE ROW LEVEL SECURITY;
ALTER TABLE signposts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON signposts TO everkin_app
  USING (user_id = (SELECT current_setting('everkin.user_id')::uuid))
  WITH CHECK (user_id = (SELECT current_setting('everkin.user_id')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON signposts TO everkin_app;
-- The decay pass looks for users with something that may be forgotten by now.
CREATE POLICY cell_wide ON signposts TO everkin_upkeep USING (true);
GRANT SELECT (user_id, segment_id, fades_at) ON signposts TO everkin_upkeep;

-- What moves away leaves index pages behind that nothing of their range ever fills again: a job rebuilds the worst of them.
DO $$
BEGIN
  IF current_setting('server_version_num')::int >= 170000 THEN
    EXECUTE 'GRANT MAINTAIN ON messages, memories, memory_uses, memory_messages, passages, postings, feelings, replies, signposts TO everkin_upkeep';
  END IF;
END $$;

-- Only an erasure asks by block, and reads few rows: an index of its own cost 44 bytes a message and as much a memory.
DROP INDEX messages_in_block;
DROP INDEX memories_in_block;
