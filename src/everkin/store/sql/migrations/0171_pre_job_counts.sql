-- How long each job's last run took, how much it did, and how much all of its runs did.
ALTER TABLE job_runs
  ADD COLUMN took_s real NOT NULL DEFAULT 0,
  ADD COLUMN done bigint NOT NULL DEFAULT 0,
  ADD COLUMN runs bigint NOT NULL DEFAULT 0,
  ADD COLUMN total bigint NOT NULL DEFAULT 0;
