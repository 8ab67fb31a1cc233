"""Ranking: every memory of a bond scored for one question, cheaply, and the best of them looked at closely."""
