-- How far a language model has read each bond for facts, by ordinal: all of its messages below this.
ALTER TABLE bonds ADD COLUMN enriched int NOT NULL DEFAULT 0;
GRANT SELECT (enriched) ON bonds TO everkin_upkeep;
