"""Grammars of time expressions, one language a file; they read text and ask the calendar, and know no zones."""
