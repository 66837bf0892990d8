"""Holds what templates about reports call things, their further lines among it."""

from typing import Any

from markupsafe import Markup

from hub.web.lines.further_lines import further_lines, state_lines
from hub.web.words import attachments as attachment_words
from hub.web.words import reports as words
from hub.web.words.deadlines import deadline_words
from hub.web.words.names import CodeWords
from models.vocabulary import Form
from sharing.reports.fields import ReportFields
from sharing.reports.preview import Access


def report_words() -> dict[str, Any]:
    """What templates about reports call things."""
    return {
        "words": words,
        "kind_name": words.kind_name,
        "Access": Access,
        "Form": Form,
        "further": _further,
        "file_words": attachment_words,
    } | deadline_words()


def _further(fields: ReportFields, names: CodeWords) -> list[tuple[Any, Markup]]:
    """What the form asks besides, for a list of facts."""
    pairs = [*state_lines(fields.states, words.FIELDS), *further_lines(fields.further, fields.states, names)]
    return [(name, Markup('<div class="typed">{}</div>').format(value)) for name, value in pairs]
