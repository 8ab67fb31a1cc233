"""What keeps: PostgreSQL and its supervisor, the seal and the keyring, caches and archives; no decision lives here."""
