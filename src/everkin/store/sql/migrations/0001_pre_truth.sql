-- The truth: people, transcripts, memories, what can be searched, and who may see which rows.
-- Runs as the owner of the database. Every table that holds user data has user_id first in its key.

CREATE EXTENSION IF NOT EXISTS vector;

DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['everkin_app', 'everkin_upkeep'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
        EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', wanted);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server was first
    END;
    IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
    END IF;
  END LOOP;
END $$;

-- One row: which cell this is, and whose vectors it holds.
CREATE TABLE cell (
  one          boolean PRIMARY KEY DEFAULT true CHECK (one),
  cell_id      uuid NOT NULL,
  embedder     text,                          -- the stamp that new vectors carry
  dimensions   int,
  replayed_at  timestamptz,                   -- how far the erasure ledger was replayed
  created_at   timestamptz NOT NULL DEFAULT now()
);

-- Which id a person's name has. The name itself is a keyed hash: nobody is listed here in clear.
CREATE TABLE directory (
  name_hash    bytea PRIMARY KEY,
  user_id      uuid NOT NULL UNIQUE,
  created_at   timestamptz NOT NULL DEFAULT now()
);

-- Characters belong to the cell, not to a person.
CREATE TABLE companions (
  companion_id uuid PRIMARY KEY,
  name         text NOT NULL UNIQUE,
  persona      text NOT NULL,
  version      text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
  user_id      uuid PRIMARY KEY,
  sealed       bytea NOT NULL,                -- the name, under the user's key
  time_zone    text NOT NULL DEFAULT '',      -- IANA name; empty: the house's own
  epoch        bigint NOT NULL DEFAULT 1,     -- every write and erasure moves it; caches compare it
  created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE bonds (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  companion_id uuid NOT NULL,
  next_ordinal int NOT NULL DEFAULT 0,        -- of messages, in order of arrival
  next_row     int NOT NULL DEFAULT 0,        -- of passages
  revision     int NOT NULL DEFAULT 0,        -- moves when a passage changes or goes; appending does not move it
  persona_version text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, bond_id),
  UNIQUE (user_id, companion_id)
);

CREATE TABLE conversations (
  user_id      uuid NOT NULL,
  conversation_id uuid NOT NULL,
  bond_id      uuid NOT NULL,
  label_hash   bytea NOT NULL,                -- keyed hash of the caller's name for it
  head         uuid,                          -- the last message of the current branch
  block_id     uuid,                          -- the open session block
  block_size   int NOT NULL DEFAULT 0,
  last_at      timestamptz,
  PRIMARY KEY (user_id, conversation_id),
  UNIQUE (user_id, bond_id, label_hash)
);

CREATE TABLE messages (
  user_id      uuid NOT NULL,
  message_id   uuid NOT NULL,
  bond_id      uuid NOT NULL,
  conversation_id uuid NOT NULL,
  parent_id    uuid,
  revises      uuid,                          -- the message whose text this one replaced
  id_hash      bytea NOT NULL,                -- keyed hash of (conversation, caller's id)
  ordinal      int NOT NULL,
  role         smallint NOT NULL,
  delivery     smallint NOT NULL DEFAULT 0,
  current      boolean NOT NULL DEFAULT true,
  at           timestamptz NOT NULL,
  recorded_at  timestamptz NOT NULL DEFAULT now(),
  block_id     uuid NOT NULL,
  sealed       bytea NOT NULL,                -- id, name and words
  PRIMARY KEY (user_id, message_id)
);
CREATE UNIQUE INDEX messages_by_id ON messages (user_id, bond_id, id_hash) WHERE current;
CREATE INDEX messages_in_time ON messages (user_id, bond_id, at, ordinal);
CREATE INDEX messages_in_block ON messages (user_id, block_id);

-- One thing worth knowing. An episodic memory's words are its message's; a semantic one has its own.
CREATE TABLE memories (
  user_id      uuid NOT NULL,
  memory_id    uuid NOT NULL,
  bond_id      uuid NOT NULL,
  kind         smallint NOT NULL,
  predicate    text,                          -- of a fact: a word of a closed list
  about        bigint,                        -- of a fact: keyed hash of its subject
  of_user      boolean NOT NULL DEFAULT false, -- of a fact: about the user or their people, so it may be shared between bonds
  topic        int,
  importance   real NOT NULL DEFAULT 0,
  pinned       boolean NOT NULL DEFAULT false,
  safety       boolean NOT NULL DEFAULT false,
  at           timestamptz NOT NULL,          -- when it was said
  recorded_at  timestamptz NOT NULL DEFAULT now(),
  valid_from   timestamptz,
  valid_to     timestamptz,
  superseded_by uuid,
  block_id     uuid NOT NULL,
  sealed       bytea,
  PRIMARY KEY (user_id, memory_id)
);
CREATE INDEX memories_in_time ON memories (user_id, bond_id, at);
CREATE INDEX memories_about ON memories (user_id, predicate, about) WHERE predicate IS NOT NULL AND superseded_by IS NULL;
CREATE INDEX memories_in_block ON memories (user_id, block_id);

CREATE TABLE memory_uses (
  user_id      uuid NOT NULL,
  memory_id    uuid NOT NULL,
  uses         int NOT NULL DEFAULT 0,
  last_used_at timestamptz,
  PRIMARY KEY (user_id, memory_id)
) WITH (fillfactor = 70);

-- Provenance: the messages a memory came from.
CREATE TABLE memory_messages (
  user_id      uuid NOT NULL,
  memory_id    uuid NOT NULL,
  message_id   uuid NOT NULL,
  PRIMARY KEY (user_id, memory_id, message_id)
);
CREATE INDEX memories_of_message ON memory_messages (user_id, message_id);

-- What search reads: one row a passage, narrow, kept together for one bond.
CREATE TABLE passages (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  row          int NOT NULL,
  memory_id    uuid NOT NULL,
  ordinal      int NOT NULL,                  -- of the message it belongs to
  at           timestamptz NOT NULL,
  speaker      smallint NOT NULL,
  kind         smallint NOT NULL,
  length       int NOT NULL,                  -- in index terms
  flags        int NOT NULL,
  salience     real NOT NULL DEFAULT 0.5,
  renewed_at   timestamptz NOT NULL,          -- last said again or confirmed
  successor    int NOT NULL DEFAULT -1,       -- the row that superseded it
  live         boolean NOT NULL DEFAULT true, -- false: on a branch that was left, or erased
  embedder     smallint,                      -- null: made without vectors
  embedding    halfvec,                       -- turned by the user's key
  PRIMARY KEY (user_id, bond_id, row)
);
ALTER TABLE passages ALTER COLUMN embedding SET STORAGE PLAIN;
CREATE INDEX passages_of_memory ON passages (user_id, memory_id);

CREATE TABLE embedders (
  embedder     smallint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
  stamp        text NOT NULL UNIQUE
);

-- Inverted index: for a keyed term, the rows that hold it, packed (int32 row, uint8 count), 1024 rows a chunk.
CREATE TABLE postings (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  term         bigint NOT NULL,
  chunk        int NOT NULL,
  entries      bytea NOT NULL,
  PRIMARY KEY (user_id, bond_id, term, chunk)
) WITH (fillfactor = 70);

CREATE TABLE entities (
  user_id      uuid NOT NULL,
  entity_id    uuid NOT NULL,
  bond_id      uuid NOT NULL,
  kind         smallint NOT NULL,
  merged_into  uuid,                          -- reversible: null again when unmerged
  first_at     timestamptz NOT NULL,
  last_at      timestamptz NOT NULL,
  mentions     int NOT NULL DEFAULT 0,
  block_id     uuid NOT NULL,
  sealed       bytea NOT NULL,                -- name and relation
  PRIMARY KEY (user_id, entity_id)
);

CREATE TABLE aliases (
  user_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  alias        bigint NOT NULL,               -- keyed hash
  entity_id    uuid NOT NULL,
  PRIMARY KEY (user_id, bond_id, alias, entity_id)
);

-- The graph: memories and entities, walked in SQL.
CREATE TABLE edges (
  user_id      uuid NOT NULL,
  source       uuid NOT NULL,
  kind         text NOT NULL,                 -- mentions, about, supersedes, derives
  target       uuid NOT NULL,
  memory_id    uuid,                          -- what says so
  valid_from   timestamptz,
  valid_to     timestamptz,
  PRIMARY KEY (user_id, source, kind, target)
);
CREATE INDEX edges_back ON edges (user_id, target, kind);

CREATE TABLE disclosures (
  user_id      uuid NOT NULL,
  disclosure_id uuid NOT NULL,
  bond_id      uuid NOT NULL,
  message_id   uuid NOT NULL,
  category     smallint NOT NULL,
  level        smallint NOT NULL,
  state        smallint NOT NULL DEFAULT 0,
  at           timestamptz NOT NULL,
  reviewed_at  timestamptz,
  PRIMARY KEY (user_id, disclosure_id),
  UNIQUE (user_id, message_id, category)
);

-- Why was she different on Tuesday: how each reply came to be.
CREATE TABLE replies (
  user_id      uuid NOT NULL,
  message_id   uuid NOT NULL,
  bond_id      uuid NOT NULL,
  provider     text NOT NULL,
  model        text NOT NULL,
  parameters   jsonb NOT NULL,                -- numbers and switches, never words
  persona_version text NOT NULL,
  context_digest bytea NOT NULL,
  verdict      text NOT NULL,
  fault        text,
  prompt_tokens int,
  reply_tokens int,
  at           timestamptz NOT NULL,
  PRIMARY KEY (user_id, message_id)
);

-- Keys that have to be destroyed: noted in the commit that deletes, spent when they are gone.
CREATE TABLE doomed (
  user_id      uuid NOT NULL,
  block_id     uuid NOT NULL,
  memory_id    uuid NOT NULL,
  PRIMARY KEY (user_id, block_id)
);

-- Turns that no provider could answer: answered later, once.
CREATE TABLE owed (
  user_id      uuid NOT NULL,
  owed_id      uuid NOT NULL,
  bond_id      uuid NOT NULL,
  conversation_id uuid NOT NULL,
  message_id   uuid NOT NULL,                 -- the words that wait for an answer
  state        smallint NOT NULL DEFAULT 0,
  attempts     int NOT NULL DEFAULT 0,
  due_at       timestamptz NOT NULL,          -- when to try next; while claimed, when the claim ends
  PRIMARY KEY (user_id, owed_id)
);
CREATE INDEX owed_due ON owed (due_at) WHERE state < 2;

-- The state of each provider's breaker, shared by all processes of the cell.
CREATE TABLE breakers (
  key          text PRIMARY KEY,
  state        text NOT NULL,
  failures     int NOT NULL,
  trips        int NOT NULL,
  until        timestamptz,
  firm         boolean NOT NULL,
  version      int NOT NULL
);

-- Walls. A row is visible to its own user only; the setting has no default, so a forgotten one is an error, not a leak.
DO $$
DECLARE walled text;
BEGIN
  FOREACH walled IN ARRAY ARRAY['users', 'bonds', 'conversations', 'messages', 'memories', 'memory_uses', 'memory_messages',
                                'passages', 'postings', 'entities', 'aliases', 'edges', 'disclosures', 'replies', 'owed', 'doomed'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format('CREATE POLICY own ON %I TO everkin_app
                      USING (user_id = (SELECT current_setting(''everkin.user_id'')::uuid))
                      WITH CHECK (user_id = (SELECT current_setting(''everkin.user_id'')::uuid))', walled);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO everkin_app', walled);
  END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON cell, directory, companions, embedders, breakers TO everkin_app;
GRANT SELECT ON cell TO everkin_upkeep;

-- Set-based jobs see numbers, times and flags of the whole cell, and not one sealed column.
CREATE POLICY cell_wide ON memories TO everkin_upkeep USING (true) WITH CHECK (true);
CREATE POLICY cell_wide ON memory_uses TO everkin_upkeep USING (true) WITH CHECK (true);
CREATE POLICY cell_wide ON bonds TO everkin_upkeep USING (true) WITH CHECK (true);
CREATE POLICY cell_wide ON disclosures TO everkin_upkeep USING (true) WITH CHECK (true);
GRANT SELECT (user_id, memory_id, bond_id, kind, predicate, topic, importance, pinned, safety, at, recorded_at, valid_from, valid_to, superseded_by)
  ON memories TO everkin_upkeep;
GRANT SELECT (user_id, memory_id, uses, last_used_at) ON memory_uses TO everkin_upkeep;
GRANT SELECT (user_id, bond_id, companion_id, next_ordinal, next_row, revision, persona_version, created_at) ON bonds TO everkin_upkeep;
GRANT SELECT (user_id, disclosure_id, bond_id, message_id, category, level, state, at, reviewed_at) ON disclosures TO everkin_upkeep;
GRANT SELECT (user_id, owed_id, bond_id, state, attempts, due_at) ON owed TO everkin_upkeep;
CREATE POLICY cell_wide ON owed TO everkin_upkeep USING (true) WITH CHECK (true);
GRANT SELECT (user_id, block_id, memory_id) ON doomed TO everkin_upkeep;
CREATE POLICY cell_wide ON doomed TO everkin_upkeep USING (true) WITH CHECK (true);
