-- name: stand
-- What a cache compares: the user's epoch, the bond's counters, and those of all other bonds of the user's.
SELECT u.epoch, b.revision, b.next_row, (
  SELECT coalesce(sum(o.revision::bigint + o.next_row), 0) FROM bonds o
  WHERE o.user_id = u.user_id AND o.bond_id <> b.bond_id)::bigint AS elsewhere
FROM users u JOIN bonds b USING (user_id)
WHERE u.user_id = %(user)s AND b.bond_id = %(bond)s;

-- name: since
-- The same, with what was added from a row on: the messages behind it, facts among it, and older rows that it superseded.
SELECT u.epoch, b.revision, b.next_row, (
  SELECT coalesce(sum(o.revision::bigint + o.next_row), 0) FROM bonds o
  WHERE o.user_id = u.user_id AND o.bond_id <> b.bond_id)::bigint AS elsewhere,
  ARRAY(SELECT DISTINCT s.message_id FROM passages p JOIN memory_messages s USING (user_id, memory_id)
        WHERE p.user_id = u.user_id AND p.bond_id = b.bond_id AND p.row >= %(first)s) AS added,
  EXISTS(SELECT FROM passages p WHERE p.user_id = u.user_id AND p.bond_id = b.bond_id AND p.row >= %(first)s AND p.kind = %(fact)s) AS learnt,
  EXISTS(SELECT FROM passages p WHERE p.user_id = u.user_id AND p.bond_id = b.bond_id AND p.row < %(first)s
         AND p.successor >= 0 AND p.successor >= %(first)s) AS superseded
FROM users u JOIN bonds b USING (user_id)
WHERE u.user_id = %(user)s AND b.bond_id = %(bond)s;
