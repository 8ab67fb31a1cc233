-- name: last
-- When each job last succeeded.
SELECT job, succeeded_at FROM job_runs;

-- name: note
-- It did; a clock that was turned back does not take it back.
INSERT INTO job_runs (job, succeeded_at) VALUES (%(job)s, %(at)s)
ON CONFLICT (job) DO UPDATE SET succeeded_at = greatest(job_runs.succeeded_at, excluded.succeeded_at);
