"""Holds what a check is, what may come of it, and the ground that all checks of one run share."""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from feeds.conformance.asking import TAXII, CannotAsk, Query, Reply, Server

MOST_PAGES: Final = 200
"""Pages that one check follows; a server that never ends its pages must not hold the checker."""


class Level(StrEnum):
    """How binding a check is."""

    MUST = "must"
    """The specification demands it: not to do so is a fault."""
    SHOULD = "should"
    """The specification advises it, or known clients rely on it: not to do so is a weakness."""


class Outcome(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    FAULT = "fault"
    WEAK = "weak"
    SKIPPED = "skipped"


class Failed(Exception):
    """A check did not see what it expected."""

    def __init__(self, expected: str, found: str, reply: Reply | None = None) -> None:
        self.expected = expected
        self.found = found
        self.reply = reply
        super().__init__(f"expected {expected}, found {found}")


class Skipped(Exception):
    """A check could not be made here; the message says why."""


class Check(Struct, frozen=True):
    """One thing that a server is looked at for."""

    number: str
    clause: str
    """Where the specification says it, or whose habit it is."""
    title: str
    level: Level
    writes: bool
    run: "Callable[[Ground], Reply | None]"


class Result(Struct, frozen=True):
    """What one check saw."""

    check: Check
    outcome: Outcome
    seen: str
    curl: str = ""


CHECKS: Final[list[Check]] = []
"""Every check, in the order in which they are made."""


def check(
    number: str, clause: str, title: str, level: Level = Level.MUST, *, writes: bool = False
) -> Callable[["Callable[[Ground], Reply | None]"], "Callable[[Ground], Reply | None]"]:
    """Add a function to the checks: it raises `Failed` or `Skipped`, or gives the reply that shows what is right."""

    def add(run: "Callable[[Ground], Reply | None]") -> "Callable[[Ground], Reply | None]":
        CHECKS.append(Check(number, clause, title, level, writes, run))
        return run

    return add


@dataclass
class Ground:
    """The server, what was found out about it, and what was put there for the checks."""

    server: Server
    discovery: str
    root: str
    """The path or address of the API root, with its slash."""
    collections: list[dict[str, Any]] = field(default_factory=list)
    marking: str | None = None
    where: dict[str, Any] | None = None
    """The collection that is read."""
    target: dict[str, Any] | None = None
    """The collection that is written, where that was allowed."""
    posted: list[dict[str, Any]] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    """Ids that were posted and are not deleted yet."""
    last: Reply | None = None
    """The last answer below the API root."""

    # Asking

    def ask(self, path: str = "", query: Query = (), **more: Any) -> Reply:
        """Ask below the API root."""
        self.last = self.server.ask(self.root + path, query, **more)
        return self.last

    def objects(self, query: Query = (), **more: Any) -> Reply:
        """Ask for objects of the collection that is read."""
        return self.ask(f"collections/{self.reading['id']}/objects/", query, **more)

    def manifest(self, query: Query = (), **more: Any) -> Reply:
        """Ask for its manifest."""
        return self.ask(f"collections/{self.reading['id']}/manifest/", query, **more)

    def pages(self, what: str, query: dict[str, str], *, keep: bool = True) -> Iterator[Reply]:
        """Every page of objects or a manifest, following `next`; the first query repeated, or dropped for `next` alone.

        Where a server gives no `next`, the date of the last item leads on, as the specification has it.
        """
        asked = dict(query)
        for _ in range(MOST_PAGES):
            reply = expect(self.ask(f"collections/{self.reading['id']}/{what}", asked), 200)
            yield reply
            if not reply.resource.get("more"):
                return
            following = reply.resource.get("next")
            if isinstance(following, str):
                asked = {**(query if keep else {}), "next": following}
                continue
            date = reply.headers.get("x-taxii-date-added-last")
            if date is None or date == asked.get("added_after"):
                raise Failed("`next` or a later X-TAXII-Date-Added-Last beside `more`", "neither", reply)
            asked = {**query, "added_after": date}
        raise Failed(f"an end within {MOST_PAGES} pages", "none: they lead on for ever", reply)

    # What is there

    @property
    def reading(self) -> dict[str, Any]:
        """The collection that is read."""
        if self.where is None:
            raise Skipped("no collection here can be read")
        return self.where

    def records(self, least: int) -> list[dict[str, Any]]:
        """The first records of the manifest, at least so many."""
        found = expect(self.manifest({"limit": "20"}), 200).items("objects")
        if len(found) < least:
            raise Skipped(f"this needs {least} readable objects, found {len(found)}; --write would post some")
        return found

    def made(self) -> list[dict[str, Any]]:
        """The objects that were posted for the checks."""
        if not self.posted:
            raise Skipped("nothing could be posted here")
        return self.posted

    # Writing

    def indicator(self, **more: Any) -> dict[str, Any]:
        """An object that says what it is for, and names nothing that exists."""
        made: dict[str, Any] = {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--{uuid.uuid4()}",
            "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-01-01T00:00:00.000Z",
            "name": "Conformance check; will be deleted at once",
            "pattern": "[domain-name:value = 'conformance.example']",
            "pattern_type": "stix",
            "valid_from": "2026-01-01T00:00:00Z",
            "indicator_types": ["unknown"],
        }
        if self.marking:
            made["object_marking_refs"] = [self.marking]
        return made | more

    def post(
        self, objects: Sequence[Any] | bytes, content_type: str = TAXII, *, holding: Sequence[str] = (), **headers: str
    ) -> Reply:
        """Post, and remember what may have been stored: of bytes what they are said to hold."""
        if self.target is None:
            raise Skipped("no collection here can be written and deleted from")
        body = objects if isinstance(objects, bytes) else json.dumps({"objects": objects}).encode()
        self.left.update(holding)
        if not isinstance(objects, bytes):
            self.left |= {each["id"] for each in objects if isinstance(each, dict) and isinstance(each.get("id"), str)}
        path = f"collections/{self.target['id']}/objects/"
        return self.ask(path, method="POST", body=body, headers={"Content-Type": content_type, **headers})

    def delete(self, ident: str, query: Query = ()) -> Reply:
        """Delete an object from the collection that is written."""
        assert self.target is not None
        reply = self.ask(f"collections/{self.target['id']}/objects/{ident}/", query, method="DELETE")
        if reply.status in {200, 204, 404} and not query:
            self.left.discard(ident)
        return reply


def expect(reply: Reply, *statuses: int) -> Reply:
    """The reply, where it has one of these statuses.

    Raises:
        Failed: it has another.
    """
    if reply.status not in statuses:
        raise Failed(" or ".join(map(str, statuses)), reply.seen, reply)
    return reply


def expect_that(holds: bool, expected: str, found: object, reply: Reply | None = None) -> None:
    """Go on where something holds.

    Raises:
        Failed: it does not.
    """
    if not holds:
        raise Failed(expected, str(found)[:200], reply)


_MISSHAPEN: Final = (LookupError, TypeError, ValueError, AttributeError)
"""What looking into an answer ends in where a list, a text or a member is something else, or not there."""


def perform(ground: Ground, checks: Iterable[Check]) -> Iterator[Result]:
    """Make the checks one after another; what one of them meets never stops the others."""
    for each in checks:
        try:
            reply = each.run(ground)
            seen = reply.seen if reply is not None else "as it should be"
            yield Result(each, Outcome.PASSED, seen, reply.curl if reply is not None else "")
        except Skipped as why:
            yield Result(each, Outcome.SKIPPED, str(why))
        except Failed as failed:
            outcome = Outcome.FAULT if each.level is Level.MUST else Outcome.WEAK
            yield Result(each, outcome, str(failed), failed.reply.curl if failed.reply else "")
        except CannotAsk as error:
            yield Result(each, Outcome.FAULT, str(error))
        except _MISSHAPEN as error:
            seen = f"expected an answer of the form that the specification gives, found another ({error!r:.100})"
            yield Result(each, Outcome.FAULT, seen, ground.last.curl if ground.last else "")
