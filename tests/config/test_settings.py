"""What an installation is told, and what it answers when it was told nonsense."""

from pathlib import Path

import pytest

from everkin.config.settings import load
from everkin.errors import ConfigError

SECRET = "alices-secret-key-0001"


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    """No setting of the machine the tests run on reaches them."""
    for name in ("EVERKIN_CONFIG", "EVERKIN_PORT", "EVERKIN_API_KEYS", "EVERKIN_ZONE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_nothing_told_means_a_server_for_this_machine_alone():
    settings = load()
    assert (settings.host, settings.port, settings.loopback, settings.api_keys) == ("127.0.0.1", 8765, True, ())


def test_the_command_line_is_above_the_environment_and_that_above_the_file(monkeypatch):
    Path("everkin.toml").write_text("port = 1001\nhost = '127.0.0.2'\ncompanion = 'mira'\n")
    monkeypatch.setenv("EVERKIN_PORT", "1002")
    monkeypatch.setenv("EVERKIN_HOST", "127.0.0.3")
    settings = load(port=1003, dsn=None)
    assert (settings.port, settings.host, settings.companion) == (1003, "127.0.0.3", "mira")


def test_a_key_belongs_to_a_user_or_to_an_app(monkeypatch):
    monkeypatch.setenv("EVERKIN_API_KEYS", f"{SECRET}:alice, the-key-of-the-app-itself")
    alice, app = load().api_keys
    assert (alice.key.get_secret_value(), alice.user, app.user) == (SECRET, "alice", None)


def test_keys_are_read_from_the_file_too():
    Path("everkin.toml").write_text(f"api_keys = ['{SECRET}:alice']\n")
    assert [key.user for key in load().api_keys] == ["alice"]


def test_no_repr_and_no_error_shows_a_key_or_a_password(monkeypatch):
    monkeypatch.setenv("EVERKIN_API_KEYS", f"{SECRET}:alice")
    shown = repr(load(dsn=f"postgresql://everkin:{SECRET}@db/everkin"))
    monkeypatch.setenv("EVERKIN_API_KEYS", "tooshort:alice")
    with pytest.raises(ConfigError, match="api_keys") as caught:
        load()
    assert SECRET not in shown
    assert "tooshort" not in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("PORT", "70000"), ("ZONE", "Middle/Earth"), ("STOP_SECONDS", "-1")])
def test_a_wrong_value_is_refused_by_its_name(monkeypatch, name, value):
    monkeypatch.setenv(f"EVERKIN_{name}", value)
    with pytest.raises(ConfigError, match=name.lower()):
        load()


def test_a_misspelt_setting_does_not_pass_in_silence():
    Path("everkin.toml").write_text("prot = 9000\n\n[[providers]]\nname = 'home'\n")
    with pytest.raises(ConfigError, match="prot"):
        load()


def test_a_broken_file_is_named(monkeypatch):
    Path("everkin.toml").write_text("port = = 1\n")
    with pytest.raises(ConfigError, match=r"everkin\.toml is not valid TOML"):
        load()
    monkeypatch.setenv("EVERKIN_CONFIG", "/nowhere/everkin.toml")
    with pytest.raises(ConfigError, match="EVERKIN_CONFIG"):
        load()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.5", False),
        ("home.example", False),
    ],
)
def test_only_this_machine_reaches_loopback(host, loopback):
    assert load(host=host).loopback is loopback
