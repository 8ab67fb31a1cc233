"""Finding the Ollama that runs on this machine, so that a first run needs no configuration."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import httpx

from everkin.config.providers import ProviderKind, ProvidersSettings, ollama_settings
from everkin.providers.fault import Failed
from everkin.providers.ollama import OllamaChat
from everkin.providers.upstream import Wire

PROBE_S: Final = 0.5
_NO_CHAT: Final = re.compile(r"embed|minilm|\bbge|rerank|whisper", re.IGNORECASE)


async def with_local_ollama(settings: ProvidersSettings, *, seconds: float = PROBE_S) -> ProvidersSettings:
    """`settings` with a local Ollama as the last provider, if one answers within `seconds` and has a model to chat with.

    Asks nobody when the settings name an Ollama already, or forbid it. Of several models it takes the one that Ollama
    lists first: the last one pulled.
    """
    if settings.ollama is None or any(each.kind is ProviderKind.OLLAMA for each in settings.providers):
        return settings
    model = next((name for name in await _models(settings.ollama, seconds) if not _NO_CHAT.search(name)), None)
    if model is None:
        return settings
    return replace(settings, providers=(*settings.providers, ollama_settings(settings.ollama, model)))


async def _models(url: str, seconds: float) -> list[str]:
    async with httpx.AsyncClient(trust_env=False) as client:
        ollama = OllamaChat(Wire(client, ollama_settings(url, ""), lambda: datetime.now(UTC)))
        try:
            async with asyncio.timeout(seconds):
                return list(await ollama.models())
        except (Failed, TimeoutError):
            return []
