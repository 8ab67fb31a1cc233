-- How messages were said goes cold with them: its indexes are hollowed out as those of the others are.
DO $$
BEGIN
  IF current_setting('server_version_num')::int >= 170000 THEN
    EXECUTE 'GRANT MAINTAIN ON manners TO everkin_upkeep';
  END IF;
END $$;

-- Most messages speak of no theme and tell of no outcome: null takes no room, an empty array sixteen bytes.
ALTER TABLE traces ALTER COLUMN themes DROP NOT NULL, ALTER COLUMN told DROP NOT NULL;
