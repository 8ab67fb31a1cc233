"""Which providers an environment and a file describe."""

import json
import tomllib

import pytest
from stage import provider

from everkin.config.providers import (
    Deadlines,
    ProviderKind,
    ProvidersSettings,
    read_providers,
    reorder,
)
from everkin.errors import ConfigError
from everkin.providers import with_local_ollama
from everkin.testing.faults import FaultyServer, refused_url

FILE = """
zone = "Europe/Lisbon"

[providers]
# who is asked first
order = ["local", "vllm"]
levels.free = ["local"]
companions.lucy = ["vllm"]
hedge_after = 1.5

[[provider]]
name = "vllm"
base_url = "http://10.0.0.7:8000/v1"
model = "qwen3-14b"
api_key_env = "VLLM_KEY"
deadlines.first_content = 3.0

[[provider]]
name = "local"
kind = "ollama"
model = "llama3.2"
"""


def test_a_file_is_read():
    settings = read_providers({"VLLM_KEY": "k"}, tomllib.loads(FILE))

    local, vllm = settings.providers
    assert (vllm.name, vllm.kind, vllm.api_key) == ("vllm", ProviderKind.OPENAI, "k")
    assert vllm.deadlines == Deadlines(first_content=3.0)
    assert (local.base_url, local.context_window) == ("http://127.0.0.1:11434", 8192)
    assert local.deadlines.last_first_content == 300.0
    assert settings.levels == {"free": ("local",)}
    assert settings.hedge_after == 1.5


def test_the_usual_variables_make_two_providers():
    environ = {"OPENAI_API_KEY": "a", "OPENAI_MODEL": "gpt-x", "ANTHROPIC_API_KEY": "b"}

    openai, anthropic = read_providers(environ, {}).providers

    assert (openai.base_url, openai.model) == ("https://api.openai.com/v1", "gpt-x")
    assert (anthropic.kind, anthropic.context_window) == (ProviderKind.ANTHROPIC, 200_000)


def test_a_json_list_in_the_environment_wins():
    listed = [{"name": "mine", "base_url": "http://h/v1", "model": "m"}]
    environ = {"EVERKIN_PROVIDERS": json.dumps(listed), "OPENAI_API_KEY": "a"}
    file = {"provider": [{"name": "theirs", "model": "m"}]}
    assert [each.name for each in read_providers(environ, file).providers] == ["mine"]


@pytest.mark.parametrize(
    ("environ", "toml", "said"),
    [
        ({"EVERKIN_PROVIDERS": "["}, "", "not a JSON list"),
        ({}, '[[provider]]\nname = "a"\nmodel = "m"\nkind = "smoke"', "kind"),
        ({}, '[[provider]]\nname = "a"\nmodel = "m"\napi_key = 5', "api_key"),
        ({}, '[[provider]]\nname = "a"\nmodel = "m"\ncolour = "red"', "colour"),
        ({}, '[[provider]]\nname = "a"\nmodel = "m"\napi_key_env = "NONE"', "NONE"),
        ({}, '[[provider]]\nname = "a"\nmodel = "m"\n' * 2, "Two providers"),
        ({}, '[providers]\nlevels.free = ["b"]', "'b'"),
        ({}, '[providers]\nhedge_after = "soon"', "hedge_after"),
        ({}, '[[provider]]\nname = "a"\nmodel = "m"\nbase_url = "localhost:8000"', "base_url"),
        ({}, '[[provider]]\nname = "a"\nmodel = "m"\nslots = 0', "slots"),
        ({}, '[[provider]]\nname = "a"\nmodel = "m"\ndeadlines.connect = -1', "deadlines.connect"),
    ],
)
def test_what_is_wrong_is_named(environ: dict[str, str], toml: str, said: str):
    with pytest.raises(ConfigError, match=said):
        read_providers(environ, tomllib.loads(toml))


def test_a_key_is_never_shown():
    with pytest.raises(ConfigError) as error:
        read_providers({}, {"provider": [{"name": "a", "model": "m", "api_key": ["hush"]}]})
    assert "hush" not in str(error.value)
    assert "hush" not in repr(provider("a", "http://h", api_key="hush"))


@pytest.mark.parametrize(
    "file",
    [FILE, FILE.replace('order = ["local", "vllm"]\n', ""), '[[provider]]\nname = "vllm"\nmodel = "m"\n', ""],
)
def test_a_new_order_changes_only_the_order(file: str):
    before, after = tomllib.loads(file), tomllib.loads(reorder(file, ["vllm", "local"]))

    assert after["providers"].pop("order") == ["vllm", "local"]
    before.get("providers", {}).pop("order", None)
    assert after == {"providers": {}, **before}
    assert ("# who is asked first" in file) == ("# who is asked first" in reorder(file, ["vllm"]))


def test_a_file_that_cannot_be_edited_is_left_alone():
    with pytest.raises(ConfigError, match="left as it is"):
        reorder('providers.order = ["a"]\n', ["b", "a"])


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("box:9", "http://box:9"),
        ("https://ollama.example/", "https://ollama.example"),
    ],
)
def test_ollamas_own_variable_says_where_it_is(host: str, url: str):
    assert read_providers({"OLLAMA_HOST": host}, {}).ollama == url


class TestOllamaIsFound:
    async def test_last_in_line(self):
        async with FaultyServer() as server:
            settings = ProvidersSettings(providers=(provider("first", "http://h"),), ollama=server.url)
            found = await with_local_ollama(settings)
        assert [(each.name, each.model) for each in found.providers] == [("first", "scripted"), ("ollama", "scripted")]

    async def test_nobody_answers(self):
        settings = ProvidersSettings(ollama=refused_url())
        assert await with_local_ollama(settings) is settings

    async def test_it_is_not_looked_for_when_forbidden(self):
        settings = read_providers({}, {"providers": {"ollama": False}})
        assert await with_local_ollama(settings) is settings
