"""The page of an organization's signing keys: registered, replaced, revoked by its manager, without a private key."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from crypto.encoding import encode_base64
from crypto.keys import generate_ed25519
from hub.app import create_app
from hub.cli import main
from hub.web.exchange import signing_keys
from hub.web.people import account, my_account
from hub.web.people import my_organization as people
from sharing.signing.keys import Statement, in_force, list_signing_keys
from tests.hub.reading.tools import Reading
from tests.sharing.signing.conftest import Press, new_signer, press

__all__ = ["press"]

PAGE = "/signing-keys/"


@pytest.fixture
def app(press: Press) -> Flask:
    made = create_app(press.hub, page_groups=(signing_keys, people, account, my_account), machine_doors=())
    made.config["TESTING"] = True
    return made


def spelled(statement: Statement) -> str:
    """The file as the command writes it."""
    signatures = [encode_base64(each) for each in statement.signatures]
    return json.dumps({"statement": dict(statement.value), "signatures": signatures})


def keys_of(press: Press) -> list[str]:
    """Thumbprints of the keys that sign now."""
    with press.reading() as session:
        return [each.thumbprint for each in list_signing_keys(session, press.manager) if in_force(each, press.now)]


def test_a_key_made_elsewhere_is_registered_replaced_and_revoked(press: Press, app: Flask, tmp_path, capsys):
    """The commands that the page shows, run without a hub; the file is sent, then the text pasted."""
    press.advance(seconds=(datetime.now(UTC) - press.now).total_seconds())  # the commands know no other clock
    manager = Reading(app, press, press.manager, "en")
    shown = manager.get(PAGE)
    organization = str(press.manager.organization.id)
    assert f"--organization {organization} --out statement.json" in shown.text
    assert "/signing-keys/" in manager.get("/people/").text
    key, new, out = tmp_path / "press.pem", tmp_path / "new.pem", tmp_path / "statement.json"
    for each in (key, new):
        assert main(["key", "make", "--key", str(each)]) == 0
    made = ["--organization", organization, "--out", str(out)]
    assert main(["key", "register", "--key", str(key), *made]) == 0
    answer = manager.send(shown, PAGE, file=(io.BytesIO(out.read_bytes()), "statement.json"))
    assert "It is an entry of the trail" in answer.text
    before = set(keys_of(press))
    assert len(before) == 2
    assert main(["key", "rotate", "--key", str(new), "--old", str(key), *made]) == 0
    press.advance(seconds=1)  # two keys of one moment have no order
    answer = manager.send(shown, PAGE, statement=out.read_text())
    assert "replaced, still signs" in answer.text
    with press.reading() as session:
        newest = list_signing_keys(session, press.manager)[0]
    page = manager.get(f"{PAGE}{newest.id}/revoke")
    later = (press.now + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    for since in (later, "yesterday"):
        refused = manager.send(page, f"{PAGE}{newest.id}/revoke", since=since)
        assert refused.status_code == 422
        assert since in refused.text
    answer = manager.send(page, f"{PAGE}{newest.id}/revoke", since="2026-11-01T09:00")
    assert "signs nothing any more" in answer.text
    assert set(keys_of(press)) == before
    assert manager.get(f"{PAGE}{newest.id}/revoke").status_code == 404
    capsys.readouterr()


@pytest.mark.parametrize(
    "language, words",
    [("en", "This is a private key, and nothing of it was kept"), ("ja", "これは秘密鍵です。内容は保存していません")],
)
def test_a_private_key_is_refused_and_not_shown_again(press: Press, app: Flask, language: str, words: str):
    """Whoever pastes the wrong file is told what to do; nothing of it stands in the answer."""
    manager = Reading(app, press, press.manager, language)
    secret = generate_ed25519().decode()
    answer = manager.send(manager.get(PAGE), PAGE, statement=secret)
    assert answer.status_code == 422
    assert words in answer.text
    assert secret.splitlines()[1] not in answer.text


def test_wrong_statements_keep_the_text_and_say_what_to_do(press: Press, app: Flask):
    """Another organization's, a changed one, one that was used, none at all."""
    manager = Reading(app, press, press.manager, "en")
    shown = manager.get(PAGE)
    fresh = new_signer()
    other = spelled(press.statement("register", press.rival.organization.id, fresh))
    changed = spelled(press.statement("register", press.manager.organization.id, fresh)).replace("register", "rotate")
    used = spelled(press.statement("register", press.manager.organization.id, press.signer))
    for statement, words in (
        (other, "names another organization"),
        (changed, "no key of a kind that this hub knows"),
        (used, "This key was registered before"),
        ("", "Paste the statement"),
        ("{", "This is no statement"),
        ("x" * 20_000, "too long for a statement"),
    ):
        answer = manager.send(shown, PAGE, statement=statement)
        assert answer.status_code == 422, statement[:100]
        assert words in answer.text
        if 0 < len(statement) < 10_000:
            assert statement[:60].replace('"', "&#34;") in answer.text
    assert keys_of(press) == [press.key.thumbprint]


def test_only_who_manages_the_organization_sees_its_keys(press: Press, app: Flask):
    """A coordinator may not; a manager elsewhere sees own keys only, and no way to these."""
    assert Reading(app, press, press.office).get(PAGE).status_code == 403
    rival = Reading(app, press, press.rival_manager)
    shown = rival.get(PAGE)
    assert press.key.thumbprint not in shown.text
    assert rival.get(f"{PAGE}{press.key.id}/revoke").status_code == 404
    assert rival.send(shown, f"{PAGE}{press.key.id}/revoke").status_code == 404
    assert keys_of(press) == [press.key.thumbprint]
