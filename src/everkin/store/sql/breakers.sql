-- name: get_breaker
-- One provider's breaker.
SELECT state, failures, trips, until, firm, version FROM breakers WHERE key = %(key)s;

-- name: put_breaker
-- Compare-and-set: stored only over the version before it, or where there was none.
INSERT INTO breakers (key, state, failures, trips, until, firm, version)
SELECT %(key)s, %(state)s, %(failures)s, %(trips)s, %(until)s, %(firm)s, %(version)s
WHERE %(version)s = 1 OR EXISTS (SELECT FROM breakers WHERE key = %(key)s)
ON CONFLICT (key) DO UPDATE SET state = excluded.state, failures = excluded.failures, trips = excluded.trips,
  until = excluded.until, firm = excluded.firm, version = excluded.version
WHERE breakers.version = excluded.version - 1;
