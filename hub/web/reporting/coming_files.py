"""Holds what pages with files in their forms share: each file goes to its place while the form is read, sealed."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Flask, g, request

from hub.attachments.incoming import Incoming
from hub.attachments.uploading import keep
from hub.web.frame.guard import current_actor, find_signed_in, the_hub
from hub.web.words.attachments import file_fault_words
from models.vocabulary import Label
from sharing.attachments.uploads import FIELD, NewUpload, UploadView, load_upload
from sharing.errors import Invalid, NotVisible

_COMING: Final = "incoming_files"
LARGEST_BODY: Final = 2**40
"""The hub's own bound for bodies is the one that counts."""


class _Nowhere:
    """Takes everything and keeps nothing."""

    def write(self, part: bytes) -> int:
        return len(part)

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def read(self, size: int = -1) -> bytes:
        return b""

    def close(self) -> None:
        return None


def take_files_of(app: Flask, blueprint: Blueprint, endpoint: str) -> None:
    """Let files of this page's form go to their place at once; what is not kept in the end goes again."""
    app.extensions["file_streams"][f"{blueprint.name}.{endpoint}"] = _incoming


def drop_the_rest(error: BaseException | None) -> None:
    """What came and was not taken goes again, whatever went wrong; a page with files does so after each request."""
    for coming in g.pop(_COMING, []):
        coming.drop()


def keep_files(new: NewUpload) -> tuple[list[UploadView], list[str]]:
    """Keep the files of the form, each as `new` says; and of those that cannot be taken, why not."""
    kept: list[UploadView] = []
    wrong: list[str] = []
    for each in request.files.getlist(FIELD):
        if not each.filename:
            continue
        coming: Incoming = each.stream  # type: ignore[assignment]
        named = NewUpload(each.filename, coming.size, None, new.label, new.sample, new.draft_id)
        try:
            kept.append(keep(the_hub(), current_actor(), coming, named))
        except Invalid as error:
            wrong += [f"{each.filename}: {file_fault_words(fault)}" for fault in error.faults]
        else:
            g.get(_COMING, []).remove(coming)
    return kept, wrong


def kept_before() -> list[UploadView]:
    """The files that came with this form when something else was wrong in it: they need not be chosen again."""
    hub, found = the_hub(), []
    with hub.reading() as session:
        for text in request.form.getlist("upload")[: hub.attachment_limits.files_each]:
            try:
                found.append(load_upload(session, current_actor(), UUID(text)))
            except (ValueError, NotVisible):
                continue
    return found


def read_label(offered: tuple[Label, ...]) -> Label | None:
    """The label of its own that was chosen for files, one of those that were offered."""
    given = request.form.get("file_label", "")
    return Label(given) if given in offered else None


def _incoming() -> Any:
    """Where the next file of the form is written; of somebody who is not signed in nothing is kept."""
    hub = the_hub()
    found = find_signed_in()
    if found is None or found.needs is not None:
        return _Nowhere()
    coming = Incoming(hub, hub.context().new_id())
    g.setdefault(_COMING, []).append(coming)
    return coming
