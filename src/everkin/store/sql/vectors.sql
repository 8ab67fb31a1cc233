-- name: users
-- Everybody who is listed.
SELECT user_id FROM directory ORDER BY user_id;

-- name: count
-- How many memories another embedder read, or none.
SELECT count(DISTINCT memory_id) AS stale FROM passages WHERE user_id = %(user)s AND embedder IS DISTINCT FROM %(embedder)s;

-- name: stale
-- The next of them, with their rows.
SELECT memory_id, bond_id, array_agg(row ORDER BY row) AS rows FROM passages
WHERE user_id = %(user)s AND embedder IS DISTINCT FROM %(embedder)s
GROUP BY memory_id, bond_id ORDER BY memory_id LIMIT %(limit)s;

-- name: waiting
-- Users with passages that were kept while no embedder answered.
SELECT DISTINCT user_id FROM passages WHERE embedder IS NULL LIMIT %(limit)s;

-- name: unread
-- The next of one user's, with their rows.
SELECT memory_id, bond_id, array_agg(row ORDER BY row) AS rows FROM passages
WHERE user_id = %(user)s AND embedder IS NULL
GROUP BY memory_id, bond_id ORDER BY memory_id LIMIT %(limit)s;

-- name: lock_bonds
-- Whoever was writing has committed; whoever comes later finds the cell moving.
SELECT bond_id, next_row FROM bonds WHERE user_id = %(user)s ORDER BY bond_id FOR UPDATE;

-- name: put_vectors
-- The same passages under the new embedder.
UPDATE passages p SET embedder = %(embedder)s, embedding = b.embedding
FROM unnest(%(row)s::int[], %(embedding)b::halfvec[]) AS b(row, embedding)
WHERE p.user_id = %(user)s AND p.bond_id = %(bond)s AND p.row = b.row;

-- name: darken
-- Nobody can read these any more; they keep no vector of the old kind.
UPDATE passages SET embedder = %(embedder)s, embedding = NULL
WHERE user_id = %(user)s AND bond_id = %(bond)s AND row = ANY(%(rows)s);

-- name: add_rows
-- Passages of a memory that the new embedder cuts otherwise, each like the memory's first row but for what is its own.
INSERT INTO passages (user_id, bond_id, row, memory_id, ordinal, at, speaker, kind, length, flags, salience, renewed_at, successor, live, embedder, embedding)
SELECT p.user_id, p.bond_id, b.row, p.memory_id, p.ordinal, p.at, p.speaker, p.kind, b.length, b.flags | (p.flags & %(fact)s), p.salience,
       p.renewed_at, p.successor, p.live, %(embedder)s, b.embedding
FROM passages p, unnest(%(row)s::int[], %(length)s::int[], %(flags)s::int[], %(embedding)b::halfvec[]) AS b(row, length, flags, embedding)
WHERE p.user_id = %(user)s AND p.bond_id = %(bond)s AND p.row = %(first)s;

-- name: drop_rows
-- What they were before.
DELETE FROM passages WHERE user_id = %(user)s AND bond_id = %(bond)s AND row = ANY(%(rows)s);

-- name: take_rows
-- Row numbers that were used.
UPDATE bonds SET next_row = next_row + %(added)s WHERE user_id = %(user)s AND bond_id = %(bond)s;

-- name: begin
-- From now on nobody but the move may open the cell.
UPDATE cell SET moving_to = %(stamp)s, moving_dimensions = %(dimensions)s;

-- name: finish
-- The cell is the new embedder's.
UPDATE cell SET embedder = moving_to, dimensions = moving_dimensions, moving_to = NULL, moving_dimensions = NULL WHERE moving_to = %(stamp)s;

-- name: owner
-- Whose vectors the cell holds, or will hold once they are moved.
SELECT e.stamp, e.embedder AS owner FROM cell c JOIN embedders e ON e.stamp = coalesce(c.moving_to, c.embedder);
