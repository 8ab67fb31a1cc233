"""What a companion is by itself: its persona's versions, their rollout and drift, when it writes first; never what it remembers."""
