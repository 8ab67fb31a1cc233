"""LLM backends behind one gateway that survives their faults; no memory and no persona lives here."""
