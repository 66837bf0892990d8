"""Holds how the exact bytes of an edition are shown to people before they go out: all of them, nothing besides."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import orjson
from flask_babel import gettext as _
from msgspec import Struct

from feeds.stix.extension import LIAISON
from hub.i18n import Words, current_language, format_day, format_moment
from hub.web.lines.further_lines import further_lines, state_lines
from hub.web.words.reports import FIELDS, FORMS, kind_name
from models.vocabulary import Form, Label, ReportKind
from sharing.reports import codes
from sharing.reports.editions.making import BuiltForm


class FormPage(Struct, frozen=True):
    """One form of a proposal, readable, with its bytes beside it."""

    form: Form
    name: Words
    label: Label
    title: str
    text: str
    facts: tuple[tuple[Words, str], ...]
    indicators: tuple[str, ...]
    lessons: str
    objects: tuple[tuple[str, str], ...]
    """Type and exact text of each object."""
    other: tuple[str, str, str] | None = None
    """The language, title and summary that it has besides, where somebody wrote them."""


def read_form(form: BuiltForm, names: Callable[[str, str | None], str | None]) -> FormPage:
    """Read a form back from its bytes."""
    values = [orjson.loads(each.raw) for each in form.objects]
    main = next(value for value, each in zip(values, form.objects, strict=True) if each.is_main)
    return FormPage(
        form=form.form,
        name=FORMS[form.form],
        label=form.label,
        title=main["name"],
        text=main.get("description", ""),
        facts=_facts(main, values, names),
        indicators=tuple(value["name"] for value in values if value["type"] == "indicator"),
        lessons=next((value["content"] for value in values if value["type"] == "note"), ""),
        objects=tuple((each.type, each.raw.decode("utf-8")) for each in form.objects),
        other=_other(values),
    )


def _other(values: list[dict[str, Any]]) -> tuple[str, str, str] | None:
    contents: Mapping[str, Any] = next(
        (value["contents"] for value in values if value["type"] == "language-content"), {}
    )
    return next(
        ((language, said["name"], said["description"]) for language, said in contents.items() if "description" in said),
        None,
    )


def _facts(
    main: Mapping[str, Any], values: list[dict[str, Any]], names: Callable[[str, str | None], str | None]
) -> tuple[tuple[Words, str], ...]:
    said = main["extensions"][LIAISON]
    local = current_language()
    sender = next((value for value in values if value["id"] == said.get("sender_ref")), None)
    publisher = next((value for value in values if value["id"] == main.get("created_by_ref")), None)
    pairs: list[tuple[Words, str | None]] = [
        (FIELDS["correction"], said.get("correction")),
        (_("Sender"), _party(sender, local) if sender else _("not named")),
        (_("Published by"), _party(publisher, local) if publisher else None),
        (FIELDS["kind"], kind_name(ReportKind(said["report_kind"]), said["report_number"])),
        (_("Reference number"), said.get("reference")),
        (_("Sector"), said["sector_names"][local]),
        (_("CEPTOAR"), said.get("ceptoar_names", {}).get(local)),
        (FIELDS["event_type"], said["event_type_names"][local]),
        (FIELDS["service_impact"], names(codes.SERVICE_IMPACT, said["service_impact"])),
        (FIELDS["noticed_at"], _time(said.get("noticed_at") or said.get("noticed_on"))),
        (FIELDS["occurred_at"], _time(said.get("occurred_at"))),
        (FIELDS["recovered_at"], _time(said.get("recovered_at"))),
        (FIELDS["causes"], ", ".join(names(codes.CAUSE_TYPES, code) or code for code in said.get("causes", ()))),
        (FIELDS["system_class"], names(codes.SYSTEM_CLASSES, said.get("system_class"))),
        (FIELDS["affected_service"], said.get("affected_service")),
        (FIELDS["affected_users"], said.get("affected_users")),
        (FIELDS["recovery"], names(codes.RECOVERY_STATES, said.get("recovery"))),
        (FIELDS["spillover_from"], names(codes.SECTORS, said.get("spillover_from"))),
        (FIELDS["measures"], said.get("measures")),
        (FIELDS["not_for_publication"], _("Yes") if said["not_for_publication"] else None),
        (FIELDS["not_for_supervision"], _("Yes") if said["not_for_supervision"] else None),
    ]
    further, states = said.get("further", {}), said.get("states", {})
    more = [*state_lines(states, FIELDS), *further_lines(further, states, names)]
    return tuple((name, value) for name, value in [*pairs, *more] if value)


def _time(text: str | None) -> str | None:
    """A moment or a day of the data, as people write it; the exact data stands below it."""
    if not text:
        return None
    return format_moment(datetime.fromisoformat(text)) if "T" in text else format_day(date.fromisoformat(text))


def _party(identity: Mapping[str, Any], local: str) -> str:
    return str(identity["name"] if local == "ja" else identity.get("description") or identity["name"])
