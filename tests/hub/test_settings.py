"""Settings: where they come from, what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.settings import SettingsError
from hub.settings_reading import load_settings, settings_with


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "hub.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return folder


def test_an_empty_folder_is_enough(tmp_path: Path):
    """The default hub needs no file: embedded database, this machine only, Japanese."""
    settings = load_settings(tmp_path, environ={})
    assert settings.database_url == f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    assert settings.base_url == "http://127.0.0.1:8080"
    assert (settings.locale, settings.timezone, settings.https) == ("ja", "Asia/Tokyo", False)
    assert settings.max_body_bytes == 64 * 1024 * 1024
    assert settings.secrets == tmp_path / "secrets"


def test_options_win_over_environment_over_file(tmp_path: Path):
    """The nearer to the person, the stronger."""
    write(tmp_path, 'port = 1\nworkers = 2\nlocale = "en"\n')
    environ = {"CEPTOAR_HUB_PORT": "3", "CEPTOAR_HUB_WORKERS": "4", "CEPTOAR_HUB_OTHER_TOOL": "x"}
    settings = load_settings(tmp_path, environ=environ, port=5, host=None)
    assert (settings.port, settings.workers, settings.locale, settings.host) == (5, 4, "en", "127.0.0.1")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 1", "found prot"),
        ("port = 'x", "expected TOML"),
        ("port = 'x'", "port: expected a whole number, found 'x'"),
        ("port = 70000", "port: expected a number from 0 to 65535, found 70000"),
        ("demo = 'perhaps'", "demo: expected true or false"),
        ("locale = 'fr'", "locale: expected one of ja, en"),
        ("timezone = 'Asia/Edo'", "timezone: expected a time zone such as Asia/Tokyo"),
        ("base_url = 'hub.example.jp'", "base_url: expected http://"),
        ("base_url = 'https://hub.example.jp/sub'", "base_url: expected http://"),
        ("database_url = 'mysql://u:hunter2@h/d'", "database_url: expected sqlite"),
        ("metrics_from = ['everywhere']", "metrics_from: expected networks"),
        ("peer_networks = ['10.0.0.1/8']", "peer_networks: expected networks"),
        ("production = true", "base_url: expected https:// in production"),
        ("production = true\ndemo = true\nbase_url = 'https://a.jp'", "production: expected no demo data"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(tmp_path: Path, text: str, says: str):
    """Expected, found, and never the password."""
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, text), environ={})
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_an_exposed_password_is_refused(tmp_path: Path):
    """A file that others can read must not hold it."""
    text = "database_url = 'postgresql+psycopg://hub:hunter2@db/hub'"
    with pytest.raises(SettingsError, match="expected mode 0600, found 0644"):
        load_settings(write(tmp_path, text, 0o644), environ={})
    settings = load_settings(write(tmp_path, text), environ={})
    assert settings.database_kind == "postgresql"
    assert "hunter2" not in repr(settings)


def test_changed_settings_are_checked_again(tmp_path: Path):
    """The port that was found free, or nonsense."""
    settings = load_settings(tmp_path, environ={})
    assert settings_with(settings, port=4321).port == 4321
    with pytest.raises(SettingsError):
        settings_with(settings, port=-1)


def test_a_font_that_is_named_must_be_there(tmp_path: Path):
    """A hub that starts without the font that it was told to use would refuse each PDF later."""
    with pytest.raises(SettingsError, match="pdf_font: expected the path of a file"):
        load_settings(tmp_path, environ={"CEPTOAR_HUB_PDF_FONT": str(tmp_path / "none.otf")})
    font = tmp_path / "some.otf"
    font.touch()
    assert load_settings(tmp_path, environ={"CEPTOAR_HUB_PDF_FONT": str(font)}).pdf_font == font
