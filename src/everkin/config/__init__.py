"""Settings from the environment and `everkin.toml`; only values, no behaviour."""
