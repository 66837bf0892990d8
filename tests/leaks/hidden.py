"""Hidden things: each is done in one of two worlds, and must change no answer to those who may not know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.vocabulary import Label
from tests.leaks import deeds
from tests.leaks.deeds import Deed

if TYPE_CHECKING:
    from tests.leaks.wild import Wild

KEEPERS = frozenset({"auditor"})
"""Who may know that anything happened, never what: the trail's metadata is theirs."""
ADMINISTRATOR = frozenset({"administrator"})
"""May know which organizations, collections and keys there are."""


@dataclass(frozen=True)
class Hidden:
    """One hidden thing: what happens, in words, who may know of it, and how it is done."""

    name: str
    story: str
    knowing: frozenset[str]
    do: Deed
    last: bool = False
    """It is the last thing that happens; otherwise more happens in both worlds afterwards."""
    keeping: frozenset[str] = frozenset()
    """Who keeps the trail of the organization that did it: may know that it happened, never what."""
    wild: Wild | None = None
    """Of what random thing it is, so that a failure can be made shorter."""

    def innocent(self, reader: str) -> bool:
        """Whether this reader may not know of it."""
        return reader not in self.knowing and reader not in self.keeping

    def keeps(self, reader: str) -> bool:
        """Whether this reader may know that it happened, but must not meet its words."""
        return reader in KEEPERS or reader in self.keeping


def _people(organization: str, *roles: str) -> frozenset[str]:
    """People of an organization with these roles, and the keepers."""
    return KEEPERS | {f"{organization} {role}" for role in roles}


def _senders(organization: str) -> frozenset[str]:
    """Who works on its reports."""
    return _people(organization, "reporter", "approver")


def _readers(organization: str) -> frozenset[str]:
    """Who reads what the organization may read."""
    return _people(organization, "reporter", "approver", "reader")


def _keeps_trail_of(organization: str) -> frozenset[str]:
    """Who may see everything that the hub noted about it, but for reports that it may not see."""
    return _people(organization, "approver", "manager")


GRID = KEEPERS | {"grid secretariat"}
GRID_TRAIL = frozenset({"grid manager"})
PIPES = KEEPERS | {"water secretariat"}


WATER_PEOPLE = _people("water", "reporter", "approver", "reader", "manager")
KEY_KEEPERS = KEEPERS | ADMINISTRATOR
NAMED = {"consent_nco": True, "consent_ministry": True}

THINGS: Sequence[Hidden] = (
    Hidden(
        "amber", "a rival filed an AMBER report", _readers("rival") | GRID, deeds.files("rival reporter", Label.AMBER)
    ),
    Hidden(
        "consented",
        "a rival filed an AMBER report that goes to NCO and the ministry section",
        _readers("rival") | GRID | {"nco", "electricity section"},
        deeds.files("rival reporter", Label.AMBER, **NAMED),
    ),
    Hidden("red", "the neighbour filed a RED report", _senders("rival"), deeds.files("rival reporter", Label.RED)),
    Hidden(
        "strict",
        "a water operator filed an AMBER+STRICT report",
        _senders("water") | PIPES,
        deeds.files("water reporter", Label.AMBER_STRICT),
    ),
    Hidden(
        "exercise",
        "a rival took part in an exercise",
        _readers("rival") | GRID,
        deeds.files("rival reporter", Label.AMBER, exercise=True),
    ),
    Hidden(
        "follow-up",
        "the sender of an anonymised edition filed a follow-up of the original",
        _readers("power") | GRID | {"nco", "electricity section"},
        deeds.follows("power reporter", "shared"),
    ),
    Hidden(
        "behind-technical",
        "the report behind a technical part that went out alone had a follow-up",
        _readers("rival") | GRID,
        deeds.goes_on_behind,
    ),
    Hidden(
        "file",
        "a rival filed an AMBER report with a file",
        _readers("rival") | GRID,
        deeds.files_with("rival reporter", Label.AMBER),
    ),
    Hidden(
        "red-file",
        "the sender of a report that the reader has filed a RED version with a RED file",
        _senders("power"),
        deeds.files_with("power reporter", Label.RED, of="shared"),
    ),
    Hidden("upload", "a rival put a file here that is not filed yet", _senders("rival"), deeds.puts),
    Hidden(
        "scan",
        "the scanner found something in a RED file of a report that the reader has",
        _senders("power"),
        deeds.scans,
    ),
    Hidden("handling", "a secretariat sorted its inbox", GRID, deeds.handles, keeping=GRID_TRAIL),
    Hidden("notes", "a secretariat kept a case and a note", GRID, deeds.notes, keeping=GRID_TRAIL),
    Hidden(
        "drafts",
        "a rival began to write reports and sent none",
        _senders("rival"),
        deeds.drafts,
    ),
    Hidden("proposal", "a proposal waits elsewhere", _senders("rival") | GRID, deeds.proposes),
    Hidden("refusal", "a proposal was refused elsewhere", _senders("power") | GRID, deeds.refuses),
    Hidden(
        "embargo", "a rival's edition was approved and waits for its embargo", _senders("rival") | GRID, deeds.embargoes
    ),
    Hidden("recall", "a rival withdrew an AMBER report", _readers("rival") | GRID, deeds.withdraws),
    Hidden(
        "post",
        "the water secretariat posted an AMBER+STRICT object",
        PIPES,
        deeds.posts("water secretariat", "water", 301, Label.AMBER_STRICT),
    ),
    Hidden(
        "two-forms",
        "the water secretariat posted an AMBER+STRICT object with a RED part, and the hub signed a form of it",
        PIPES,
        deeds.posts_in_two_forms,
    ),
    Hidden(
        "same-id",
        "the water secretariat posted, at AMBER+STRICT, a version of an id that the reader sees",
        PIPES,
        deeds.posts("water secretariat", "water", 2, Label.AMBER_STRICT),
    ),
    Hidden(
        "computable",
        "the water secretariat posted the id that others are about to post",
        PIPES,
        deeds.posts("water secretariat", "water", 901, Label.RED),
    ),
    Hidden(
        "higher",
        "another publisher holds a higher version of an id that the reader sees",
        PIPES,
        deeds.posts("water secretariat", "water", 3, Label.AMBER_STRICT, minute=59),
    ),
    Hidden(
        "own-higher",
        "the same publisher holds, at RED, a higher version of an id that the reader sees",
        GRID,
        deeds.posts("grid secretariat", "electricity", 4, Label.RED, minute=59),
        keeping=GRID_TRAIL,
    ),
    Hidden("join", "Kyoko joined another organization", WATER_PEOPLE, deeds.joins),
    Hidden("invitation", "somebody was invited elsewhere", KEEPERS | _keeps_trail_of("water"), deeds.invites),
    Hidden("leaving", "somebody left another organization", WATER_PEOPLE, deeds.leaves),
    Hidden(
        "key",
        "an API key was made elsewhere",
        KEEPERS | ADMINISTRATOR | _keeps_trail_of("water") | {"water reader"},
        deeds.makes_key,
    ),
    Hidden(
        "reset",
        "somebody elsewhere cannot sign in",
        PIPES | _keeps_trail_of("water") | {"water reader"},
        deeds.asks_reset,
    ),
    Hidden(
        "sign-in",
        "somebody elsewhere began to sign in",
        KEEPERS | _keeps_trail_of("water") | {"water reader"},
        deeds.signs_in,
    ),
    Hidden(
        "subscription",
        "a rival began to read digests",
        KEEPERS | _keeps_trail_of("rival") | {"rival reporter"},
        deeds.subscribes,
    ),
    Hidden(
        "reading",
        "the secretariat read what it may",
        _senders("power") | _senders("rival") | GRID,
        deeds.reads,
        keeping=GRID_TRAIL,
    ),
    Hidden(
        "question",
        "a rival asked about an edition",
        _readers("rival") | _keeps_trail_of("rival") | GRID,
        deeds.asks,
    ),
    Hidden(
        "answer",
        "the answer to the question of the water operator was approved and waits for its release",
        _senders("power") | GRID,
        deeds.words_an_answer,
        keeping=GRID_TRAIL,
    ),
    Hidden("list", "a rival made a named list", _senders("rival") | _keeps_trail_of("rival"), deeds.makes_list),
    Hidden(
        "named",
        "a rival named the water secretariat and the Council on a list and filed a report with it",
        _readers("rival") | _keeps_trail_of("rival") | GRID | {"water secretariat", "council"},
        deeds.names_in_a_list,
    ),
    Hidden(
        "collection", "another organization got a collection", _readers("water") | ADMINISTRATOR, deeds.adds_collection
    ),
    Hidden("organization", "an operator joined another CEPTOAR", PIPES | ADMINISTRATOR, deeds.adds_organization),
)
