"""A door to the log for anybody: checkpoints, keys and tiles (C2SP tlog-tiles). Entries are commitments only."""

import re
from typing import Final, cast

from flask import Blueprint, Flask, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from crypto.keys import VerifyingKey
from hub.keys.logkeys import vkey_of_editions
from hub.web.frame.shell import current_hub
from hub.wiring import Hub
from sharing.audit.checkpoints import list_shards
from sharing.audit.cosignatures import list_witnesses, load_newest_note
from sharing.audit.rotation import list_former_keys, list_rotations
from sharing.audit.state import load_log_head
from sharing.audit.tiles import SHARD, Named, tile_path
from sharing.errors import NotVisible
from sharing.setup import HUB_ID
from sharing.signing.keys import list_keys_of_editions

blueprint = Blueprint("log", __name__, url_prefix="/log")

SHORT: Final = "no-cache"
"""A checkpoint is replaced by the next, about a second later."""
FOR_EVER: Final = "public, max-age=31536000, immutable"
"""What a tile holds never changes; a fuller one has another name."""
TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"

LEVEL: Final = re.compile(r"0|[1-9][0-9]?")
NUMBER: Final = re.compile(r"(?:x[0-9]{3}/){0,5}[0-9]{3}")
"""Groups of three digits, all but the last marked with x; without leading groups of zeros (checked below)."""
WIDTH: Final = re.compile(r"[1-9][0-9]{0,2}")
LARGEST_PARTIAL: Final = 255


def register(app: Flask) -> None:
    """Add the door."""
    app.register_blueprint(blueprint)


def _hub() -> Hub:
    return cast(Hub, current_hub())


@blueprint.get("/")
def index() -> Response:
    """The shards, a line each, for people who look."""
    with _hub().reading() as session:
        origin, shards = load_log_head(session).origin, list_shards(session)
    lines = [f"{origin}/{shard}" for shard in shards]
    return _answer("\n".join(["vkeys", "checkpoint", *lines, ""]).encode(), TEXT, SHORT)


@blueprint.get("/checkpoint")
def current() -> AnyResponse:
    """Leads to the shard of this year; never for ever, since the year changes."""
    with _hub().reading() as session:
        shard = load_log_head(session).shard
    answer = redirect(f"{shard}/checkpoint", code=307)
    answer.autocorrect_location_header = False
    answer.headers["Cache-Control"] = SHORT
    return answer


@blueprint.get("/vkeys")
def vkeys() -> Response:
    """The keys of all shards, both kinds, those of promises and editions, and those of the witnesses, a line each."""
    return _answer(list_vkeys(_hub()), TEXT, SHORT)


def list_vkeys(hub: Hub) -> bytes:
    """All keys, a line each, as this door and an export of the log give them."""
    lines = [key.vkey for key in log_keys_of(hub)]
    with hub.reading() as session:
        origin = load_log_head(session).origin
        lines.append(hub.secrets.promise_signer(origin).vkey)
        lines += [vkey_of_editions(origin, each) for each in list_keys_of_editions(session, HUB_ID)]
        lines += [each.vkey for each in list_witnesses(session)]
    return "".join(f"{line}\n" for line in lines).encode()


@blueprint.get("/rotations")
def rotations() -> Response:
    """The changes of the log's keys, each signed by the old keys: who knew those learns the new ones from here."""
    return _answer(spell_rotations(_hub()), TEXT, SHORT)


def spell_rotations(hub: Hub) -> bytes:
    """The changes of keys, a line of JSON each, as this door and an export of the log give them."""
    with hub.reading() as session:
        return b"".join(each.to_line() for each in list_rotations(session))


def log_keys_of(hub: Hub) -> list[VerifyingKey]:
    """The keys that sign or signed the checkpoints of all shards; old checkpoints need the keys of then."""
    with hub.reading() as session:
        head = load_log_head(session)
        origins = [f"{head.origin}/{shard}" for shard in dict.fromkeys([*list_shards(session), head.shard])]
        former = {origin: list_former_keys(session, origin) for origin in origins}
    found = [key for name in origins for key in (*hub.secrets.log_verifying_keys(name), *former[name])]
    return list(dict.fromkeys(found))


@blueprint.get("/<shard>/checkpoint")
def checkpoint(shard: str) -> Response:
    """The newest signed checkpoint of a shard."""
    if not SHARD.fullmatch(shard):
        abort(404)
    try:
        with _hub().reading() as session:
            note = load_newest_note(session, shard).note
    except NotVisible:
        abort(404)
    return _answer(note, TEXT, SHORT)


@blueprint.get("/<shard>/tile/<kind>/<path:place>")
def tile(shard: str, kind: str, place: str) -> Response:
    """A tile of hashes, or with `entries` the entries themselves."""
    number, width = _parse_place(place)
    if not SHARD.fullmatch(shard) or (kind != "entries" and not LEVEL.fullmatch(kind)):
        abort(404)
    named = Named(shard, kind, number, width)
    try:
        found = _load(_hub(), named)
    except NotVisible:
        abort(404)
    return _answer(found, BYTES, FOR_EVER)


def _load(hub: Hub, named: Named) -> bytes:
    """A tile: a full one from its file where the hub keeps such files, a part of one always from the database."""
    if hub.tile_files is not None and named.width is None:
        return hub.tile_files.load(named)
    with hub.reading() as session:
        return named.load(session, hub.roots)


def _parse_place(place: str) -> tuple[int, int | None]:
    """The number of a tile and its width, where only a part of it is asked for; in the one spelling there is."""
    spelled, dot, wide = place.partition(".p/")
    if not NUMBER.fullmatch(spelled) or (dot and not WIDTH.fullmatch(wide)):
        abort(404)
    number = int(spelled.replace("x", "").replace("/", ""))
    if tile_path(number) != spelled or (dot and int(wide) > LARGEST_PARTIAL):
        abort(404)
    return number, int(wide) if dot else None


def _answer(body: bytes, content_type: str, caching: str) -> Response:
    answer = Response(body, content_type=content_type)
    answer.headers["Cache-Control"] = caching
    answer.headers["Access-Control-Allow-Origin"] = "*"
    if request.method == "GET" and caching == SHORT:
        answer.add_etag()
        answer.make_conditional(request)
    return answer
