"""Operation: find a server's API root and collections, make the checks, and take away what they put there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from feeds.conformance import meeting, reading, writing
from feeds.conformance.asking import CannotAsk, Login, Reply, Server
from feeds.conformance.check import CHECKS, Check, Ground, Level, Outcome, Result, perform
from feeds.stix.markings import TLP2_IDS
from models.vocabulary import Label

_GROUPS: Final = (meeting, reading, writing)
"""The modules whose import has filled the list of checks."""
ENOUGH: Final = 3
"""Objects that the checks of pages need."""
POSTED: Final = 6
"""Objects that are posted to check pages with."""
MOST_ROUNDS: Final = 10
"""How often an id is deleted; a server may take one version away at a time."""


@dataclass(frozen=True)
class Wish:
    """What a person wants checked."""

    url: str
    login: Login = field(default_factory=Login)
    ca: str | None = None
    write: bool = False
    collection: str | None = None
    label: Label = Label.AMBER_STRICT
    """Marks what is posted: as few as possible should read it."""


def run(wish: Wish) -> Iterator[Result]:
    """Check a server, result by result.

    Raises:
        CannotAsk: there is no TAXII 2.1 server at the address.
    """
    ground = find_ground(wish)
    try:
        yield from _prepared(ground, wish)
        yield from perform(ground, [each for each in CHECKS if wish.write or not each.writes])
    finally:
        left = clean(ground)
    if wish.write:
        yield _cleanliness(left)


def find_ground(wish: Wish) -> Ground:
    """The API root behind an address: the one given, else the server's default, else its first.

    Raises:
        CannotAsk: neither is there.
    """
    parts = urlsplit(wish.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CannotAsk(f"expected http:// or https:// and a host, found {wish.url[:80]!r}")
    base = wish.url if parts.path not in {"", "/"} else urljoin(wish.url, "/taxii2/")
    base = base if base.endswith("/") else base + "/"
    server = Server(base, wish.login, wish.ca)
    first = server.ask(base)
    if first.status == 401:
        raise CannotAsk(f"{base}: expected this key to be taken, found 401")
    if "api_roots" in first.resource or "default" in first.resource:
        roots = first.resource.get("api_roots")
        root = first.resource.get("default") or (roots[0] if isinstance(roots, list) and roots else None)
        if not isinstance(root, str):
            raise CannotAsk(f"{base}: expected an API root that this key may use, found none")
        address = urljoin(base, root if root.endswith("/") else root + "/")
        if wish.login.header and _origin(address) != _origin(base):
            home = "://".join(_origin(base))
            raise CannotAsk(f"expected the API root at {home}, to which the key was given, found {address[:200]!r}")
        ground = Ground(server, base, address)
    elif "versions" in first.resource:
        ground = Ground(server, "", base)
    else:
        raise CannotAsk(f"{base}: expected a discovery or API root resource, found {first.seen}")
    _choose(ground, wish)
    return ground


def _is_id(found: Any) -> bool:
    """Whether a collection can be asked for by this; what else is wrong with it, a check says."""
    return isinstance(found, str) and re.fullmatch(r"[A-Za-z0-9._~-]+", found) is not None


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _choose(ground: Ground, wish: Wish) -> None:
    """The collection to read: the one named, else the first that holds enough; and the one to write."""
    ground.collections = ground.ask("collections/").items("collections")
    every = ground.collections
    if wish.collection:
        every = [each for each in every if wish.collection in {each.get("id"), each.get("alias"), each.get("title")}]
        if not every:
            raise CannotAsk(f"expected a collection {wish.collection!r}, found {len(ground.collections)} others")
    every = [each for each in every if _is_id(each.get("id"))]
    readable = [each for each in every if each.get("can_read")]
    if wish.write:
        both = [each for each in readable if each.get("can_write")]
        ground.target = both[0] if both else None
        ground.marking = TLP2_IDS[wish.label]
    if ground.target is not None:
        ground.where = ground.target
        return
    for each in readable:
        ground.where = ground.where or each
        if len(ground.ask(f"collections/{each['id']}/manifest/", {"limit": str(ENOUGH)}).items("objects")) >= ENOUGH:
            ground.where = each
            return


_DELETES = Check(
    "T-16", "5.7", "What was posted can be deleted again", Level.MUST, True, lambda _ground: None
)  # made before all others, since they depend on it


def _prepared(ground: Ground, wish: Wish) -> Iterator[Result]:
    """Post one object and delete it; only where that works more is posted."""
    if not wish.write:
        return
    if ground.target is None:
        yield Result(_DELETES, Outcome.SKIPPED, "no collection here can be both read and written")
        return
    probe = ground.indicator()
    posted = ground.post([probe])
    if posted.status not in {200, 202} or posted.resource.get("failure_count"):
        yield Result(_DELETES, Outcome.SKIPPED, f"a post was not taken: {_why(posted)}", posted.curl)
        ground.left.discard(probe["id"])
        ground.target = None
        return
    writing.settled(ground, posted)
    gone = ground.delete(probe["id"])
    if gone.status not in {200, 204}:
        yield Result(_DELETES, Outcome.FAULT, f"expected 200, found {gone.seen}; nothing more is posted", gone.curl)
        ground.target = None
        return
    still = ground.ask(f"collections/{ground.target['id']}/objects/{probe['id']}/")
    if still.status == 200 and still.items("objects"):
        ground.left.add(probe["id"])
        yield Result(
            _DELETES, Outcome.FAULT, "expected it gone after 200, found it; nothing more is posted", still.curl
        )
        ground.target = None
        return
    yield Result(_DELETES, Outcome.PASSED, gone.seen, gone.curl)
    ground.posted = [ground.indicator() for _ in range(POSTED)]
    writing.settled(ground, ground.post(ground.posted))


def _why(reply: Reply) -> str:
    failures = reply.items("failures")
    told = failures[0].get("message") if failures else None
    return f"{reply.seen}{f': {told}' if told else ''}"


def clean(ground: Ground) -> set[str]:
    """Delete all that was posted; the ids that are still there."""
    target = ground.target or ground.where
    if target is None or not ground.left:
        return ground.left
    ground.target = target
    remaining: set[str] = set()
    for ident in sorted(ground.left):
        for _ in range(MOST_ROUNDS):
            try:
                if ground.delete(ident).status != 200:
                    break
            except CannotAsk:
                break
        try:
            found = ground.ask(f"collections/{target['id']}/objects/{ident}/", {"match[version]": "all"})
        except CannotAsk:
            remaining.add(ident)
            continue
        if found.status == 200 and found.items("objects"):
            remaining.add(ident)
    ground.left = remaining
    return remaining


def _cleanliness(left: set[str]) -> Result:
    each = Check("T-53b", "5.7", "Nothing of the checks is left", Level.MUST, True, lambda _ground: None)
    if left:
        return Result(each, Outcome.FAULT, f"still there, though deleted: {', '.join(sorted(left))}")
    return Result(each, Outcome.PASSED, "all that was posted is gone")
