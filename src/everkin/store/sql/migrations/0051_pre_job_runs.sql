-- When each regular job last succeeded, in any process: what tells that one was missed while nobody ran it.
CREATE TABLE job_runs (
  job          text PRIMARY KEY,
  succeeded_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON job_runs TO everkin_app;
