-- What was kept while the embedder was down has no vectors yet; a job finds it without reading anything else.
CREATE INDEX passages_unread ON passages (user_id) WHERE embedder IS NULL;
GRANT SELECT (embedder) ON passages TO everkin_upkeep;
