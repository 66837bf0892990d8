"""The base world on one database, and worlds that are copies of it: in each a hidden thing happened, or none did."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from models.vocabulary import Label
from sharing.audit.checkpoints import publish_checkpoint
from tests.harness import postgres
from tests.leaks import verbs
from tests.leaks.answers import Answer
from tests.leaks.asking import Ask, Ids, send
from tests.leaks.cast import Base
from tests.leaks.copies import Copy, copied
from tests.leaks.hidden import Hidden
from tests.leaks.reading_requests import ABSENT
from tests.leaks.requests import routes_of

FIRST_AFTER = timedelta(minutes=2)
"""After the base world's last deed; where the hidden thing is not the last, it happens here."""
COMMON_AFTER = timedelta(minutes=5)
"""Then what happens in both worlds."""
LAST_AFTER = timedelta(minutes=10)
"""Where the hidden thing is the last, it happens here."""
TOLD_AFTER = timedelta(minutes=15)
"""Then whoever is to be told by mail is."""
ASKED_AFTER = timedelta(minutes=20)
"""Then the requests, each at a moment of its own."""


def _digests(copy: Copy, base: Base) -> None:
    verbs.makes_digests(copy, [base.actor(name) for name in base.subscribers])


def _post_of_grid(copy: Copy, base: Base) -> None:
    verbs.posts(copy, base.actor("grid secretariat"), "electricity", verbs.indicator(401, Label.GREEN))


def _post_of_water(copy: Copy, base: Base) -> None:
    verbs.posts(copy, base.actor("water secretariat"), "water", verbs.indicator(402, Label.AMBER))


def _report_of_power(copy: Copy, base: Base) -> None:
    verbs.files(copy, base.actor("power reporter"), "空調が止まった。")


COMMON: Mapping[str, tuple[Callable[[Copy, Base], None], Sequence[str]]] = {
    "digests are made": (_digests, Base.subscribers),
    "the grid secretariat posts a GREEN indicator": (_post_of_grid, ("grid secretariat",)),
    "the water secretariat posts an AMBER indicator": (_post_of_water, ("water secretariat",)),
    "power files a report": (_report_of_power, ("power reporter",)),
    "digests are made again": (_digests, Base.subscribers),
}
"""What happens in both worlds after the hidden thing, or before it where that is the last: by whom."""


@dataclass(frozen=True)
class Ground:
    """The base world on one database, with what is needed to copy it."""

    base: Base
    folder: Path
    server: postgres.Server | None
    known: Ids = field(default_factory=Ids)
    """The ids of the base world that requests name."""
    routes: Collection[str] = ()
    """The routes of the application."""

    @contextmanager
    def world(
        self, hidden: Hidden | None = None, common: Sequence[str] = tuple(COMMON), gone: Sequence[UUID] = ()
    ) -> Iterator[tuple[Copy, Ids]]:
        """A copy in which the hidden thing happened, or did not; then what happens in both.

        The organizations that are gone leave before anything else happens.
        """
        with copied(self.base, self.folder, self.server) as copy:
            start, ids = self.base.now, Ids()
            for each in gone:
                verbs.dismisses(copy, each)
            for after in (FIRST_AFTER, COMMON_AFTER, LAST_AFTER):
                copy.now = start + after
                if after == COMMON_AFTER:
                    happens_in_both(copy, self.base, common)
                elif hidden is not None and hidden.last == (after == LAST_AFTER):
                    ids = replace(hidden.do(copy, self.base), hidden=hidden.name)
            copy.now = start + TOLD_AFTER
            copy.mails = verbs.tells(copy)
            copy.now = start + ASKED_AFTER
            yield copy, ids


def happens_in_both(copy: Copy, base: Base, common: Sequence[str]) -> None:
    """Digests, perhaps right after the hidden thing, posts of others, then digests again."""
    for name in common:
        COMMON[name][0](copy, base)
    with copy.writing() as session:
        publish_checkpoint(session, copy.hub.secrets.log_signers, copy.now, at_once=True)


def lay_ground(base: Base, folder: Path, server: postgres.Server | None) -> Ground:
    """The ground of a base world, with what requests name there: learned once, in a world of which nothing stays."""
    ground = Ground(base, folder, server)
    with ground.world() as (copy, _):
        return replace(ground, known=_known(copy, base), routes=routes_of(copy.app))


def _known(copy: Copy, base: Base) -> Ids:
    """The ids of the base world, with what its readers are given: cursors, digests, editions."""
    known, sqlite = base.known, copy.hub.units.database.is_sqlite
    with copy.reading() as session:
        forms = session.execute(text("SELECT stix_id FROM objects WHERE fullness > 0 ORDER BY id")).scalars()
        oldest_first = list(dict.fromkeys(forms))
        digests = session.execute(text("SELECT id FROM digests ORDER BY made_at, id LIMIT 4")).scalars()
        made = [_uuid(each, sqlite) for each in digests]
    editions = (oldest_first[-1], *oldest_first[:3])
    first = Ask("GET /taxii2/<root>/collections/<ident>/objects/", "/taxii2/hub/collections/inbox/objects/?limit=2")
    pages = [_read(send(copy.app, reader, first)) for reader in base.readers.values()]
    cursors = dict.fromkeys(page["next"] for page in pages if "next" in page)
    hats = [base.readers[name].actor for name in ("rival reader", "water reader", "water approver")]
    return Ids(
        reports=(*(str(known.reports[name].report_id) for name in ("shared", "waiting", "red")), ABSENT),
        references=tuple(known.reports[name].reference for name in ("shared", "red")),
        proposals=tuple(map(str, known.proposals.values())),
        objects=(*editions, *map(verbs.indicator_id, (2, 3, 4, 106)), f"indicator--{ABSENT}"),
        memberships=tuple(str(each.membership_id) for each in hats if each is not None),
        invitations=(*map(str, known.invitations.values()), ABSENT),
        resets=(*map(str, known.resets.values()), ABSENT),
        keys=(*map(str, known.keys.values()), ABSENT),
        collections=("inbox", "electricity", "nowhere"),
        digests=tuple(made),
        inquiries=(*map(str, known.inquiries.values()), ABSENT),
        files=(*map(str, known.files.values()), ABSENT),
        uploads=(ABSENT,),
        statuses=(base.known.status,),
        cursors=tuple(cursors)[:4],
    )


def _read(page: Answer) -> Mapping[str, Any]:
    """A page as a program reads it; of a refusal nothing."""
    return dict(json.loads(page.body)) if page.status == 200 else {}


def _uuid(stored: object, sqlite: bool) -> str:
    text_ = str(stored)
    return f"{text_[:8]}-{text_[8:12]}-{text_[12:16]}-{text_[16:20]}-{text_[20:]}" if sqlite else text_
