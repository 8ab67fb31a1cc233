-- A conversation's last words are read on every turn: its current messages, in time.
CREATE INDEX messages_of_conversation ON messages (user_id, conversation_id, at, ordinal) WHERE current;

-- What was superseded is little, and looked up for every context.
CREATE INDEX memories_superseded ON memories (user_id, memory_id) INCLUDE (superseded_by) WHERE superseded_by IS NOT NULL;
