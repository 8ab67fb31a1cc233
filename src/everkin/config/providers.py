"""The LLM providers of this installation: an ordered list, from the environment and from `everkin.toml`.

First that names any wins: `EVERKIN_PROVIDERS` (a JSON list of the tables below), the `[[provider]]` tables of
`everkin.toml`, and then the variables that other programs use, `OPENAI_API_KEY` / `OPENAI_BASE_URL` / `OPENAI_MODEL`
and the same three of `ANTHROPIC`. A local Ollama is looked for besides (at `OLLAMA_HOST`, or 127.0.0.1:11434) and
stands last, unless `[providers] ollama = false`.

    [providers]
    order = ["vllm", "local"]          # else the order of the tables
    levels.free = ["local"]            # per service level
    companions.lucy = ["vllm"]         # a pin: first for this companion, the others stand by
    hedge_after = 1.0                  # seconds; off by default

    [[provider]]
    name = "vllm"
    kind = "openai"                    # or "anthropic", "ollama"
    base_url = "http://10.0.0.7:8000/v1"
    model = "qwen3-14b"
    api_key_env = "VLLM_KEY"           # or api_key = "…"
    context_window = 32768
    deadlines.first_content = 3.0
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt, TypeAdapter, ValidationError

from everkin.errors import ConfigError

OLLAMA_URL: Final = "http://127.0.0.1:11434"


class ProviderKind(StrEnum):
    """The protocol an upstream speaks."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    OLLAMA = "ollama"


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadlines:
    """Seconds. Those without `last_` bind only while another provider stands ready; the last one has its patience.

    Keep-alives and empty deltas are no content; reasoning is. `first_content` counts from the start of the attempt and
    so includes `connect`.
    """

    connect: PositiveFloat = 1.0
    first_content: PositiveFloat = 2.0
    between: PositiveFloat = 10.0
    total: PositiveFloat = 180.0
    last_first_content: PositiveFloat = 120.0
    last_between: PositiveFloat = 60.0


LOCAL_DEADLINES: Final = Deadlines(last_first_content=300.0)
"""A model that is loaded from disk first may take minutes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderSettings:
    """One provider. `slots` limits the requests at once; `family` names the tokenizer (empty: guessed from the model).

    `max_tokens` is the reply's room where the caller named none: it is sent where the protocol demands one (Anthropic)
    and kept free in the context window everywhere.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    kind: ProviderKind
    base_url: Annotated[str, Field(pattern="^https?://")]
    model: str
    api_key: str = field(default="", repr=False)
    context_window: PositiveInt = 128_000
    max_tokens: PositiveInt = 1024
    family: str = ""
    slots: PositiveInt = 8
    deadlines: Deadlines = Deadlines()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvidersSettings:
    """All providers in order, and who gets which. Seconds throughout.

    `hedge_after`: a second provider is asked beside the first when that long nothing came (None: never); at most
    `hedge_share` of the requests. `retry_share` bounds second asks of the same provider in the same way. `seams`
    bounds the joins in one answer.
    """

    providers: tuple[ProviderSettings, ...] = ()
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    companions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ollama: str | None = OLLAMA_URL
    total: PositiveFloat = 900.0
    keep_alive: PositiveFloat = 5.0
    hedge_after: PositiveFloat | None = None
    hedge_share: Annotated[float, Field(ge=0, le=0.1)] = 0.1
    retry_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    seams: Annotated[int, Field(ge=0)] = 2


_DEFAULT_URLS: Final = {
    ProviderKind.OPENAI: "https://api.openai.com/v1",
    ProviderKind.ANTHROPIC: "https://api.anthropic.com",
    ProviderKind.OLLAMA: OLLAMA_URL,
}
_DEFAULT_WINDOWS: Final = {
    ProviderKind.OPENAI: 128_000,
    ProviderKind.ANTHROPIC: 200_000,
    ProviderKind.OLLAMA: 8_192,
}


def read_providers(environ: Mapping[str, str], toml: Mapping[str, Any]) -> ProvidersSettings:
    """The settings of `environ` and the parsed `everkin.toml`; ConfigError names the setting, never its value."""
    general = dict(toml.get("providers", {}))
    order = general.pop("order", None)
    tables = _tables(environ, toml)
    providers = _ordered([_provider(table, environ) for table in tables], order)
    if general.pop("ollama", True) is False:
        general["ollama"] = None
    elif "OLLAMA_HOST" in environ:
        general["ollama"] = _ollama_url(environ["OLLAMA_HOST"])
    settings: ProvidersSettings = _validated(_SETTINGS, {**general, "providers": providers}, "[providers]")
    _check_names(settings)
    return settings


def ollama_settings(url: str, model: str) -> ProviderSettings:
    """The provider that stands for a local Ollama that was found at `url`."""
    return ProviderSettings(
        name="ollama",
        kind=ProviderKind.OLLAMA,
        base_url=url,
        model=model,
        context_window=_DEFAULT_WINDOWS[ProviderKind.OLLAMA],
        slots=2,
        deadlines=LOCAL_DEADLINES,
    )


def reorder(toml: str, names: Sequence[str]) -> str:
    """The text of `everkin.toml` with `[providers] order` set to `names`; every other line stays as it is.

    ConfigError when the file writes its `[providers]` in a way that a line cannot be put into (inline, or dotted).
    """
    line = f"order = {json.dumps(list(names), ensure_ascii=False)}"
    table = re.search(r"(?m)^\[providers\][^\n]*\n?", toml)
    if table is None:
        edited = f"{toml.rstrip()}\n\n[providers]\n{line}\n".lstrip()
    else:
        body, rest = _split_at_table(toml[table.end() :])
        body = re.sub(r"(?m)^\s*order\s*=\s*\[[^\]]*\][^\n]*\n?", "", body)
        edited = f"{toml[: table.end()].rstrip()}\n{line}\n{body}{rest}"
    try:
        tomllib.loads(edited)
    except tomllib.TOMLDecodeError:
        raise ConfigError(
            "everkin.toml was left as it is.", next=f"Write `{line}` under [providers] by hand."
        ) from None
    return edited


def _split_at_table(toml: str) -> tuple[str, str]:
    """What belongs to the table that is open where `toml` begins, and what follows it."""
    found = re.search(r"(?m)^\[", toml)
    return (toml[: found.start()], toml[found.start() :]) if found else (toml, "")


def _tables(environ: Mapping[str, str], toml: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "EVERKIN_PROVIDERS" in environ:
        try:
            return list(json.loads(environ["EVERKIN_PROVIDERS"]))
        except (ValueError, TypeError) as error:
            raise ConfigError(
                "EVERKIN_PROVIDERS is not a JSON list.", next="See `everkin.config.providers`."
            ) from error
    return list(toml.get("provider", [])) or _usual_variables(environ)


def _usual_variables(environ: Mapping[str, str]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for kind, model in ((ProviderKind.OPENAI, "gpt-4o-mini"), (ProviderKind.ANTHROPIC, "claude-haiku-4-5")):
        prefix = kind.value.upper()
        key, url = environ.get(f"{prefix}_API_KEY"), environ.get(f"{prefix}_BASE_URL")
        if key or url:
            found.append(
                {
                    "name": kind.value,
                    "kind": kind,
                    "base_url": url or _DEFAULT_URLS[kind],
                    "api_key": key or "",
                    "model": environ.get(f"{prefix}_MODEL", model),
                }
            )
    return found


def _provider(table: Mapping[str, Any], environ: Mapping[str, str]) -> ProviderSettings:
    values = dict(table)
    where = f"provider {values.get('name', '(without a name)')!r}"
    if "api_key_env" in values:
        variable = values.pop("api_key_env")
        if variable not in environ:
            raise ConfigError(
                f"{where} wants its key from {variable}, which is not set.", next="Set it, or use api_key."
            )
        values["api_key"] = environ[variable]
    kind = values.get("kind", ProviderKind.OPENAI)
    values.setdefault("kind", kind)
    values.setdefault("base_url", _DEFAULT_URLS.get(kind, ""))
    values.setdefault("context_window", _DEFAULT_WINDOWS.get(kind, 128_000))
    if kind == ProviderKind.OLLAMA:
        values["deadlines"] = {"last_first_content": LOCAL_DEADLINES.last_first_content, **values.get("deadlines", {})}
    provider: ProviderSettings = _validated(_PROVIDER, values, where)
    return provider


def _ordered(providers: list[ProviderSettings], order: Sequence[str] | None) -> tuple[ProviderSettings, ...]:
    if order is None:
        return tuple(providers)
    by_name = {provider.name: provider for provider in providers}
    first = [by_name[name] for name in order if name in by_name]
    return (*first, *(provider for provider in providers if provider.name not in order))


def _check_names(settings: ProvidersSettings) -> None:
    names = [provider.name for provider in settings.providers]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"Two providers are called {name!r}.", next="Give each its own name.")
    for rule, wanted in (*settings.levels.items(), *settings.companions.items()):
        for name in wanted:
            if name not in (*names, "ollama"):
                raise ConfigError(f"{rule!r} names the provider {name!r}, which is not configured.")


def _ollama_url(host: str) -> str:
    """As Ollama reads it: a bare host gets its port, and the address it binds to is one to be called at."""
    if "://" not in host:
        host = f"http://{host}" if re.search(r":\d+$", host) else f"http://{host}:11434"
    return host.rstrip("/").replace("//0.0.0.0", "//127.0.0.1")


def _validated(adapter: TypeAdapter[Any], values: Mapping[str, Any], where: str) -> Any:
    try:
        return adapter.validate_python(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        setting = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{where}: {setting}: {first['msg']}.", next="Correct it in the configuration.") from None


_PROVIDER: Final[TypeAdapter[Any]] = TypeAdapter(ProviderSettings)
_SETTINGS: Final[TypeAdapter[Any]] = TypeAdapter(ProvidersSettings)
