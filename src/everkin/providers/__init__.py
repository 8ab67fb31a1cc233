"""LLM backends behind one gateway that survives their faults; no memory and no persona lives here."""

from everkin.providers.discovery import with_local_ollama
from everkin.providers.gateway import ProviderGateway
from everkin.providers.ledger import MemoryLedger

__all__ = ["MemoryLedger", "ProviderGateway", "with_local_ollama"]
