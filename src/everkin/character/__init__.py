"""Characters: persona documents and their flaws, versions and rollouts, drift; nothing here knows a user's words for long."""
