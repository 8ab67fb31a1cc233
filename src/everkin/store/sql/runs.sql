-- name: last
-- When each job last succeeded, and how much was done.
SELECT job, succeeded_at AS at, took_s, done, runs, total FROM job_runs ORDER BY job;

-- name: note
-- It did; a clock that was turned back does not take it back.
INSERT INTO job_runs (job, succeeded_at, took_s, done, runs, total) VALUES (%(job)s, %(at)s, %(took_s)s, %(done)s, 1, %(done)s)
ON CONFLICT (job) DO UPDATE SET succeeded_at = greatest(job_runs.succeeded_at, excluded.succeeded_at),
  took_s = excluded.took_s, done = excluded.done, runs = job_runs.runs + 1, total = job_runs.total + excluded.done;
