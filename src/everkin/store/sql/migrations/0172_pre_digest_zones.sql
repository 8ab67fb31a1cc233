-- In which time zone a digested week begins and ends: its owner's, when it was digested.
ALTER TABLE digests ADD COLUMN zone text NOT NULL DEFAULT 'UTC';
