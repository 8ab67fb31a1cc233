"""Models and grammars that read text on the CPU: embedder, heads, terms, tokens, dates; nothing is stored here."""
