"""Importance of a message: how likely somebody will ever need it again, in [0, 1], from signals that cost no model."""
