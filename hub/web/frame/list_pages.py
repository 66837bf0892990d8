"""Holds how pages of lists of reports are asked for: where the next one goes on, and what it is narrowed to."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import request, url_for

from models.vocabulary import Label, Status
from sharing.reports.reading import ReportList


def read_mark() -> tuple[datetime, UUID] | None:
    """Where the last page ended; what cannot be read begins at the first."""
    at, _, version = request.args.get("before", "").partition("_")
    try:
        moment = datetime.fromisoformat(at)
        return (moment.astimezone(UTC), UUID(version)) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def next_url(found: ReportList) -> str | None:
    """The address of the next page, with the same filters."""
    if not found.more or request.endpoint is None:
        return None
    at, version = found.lines[-1].mark
    kept: dict[str, Any] = {name: request.args[name] for name in ("status", "label") if name in request.args}
    return url_for(request.endpoint, **kept, before=f"{at.isoformat()}_{version}")


def read_status() -> Status | None:
    """The status that the list is narrowed to."""
    try:
        return Status(request.args.get("status", ""))
    except ValueError:
        return None


def read_label() -> Label | None:
    """The label that the list is narrowed to."""
    try:
        return Label(request.args.get("label", ""))
    except ValueError:
        return None
