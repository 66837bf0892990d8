"""A door: `key` looks after keys of both kinds: signing keys, and API keys with what their programs ask.

No API key is made here: people make their own, under their own hat.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from feeds.taxii.advice import advise
from hub.cli.common import OK, administering, administrator, data_option, json_option, opened, print_json, say, show
from hub.cli.language import in_language
from hub.cli.signing_keys import SIGNING_COLUMNS, make, register, rotate, row_of, sign, verify
from hub.programs.advice_words import WORDS
from sharing.errors import NotVisible
from sharing.people.key_requests import list_requests
from sharing.people.keys import list_keys, revoke_key
from sharing.signing.keys import list_signing_keys, revoke_signing_key

REQUEST_COLUMNS = ("at", "method", "path", "status", "given", "more", "problem")
COLUMNS = ("id", "holder", "name", "hint", "scopes", "expires_at")


@click.group(help=in_language("Look after API keys and signing keys.", "APIキーと署名鍵の管理。"))
def key() -> None:
    """Nothing happens before the command."""


for _command in (make, register, rotate, sign, verify):
    key.add_command(_command)


@key.command("list", help=in_language("List the API keys, or the signing keys.", "APIキーまたは署名鍵の一覧。"))
@data_option
@click.option("--signing", is_flag=True, help=in_language("The signing keys.", "署名鍵を一覧。"))
@json_option
def list_all(data: Path, signing: bool, as_json: bool) -> int:
    """List the keys that still open something, or all signing keys; no secret is known to anybody here."""
    with opened(data) as hub, hub.reading() as session:
        if signing:
            rows = [row_of(each) for each in list_signing_keys(session, administrator())]
        else:
            rows = [
                {
                    "id": str(line.key.id),
                    "holder": line.holder,
                    "name": line.key.name,
                    "hint": line.key.hint,
                    "scopes": list(line.key.scopes),
                    "expires_at": line.key.expires_at.isoformat(),
                }
                for line in list_keys(session, administrator(), hub.clock())
            ]
    title = in_language("Signing keys", "署名鍵") if signing else in_language("API keys", "APIキー")
    show(rows, SIGNING_COLUMNS if signing else COLUMNS, as_json=as_json, title=title)
    return OK


@key.command(
    help=in_language(
        "Make a key of either kind useless at once. KEY_ID: see `key list`.", "APIキーまたは署名鍵を失効させます。"
    )
)
@data_option
@click.argument("key_id", type=click.UUID)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ"]),
    help=in_language("Since when a signing key was not its owner's alone (UTC).", "署名鍵が危殆化した時刻（UTC）。"),
)
@json_option
def revoke(data: Path, key_id: UUID, since: datetime | None, as_json: bool) -> int:
    """Make a key useless from the next request on."""
    with administering(data) as (hub, session):
        try:
            revoked: Any = revoke_key(session, administrator(), key_id, context=hub.context())
            name = revoked.name
        except NotVisible:
            at = since.replace(tzinfo=UTC) if since else None
            revoked = revoke_signing_key(session, administrator(), key_id, since=at, context=hub.context())
            name = revoked.thumbprint
        row = {"id": str(revoked.id), "name": name, "revoked_at": str(revoked.revoked_at)}
    if as_json:
        print_json(row)
    else:
        say(f"{row['id']}: {in_language('revoked', '失効しました')}")
    return OK


@key.command(help=in_language("What the program with this key asked lately.", "このキーのプログラムの直近の要求。"))
@data_option
@click.argument("key_id", type=click.UUID)
@json_option
def requests(data: Path, key_id: UUID, as_json: bool) -> int:
    """The last requests of a key and what its program does wrong. What it asked for by id is not shown here."""
    with opened(data) as hub, hub.reading() as session:
        lines = list_requests(session, administrator(), key_id, hub.clock())
    rows = [
        {
            "at": datetime.fromtimestamp(line.at_us / 1_000_000, UTC).isoformat(),
            "method": line.method,
            "path": _without_id(line.path),
            "status": line.status,
            "given": line.given,
            "more": line.more,
            "agent": line.agent,
            "problem": line.problem,
        }
        for line in lines
    ]
    told = [{"advice": each.value, "times": times, "words": in_language(*WORDS[each])} for each, times in advise(lines)]
    if as_json:
        print_json({"requests": rows, "advice": told})
        return OK
    show(rows, REQUEST_COLUMNS, as_json=False, title=in_language("Requests", "要求"))
    for each in told:
        say(f"{each['times']} x {each['words']}")
    return OK


def _without_id(path: str) -> str:
    """An administrator reads nothing: which object was asked for stays with the holder."""
    before, objects, rest = path.partition("/objects/")
    return f"{before}{objects}…/" if rest else path
