-- A conversation's last words are read on every turn: its current messages, in time.
CREATE INDEX messages_of_conversation ON messages (user_id, conversation_id, at, ordinal) WHERE current;
