"""Whoever steals the database alone has no key, no password, no seed and no token: none lies in it in clear."""

from __future__ import annotations

import base64
import json
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from tests.harness.processes import HubProcess, run

LEAST = 12
"""Bytes of a part of a secret that is looked for; shorter ones stand somewhere by chance."""


def spellings(secret: bytes) -> Iterator[bytes]:
    """A secret as bytes, and as the texts in which programs write bytes."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for spelt in (base64.b64encode(secret), base64.urlsafe_b64encode(secret), base64.b32encode(secret)):
        yield spelt.rstrip(b"=")


def secrets_of_files(folder: Path) -> dict[str, bytes]:
    """Each key file; of a PEM the private half, which its DER ends with or holds."""
    found = {}
    for path in folder.iterdir():
        raw = path.read_bytes().strip()
        if path.suffix == ".pem":
            lines = raw.decode().splitlines()
            assert "PRIVATE KEY" in lines[0]
            raw = base64.b64decode("".join(lines[1:-1]))[-32:]
        found[path.name] = raw
    return found


def content_of(database: Path) -> bytes:
    """All that a thief would have: the file with what is not folded in yet, and each value as SQL tells it."""
    with closing(sqlite3.connect(database)) as opened:
        dumped = "\n".join(opened.iterdump()).encode()
    return b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*")) + dumped


def test_no_secret_lies_in_the_database_in_clear(serve_demo: Callable[..., HubProcess]):
    """Keys of the hub, and what people and programs sign in with, after they did; each in every usual spelling."""
    demo = serve_demo("--empty")
    account = next(each for each in demo.announced["accounts"] if each["username"] == "electricity.secretariat")
    asked = urllib.request.Request(
        f"{demo.url}/api/v1/me", headers={"Authorization": f"Bearer {account['token']}", "Accept": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert json.loads(answer.read())
    data = Path(demo.announced["data"])
    new = ("--tier", "foreign", "--name-ja", "みずうみ連絡所", "--name-en", "Lake")
    run("org", "add", *new, "--data", str(data))
    letter = run("account", "invite-first-manager", "Lake", "--name", "招待 花子", "--data", str(data), "--json")
    code = json.loads(letter.stdout)["code"]
    secrets = secrets_of_files(data / "secrets")
    assert len(secrets) >= 10
    for each in demo.announced["accounts"]:
        name = each["username"]
        secrets[f"password of {name}"] = each["password"].encode()
        secrets[f"token of {name}"] = each["token"].encode()
        secrets[f"rest of the token of {name}"] = each["token"][-40:].encode()
        secrets[f"seed of {name}"] = base64.b32decode(each["totp_secret"] + "=" * (-len(each["totp_secret"]) % 8))
        secrets[f"spelt seed of {name}"] = each["totp_secret"].encode()
    secrets["code of a letter"] = code.replace("-", "").encode()
    secrets["code as it is printed"] = code.encode()
    held = content_of(data / "hub.sqlite3")
    assert account["username"].encode() in held, "the search looks at the right file"
    found = [
        name for name, secret in secrets.items() for spelt in spellings(secret) if len(spelt) >= LEAST and spelt in held
    ]
    assert found == []
