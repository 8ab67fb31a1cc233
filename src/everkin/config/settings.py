"""What an installation is told: where things lie, who may come in, how much may be spent. Values only.

Read once at start, strongest first: what the command line says, `EVERKIN_*` environment variables, the file that
`EVERKIN_CONFIG` names (else `everkin.toml` in the working folder, else in the user's configuration folder), defaults.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
import tzlocal
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    SecretStr,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from everkin.errors import ConfigError
from everkin.mind.fact import Predicate

NO_ARCHIVE = "off"
KEY_LENGTH_MIN = 16
"""Characters; shorter keys could be guessed from outside."""


class ApiKey(BaseModel):
    """Who holds `key` acts as `user`; with None, as any user they name (an app's own server)."""

    model_config = ConfigDict(frozen=True)

    key: Annotated[SecretStr, Field(min_length=KEY_LENGTH_MIN)]
    user: str | None = None


def _api_keys(value: object) -> object:
    """`key:user` or `key` items, in a list or separated by commas as an environment variable holds them."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        return items
    return tuple(_api_key(item) if isinstance(item, str) else item for item in items if item != "")


def _api_key(item: str) -> dict[str, str | None]:
    key, _, user = item.strip().partition(":")
    return {"key": key, "user": None if user in ("", "*") else user}


def _names(value: object) -> object:
    return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("should be a time zone's name such as Europe/Lisbon") from None
    return name


def _local_zone() -> str:
    try:
        return tzlocal.get_localzone_name() or "UTC"
    except (ZoneInfoNotFoundError, ValueError, LookupError):
        return "UTC"


def _shared_facts(value: object) -> object:
    names = _names(value)
    return () if names == ("none",) else names


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]


class Settings(BaseSettings):
    """Every field is also an environment variable: `port` is `EVERKIN_PORT`."""

    model_config = SettingsConfigDict(
        env_prefix="EVERKIN_", frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    data: Path = Path("~/.everkin")
    dsn: SecretStr | None = None
    """A PostgreSQL (>= 16, with pgvector) of your own; None: the embedded one in the data folder."""
    keyring: Path | None = None
    """Where the keys lie, outside the data folder; None: in the user's configuration folder, one a data folder."""
    keyring_mirror: Path | None = None
    """Where every key lies once more, on another disk, say; with the recovery phrase it brings a lost keyring back."""
    retention_days: Annotated[int, Field(ge=0, le=3650)] = 0
    """How long you keep backups of the database: the key of what is erased lives on so long, so that they can be restored."""

    embedder_url: str | None = None
    """An OpenAI-compatible server of embeddings, such as http://127.0.0.1:8080/v1, with `embedder_model` and
    `embedder_dimensions`; None: the one that ships. What is said and asked goes there. Changing it takes `everkin reembed`."""
    embedder_model: str | None = None
    embedder_dimensions: Annotated[int, Field(ge=1, le=4000)] | None = None
    embedder_key: SecretStr | None = None

    redis: SecretStr | None = None
    """Redis for what active bonds have hot, shared by all processes: redis://host:6379/0; None: in each one's memory."""
    archive: str | None = None
    """Where cold memories go: a folder, or a URL such as s3://bucket/prefix; None: the folder `archive` beside the data;
    `off`: they stay in the database."""
    archive_copy: str | None = None
    """A second place for each of them, as a folder or URL; read where the first has lost one, which is then mended."""

    forget: bool = False
    """Whether what is worth next to nothing leaves search for good, after a grace of 90 days that can be called off. If not,
    it goes cold and stays. Never what is pinned, dated ahead, an open thread, or said in need."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    api_keys: Annotated[tuple[ApiKey, ...], NoDecode, BeforeValidator(_api_keys)] = ()
    allowed_hosts: Names = ()
    """Names besides localhost under which a server on loopback may be addressed: a reverse proxy's, say."""
    allowed_origins: Names = ()
    """Web pages of other origins that may call; none by default."""
    body_bytes_max: PositiveInt = 16 * 1024 * 1024
    stop_seconds: Annotated[float, Field(ge=0, le=300)] = 10.0
    """How long replies that are being told may go on once the server was asked to stop."""

    companion: str = "lucy"
    """Who answers where a caller names nobody."""
    user: str = "me"
    """Who speaks where a caller names nobody."""
    zone: Annotated[str, AfterValidator(_known_zone)] = Field(default_factory=_local_zone)
    """The time zone of a user who was never given one; the machine's by default."""
    service_level: str = "standard"
    budgets: Mapping[str, PositiveInt] = Field(default_factory=lambda: {"standard": 4000})
    """Tokens of composed context, by service level."""

    shared_facts: Annotated[tuple[Predicate, ...], NoDecode, BeforeValidator(_shared_facts)] = tuple(Predicate)
    """The kinds of facts about a user and their people that all of their companions may know; `none` for no kind.
    What was said, and every other fact, stays between the two who talked."""

    sampled_a_day: Annotated[int, Field(ge=0, le=10_000)] = 60
    """How many memories of the cell are opened and scored each day."""
    prune: bool = False
    """Whether facts that a sample finds ungrounded, doubled, contradicted or unreadable are taken out of search; their
    words stay. Otherwise they are only flagged."""

    enrich: bool = False
    """Whether a language model may read sessions that are over for facts; what was said goes to the providers for it."""

    webhook: str | None = None
    """Where a companion's own messages are posted to; None: the app comes and asks for them."""
    webhook_secret: SecretStr | None = None
    """What they are signed with: whsec_ and at least 24 bytes in base64, as Standard Webhooks has it."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"

    @property
    def loopback(self) -> bool:
        """Whether `host` can be reached from this machine alone. A name other than localhost counts as reachable."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def tokens(self) -> int:
        """The context budget of the configured service level."""
        return self.budgets.get(self.service_level, 4000)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=config_file())


def config_file() -> Path | None:
    """The file settings are read from, or None; ConfigError when `EVERKIN_CONFIG` names one that is not there."""
    if named := os.environ.get("EVERKIN_CONFIG"):
        if not Path(named).is_file():
            raise ConfigError(
                "EVERKIN_CONFIG names a file that is not there.", next="Correct the path, or unset EVERKIN_CONFIG."
            )
        return Path(named)
    places = (Path("everkin.toml"), platformdirs.user_config_path("everkin") / "everkin.toml")
    return next((place for place in places if place.is_file()), None)


def config_table() -> dict[str, Any]:
    """Everything that file says, for the rooms that read tables of their own from it."""
    file = config_file()
    return tomllib.loads(file.read_text(encoding="utf-8")) if file else {}


def load(**told: Any) -> Settings:
    """The settings of this process; `told` (None: not told) stands above every other source.

    Raises ConfigError that names the settings at fault, never their values: some are secret.
    """
    try:
        settings = Settings(**{name: value for name, value in told.items() if value is not None})
    except ValidationError as error:
        raise _at_fault(error) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{config_file()} is not valid TOML: {error}.", next="Correct the file, then start again."
        ) from None
    _refuse_unknown()
    return settings


def _at_fault(error: ValidationError) -> ConfigError:
    told = error.errors(include_input=False, include_url=False)
    faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in told]
    return ConfigError(
        f"{'A setting is' if len(faults) == 1 else 'Settings are'} wrong. {'; '.join(faults)}.",
        next="Correct it in the environment (EVERKIN_ and its name), in everkin.toml or on the command line.",
    )


def _refuse_unknown() -> None:
    """A misspelt setting in the file must not pass in silence. Tables belong to other readers of the file."""
    table = config_table()
    unknown = sorted(
        name for name, value in table.items() if name not in Settings.model_fields and not _is_table(value)
    )
    if unknown:
        raise ConfigError(
            f"{config_file()} holds settings nobody knows: {', '.join(unknown)}.",
            next="Correct their names or take them out.",
        )


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and all(isinstance(item, dict) for item in value))
