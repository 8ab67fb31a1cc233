"""Which backends serve: read from what was said in the call, from the settings and from the machine."""

import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from everkin.config.providers import ProvidersSettings, read_providers
from everkin.config.settings import NO_ARCHIVE, Settings, config_table
from everkin.errors import ConfigError
from everkin.language.embedder import LocalEmbedder, RemoteEmbedder
from everkin.language.tokens import estimate
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.gateway import Gateway
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.tier import Policy
from everkin.providers import ProviderGateway, with_local_ollama
from everkin.store.ground import Place
from everkin.store.store import Store


async def configured_embedder(stack: AsyncExitStack, settings: Settings) -> Embedder:
    """The one that ships, warm, unless the settings name a server. Raises ConfigError."""
    if settings.embedder_url is None:
        local = LocalEmbedder()
        stack.push_async_callback(local.close)
        await local.warm()
        return local
    if settings.embedder_model is None or settings.embedder_dimensions is None:
        raise ConfigError(
            "An embedder is named by its address, and not which model it is.",
            next="Set embedder_model, and embedder_dimensions to the length of its vectors.",
        )
    remote = RemoteEmbedder(
        base_url=settings.embedder_url,
        api_key=settings.embedder_key.get_secret_value() if settings.embedder_key else "none",
        model=settings.embedder_model,
        dimensions=settings.embedder_dimensions,
    )
    stack.push_async_callback(remote.close)
    return remote


def indexed_by(embedder: Embedder, lexicon: Lexicon) -> Callable[[str], list[Sequence[str]]]:
    """The index terms of each passage of a text, as the absorber reads them."""
    return lambda text: [lexicon.stems(passage) for passage in embedder.passages(text)]


def place_of(settings: Settings, data: str | Path | None, dsn: str | None, keyring: str | Path | None) -> Place:
    """What is said in the call counts before what is set; a connection string before a folder."""
    address = dsn or (settings.dsn.get_secret_value() if settings.dsn and data is None else None)
    folder = None if address else Path(data or settings.data).expanduser()
    ring = Path(keyring).expanduser() if keyring else settings.keyring
    beside = str((settings.data.expanduser() if address else folder or settings.data) / "archive")
    archive = beside if settings.archive in (None, NO_ARCHIVE) else settings.archive
    return Place(
        data=folder,
        dsn=address,
        keyring=ring.expanduser() if ring else None,
        mirror=settings.keyring_mirror.expanduser() if settings.keyring_mirror else None,
        retention=timedelta(days=settings.retention_days),
        archives=(archive, settings.archive_copy) if settings.archive_copy else (archive,),
        shared_facts=frozenset(settings.shared_facts),
        zone=settings.zone,
        policy=Policy(forgets=settings.forget),
        redis=settings.redis.get_secret_value() if settings.redis else None,
    )


async def configured_gateway(stack: AsyncExitStack, store: Store) -> Gateway:
    """The providers that are configured, and an Ollama on this machine where none is."""
    settings = await with_local_ollama(configured_providers())
    return await stack.enter_async_context(ProviderGateway(settings, ledger=store.breakers, estimate=estimate))


def configured_providers() -> ProvidersSettings:
    """What the environment and `everkin.toml` say of providers. Raises ConfigError."""
    return read_providers(os.environ, config_table())
