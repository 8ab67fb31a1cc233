-- name: due
-- Bonds with messages that no model has read, the longest backlog first; ids and counters are all that this role may see.
SELECT user_id, bond_id FROM bonds WHERE enriched < next_ordinal ORDER BY next_ordinal - enriched DESC, user_id LIMIT %(limit)s;

-- name: unread
-- The next messages to read, in the order of arrival, and how many the bond has ever had; no message where all are erased.
SELECT m.*, b.next_ordinal FROM bonds b
LEFT JOIN messages m ON m.user_id = b.user_id AND m.bond_id = b.bond_id AND m.ordinal >= b.enriched
WHERE b.user_id = %(user)s AND b.bond_id = %(bond)s ORDER BY m.ordinal LIMIT %(limit)s;

-- name: advance
-- Read up to here; never backwards, whoever else reads.
UPDATE bonds SET enriched = greatest(enriched, %(ordinal)s) WHERE user_id = %(user)s AND bond_id = %(bond)s;
