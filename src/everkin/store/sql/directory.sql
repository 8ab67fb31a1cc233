-- name: get_cell
-- Which cell this is, and whether nobody lives in it.
SELECT cell_id, embedder, dimensions, moving_to, replayed_at, NOT EXISTS (SELECT FROM directory) AS empty FROM cell;

-- name: put_cell
-- Name the cell, unless it has a name.
INSERT INTO cell (cell_id) VALUES (%(cell)s) ON CONFLICT DO NOTHING;

-- name: stamp_cell
-- The first vectors decide whose vectors a cell holds.
UPDATE cell SET embedder = %(stamp)s, dimensions = %(dimensions)s WHERE embedder IS NULL;

-- name: put_embedder
-- Give a stamp its number.
INSERT INTO embedders (stamp) VALUES (%(stamp)s) ON CONFLICT (stamp) DO UPDATE SET stamp = excluded.stamp RETURNING embedder;

-- name: get_person
-- The id behind a name.
SELECT user_id FROM directory WHERE name_hash = %(name_hash)s;

-- name: put_person
-- List a name; whoever was first stands.
INSERT INTO directory (name_hash, user_id) VALUES (%(name_hash)s, %(user)s) ON CONFLICT (name_hash) DO NOTHING;

-- name: put_user
-- The user's own row.
INSERT INTO users (user_id, sealed, time_zone) VALUES (%(user)s, %(sealed)s, %(time_zone)s) ON CONFLICT DO NOTHING;

-- name: get_user
-- The user's own row.
SELECT * FROM users WHERE user_id = %(user)s;

-- name: set_time_zone
-- Where the user's days begin.
UPDATE users SET time_zone = %(time_zone)s, epoch = epoch + 1 WHERE user_id = %(user)s;

-- name: get_companion
-- By name.
SELECT * FROM companions WHERE name = %(name)s;

-- name: list_companions
-- All of the cell.
SELECT * FROM companions ORDER BY name;

-- name: put_companion
-- A new character; whoever was first stands.
INSERT INTO companions (companion_id, name, persona, version) VALUES (%(companion)s, %(name)s, %(persona)s, %(version)s)
ON CONFLICT (name) DO NOTHING;

-- name: put_bond
-- One user with one companion.
INSERT INTO bonds (user_id, bond_id, companion_id) VALUES (%(user)s, %(bond)s, %(companion)s)
ON CONFLICT (user_id, companion_id) DO NOTHING;

-- name: get_bond
-- Their bond.
SELECT bond_id FROM bonds WHERE user_id = %(user)s AND companion_id = %(companion)s;

-- name: list_bonds
-- All bonds of a user.
SELECT bond_id, companion_id FROM bonds WHERE user_id = %(user)s;

-- name: companion_of
-- The character of a bond.
SELECT c.* FROM companions c JOIN bonds b USING (companion_id) WHERE b.user_id = %(user)s AND b.bond_id = %(bond)s;
