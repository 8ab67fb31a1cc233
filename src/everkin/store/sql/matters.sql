-- name: stand
-- What a snapshot is compared with: the user's epoch and the bond's counters; and whose vectors the cell holds.
SELECT u.epoch, b.next_row, b.revision, e.stamp, e.embedder AS owner
FROM users u JOIN bonds b USING (user_id), cell c LEFT JOIN embedders e ON e.stamp = coalesce(c.moving_to, c.embedder)
WHERE u.user_id = %(user)s AND b.bond_id = %(bond)s;

-- name: columns
-- Every live row's numbers, packed into one byte string of fixed-size records.
SELECT string_agg(
         int4send(row) || int4send(ordinal) || float8send(extract(epoch FROM at)::float8)
         || float8send(extract(epoch FROM renewed_at)::float8) || int2send(speaker) || int4send(length) || int4send(flags)
         || float4send(salience) || int4send(successor) || uuid_send(memory_id), ''::bytea) AS packed
FROM passages WHERE user_id = %(user)s AND bond_id = %(bond)s AND row >= %(first)s AND live;

-- name: dots
-- One question's vector against every live row: row and inner product, packed.
SELECT string_agg(int4send(row) || float4send(coalesce(-(embedding <#> %(vector)b::halfvec), 0)::float4), ''::bytea) AS packed
FROM passages WHERE user_id = %(user)s AND bond_id = %(bond)s AND live;

-- name: vectors
-- The vectors of a stretch of rows, packed: row, then dimensions (int16), two unused bytes, half-precision numbers.
SELECT string_agg(int4send(row) || halfvec_send(embedding), ''::bytea) AS packed FROM passages
WHERE user_id = %(user)s AND bond_id = %(bond)s AND row >= %(first)s AND live AND embedding IS NOT NULL;

-- name: postings_of
-- Where some terms occur.
SELECT term, string_agg(entries, ''::bytea ORDER BY chunk) AS entries FROM postings
WHERE user_id = %(user)s AND bond_id = %(bond)s AND term = ANY(%(terms)s) GROUP BY term;

-- name: postings_from
-- Everything indexed from a chunk on.
SELECT term, string_agg(entries, ''::bytea ORDER BY chunk) AS entries FROM postings
WHERE user_id = %(user)s AND bond_id = %(bond)s AND chunk >= %(chunk)s GROUP BY term;

-- name: successors
-- Older rows that a newer stretch superseded.
SELECT row, successor FROM passages
WHERE user_id = %(user)s AND bond_id = %(bond)s AND row < %(first)s AND successor >= 0 AND successor >= %(first)s;
