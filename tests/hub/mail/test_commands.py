"""What an administrator does: settings, a trial, the list of what was given up, doctor; never content or addresses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hub.cli import main
from hub.settings import SettingsError
from hub.settings_reading import load_settings
from tests.factory import World
from tests.hub.mail.conftest import SENDER
from tests.hub.mail.server import MailServer
from tests.people import people_of
from tests.sharing.mails.steps import confirms, happens
from tests.sharing.reports.conftest import Scene


@pytest.fixture
def data(peopled_url: str, tmp_path: Path, server: MailServer) -> Path:
    """A hub that has given a mail up and has another waiting, as its administrator finds it."""
    server.to_mails = ["554 no"]
    mail = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "none", "mail_from": SENDER}
    world = World(peopled_url, tmp_path, **mail)
    scene = Scene(world)
    confirms(world, people_of(world).office, "office@example.jp")
    scene.files(scene.hanako)
    happens(world)
    world.advance(minutes=1)
    from hub.mail.post import send_due

    send_due(world.hub)
    world.close()
    lines = [f"{name} = {json.dumps(value)}" for name, value in {**mail, "database_url": peopled_url}.items()]
    settings = world.hub.settings.data / "hub.toml"
    settings.touch(mode=0o600)
    settings.write_text("\n".join(lines) + "\n")
    return world.hub.settings.data


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """A command's exit code and JSON."""
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_what_was_given_up_is_listed_and_tried_again(data: Path, capsys: pytest.CaptureFixture[str]):
    """By number."""
    code, (line,) = answer(capsys, "mail", "list", "--data", str(data))
    assert code == 0
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", line.pop("number"))
    assert line == {"state": "failed", "attempts": 1, "due_at": None, "failure": "refused the mail (554)"}
    _, checks = answer(capsys, "doctor", "--data", str(data))
    (check,) = [each for each in checks["checks"] if each["name"] == "mail"]
    assert "1 given up" in check["found"] and "mail retry" in check["todo"]
    assert answer(capsys, "mail", "retry", "--data", str(data)) == (0, {"mails": 1})
    _, (line,) = answer(capsys, "mail", "list", "--data", str(data))
    assert (line["state"], line["attempts"]) == ("waiting", 0)


def test_a_trial_says_whether_mail_works(data: Path, server: MailServer, capsys: pytest.CaptureFixture[str]):
    """And at which step it does not."""
    server.taken()
    assert answer(capsys, "mail", "test", "admin@example.jp", "--data", str(data)) == (0, {"sent": True, "failure": ""})
    ((to, _),) = server.taken()
    assert to == "admin@example.jp"
    server.to_recipients = ["550 no such box"]
    code, told = answer(capsys, "mail", "test", "admin@example.jp", "--data", str(data))
    assert (code, told) == (1, {"sent": False, "failure": "refused the recipient (550)"})
    assert main(["mail", "test", "not an address", "--data", str(data)]) == 2


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"mail_from": "nobody"}, "mail_from"),
        ({"mail_from": "a@example.jp\nBcc: b@example.jp"}, "mail_from"),
        ({"smtp_host": "mail example"}, "smtp_host"),
        ({"smtp_user": "hub"}, "smtp_user"),
        ({"smtp_security": "ssl"}, "smtp_security"),
        ({"smtp_port": 70_000}, "smtp_port"),
        ({"mails_an_hour": 0}, "mails_an_hour"),
        ({"smtp_seconds": 1}, "smtp_seconds"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, wrong: dict[str, Any], named: str):
    """Each with its name and what was expected."""
    given = {"smtp_host": "mail.example.jp", "mail_from": SENDER, **wrong}
    with pytest.raises(SettingsError, match=named):
        load_settings(tmp_path, environ={}, **given)


def test_a_password_is_a_file_that_nobody_else_reads_and_never_goes_in_clear(tmp_path: Path):
    path = tmp_path / "password"
    path.write_text("secret\n")
    given = {
        "smtp_host": "mail.example.jp",
        "mail_from": SENDER,
        "smtp_user": "hub",
        "smtp_password_file": str(path),
    }
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="0600"):
        load_settings(tmp_path, environ={}, **given)
    path.chmod(0o600)
    assert load_settings(tmp_path, environ={}, **given).sends_mail
    with pytest.raises(SettingsError, match="smtp_security"):
        load_settings(tmp_path, environ={}, **given, smtp_security="none")
    path.write_text("two\nlines\n")
    with pytest.raises(SettingsError, match="one line"):
        load_settings(tmp_path, environ={}, **given)
