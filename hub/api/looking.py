"""Holds how a program looks at the technical part of a report: as it would go out alone, before it is filed."""

from typing import Any

from hub.api.asking import the_actor, the_hub
from hub.reports.technical import look_at_technical
from sharing.errors import Fault, Invalid
from sharing.reports.codes import load_codes
from sharing.reports.fields import parse_fields
from sharing.reports.technical_part import settled
from sharing.reports.visible import load_visible_report


def must_have_looked(body: dict[str, Any], reference: str | None) -> None:
    """What goes out alone was looked at before, as it is now: there is nobody else between the sender and the readers.

    Raises:
        Invalid: it was not.
    """
    seen = body.pop("technical_seen", None)
    if body.get("technical_label") is None:
        return
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        said = settled(parse_fields(dict(body), load_codes(session), hub.clock()))
        if said.technical_label is None:
            return
        view = load_visible_report(session, actor, reference) if reference is not None else None
        told = look_at_technical(hub, session, actor, said, view)
    if seen != told.digest.hex():
        raise Invalid(Fault("technical_seen", "not-looked-at", "the digest that POST /preview/technical gives now"))
