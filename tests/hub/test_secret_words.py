"""What is secret is no word of a command: everybody on the machine could read it while the command runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.cli import main

PASSWORD = "hunter2hunter2"
WITH_PASSWORD = f"postgresql+psycopg://hub:{PASSWORD}@127.0.0.1:1/hub"


def secret_file(folder: Path, content: str, mode: int = 0o600) -> str:
    """A file that its owner alone may read, or not."""
    path = folder / "secret"
    path.write_text(content)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize("url", [WITH_PASSWORD, f"postgresql+psycopg://hub@db/hub?password={PASSWORD}"])
@pytest.mark.parametrize("command", ["init", "restore"])
def test_a_password_among_the_words_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, url: str
):
    """With what to do instead; nothing is made, and the password is not said again."""
    (tmp_path / "backup").mkdir()
    source = [str(tmp_path / "backup")] if command == "restore" else []
    assert main([command, *source, "--data", str(tmp_path / "data"), "--database-url", url]) == 2
    said = capsys.readouterr().err
    assert "--database-url-file" in said and "CEPTOAR_HUB_DATABASE_URL" in said and PASSWORD not in said
    assert not (tmp_path / "data").exists()


def test_a_file_gives_the_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """It is taken as the address: nobody answers there, which is said without the password."""
    file = secret_file(tmp_path, WITH_PASSWORD + "\n")
    assert main(["init", "--data", str(tmp_path / "data"), "--database-url-file", file]) == 2
    said = capsys.readouterr().err
    assert "the database does not answer" in said and PASSWORD not in said


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (WITH_PASSWORD, 0o644, "0600"),
        ("two\nlines", 0o600, "one line"),
        ("", 0o600, "one line"),
        (None, 0o600, "cannot read"),
    ],
)
def test_a_file_that_is_no_secret_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, mode: int, words: str
):
    """Readable by others, of several lines, empty or not there."""
    file = str(tmp_path / "nowhere") if content is None else secret_file(tmp_path, content, mode)
    assert main(["init", "--data", str(tmp_path / "data"), "--database-url-file", file]) == 2
    said = capsys.readouterr().err
    assert words in said and PASSWORD not in said


def test_one_address_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Which of two would win is not left to be guessed."""
    file = secret_file(tmp_path, WITH_PASSWORD)
    given = ["--database-url-file", file, "--database-url", "sqlite:///x"]
    assert main(["init", "--data", str(tmp_path / "data"), *given]) == 2
    assert "found both" in capsys.readouterr().err


@pytest.mark.parametrize("way", ["words", "file", "variable", "both"])
def test_a_key_among_the_words_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, way: str
):
    """It is taken, as it always was; whoever typed it hears what to do. The other ways are quiet."""
    monkeypatch.delenv("CEPTOAR_HUB_KEY", raising=False)
    key = "chk_" + "a" * 52
    file = ["--key-file", secret_file(tmp_path, key)]
    words = {"words": ["--key", key], "file": file, "variable": [], "both": ["--key", key, *file]}[way]
    if way == "variable":
        monkeypatch.setenv("CEPTOAR_HUB_KEY", key)
    assert main(["conformance", "http://127.0.0.1:1/taxii2/", *words]) == 2
    said = capsys.readouterr().err
    assert ("--key-file, and replace this one" in said) == (way == "words")
    assert ("found both" in said) == (way == "both")
    assert key not in said
