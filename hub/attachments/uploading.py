"""Holds what the doors share about files that come: announced, in parts or in one go, and looked at when all is here.

Parts follow the core of tus 1.0: each says at which offset it begins, the answer how much is here, and after a cut the
sender asks how much arrived and goes on there.
"""

from typing import Any, Final
from uuid import UUID

from hub.attachments.incoming import Incoming, read_stored
from hub.attachments.store import Damaged
from hub.wiring import Hub
from models.vocabulary import AttachmentState
from sharing.actor import Actor
from sharing.attachments.uploads import (
    NewUpload,
    UploadView,
    begin_upload,
    finish_upload,
    load_upload,
    remove_upload,
)
from sharing.errors import Busy, Conflict, Fault, Invalid, SharingError

PART_TYPE: Final = "application/offset+octet-stream"
"""The media type of a part."""
OFFSET: Final = "Upload-Offset"
LENGTH: Final = "Upload-Length"
VERSION: Final = {"Tus-Resumable": "1.0.0"}


def announce(hub: Hub, actor: Actor, new: NewUpload) -> UploadView:
    """Begin a file that comes in parts.

    Raises:
        NotPermitted, NotVisible, Invalid: as `begin_upload`.
    """
    ident = hub.context().new_id()
    with hub.writing() as session:
        view = begin_upload(session, actor, new, ident, limits=hub.attachment_limits, context=hub.context())
        hub.attachments.begin(ident)
    return view


def arrived(hub: Hub, view: UploadView) -> int:
    """How much of a file is here."""
    if view.state is not AttachmentState.ARRIVING:
        return view.size
    try:
        return hub.attachments.arrived(view.id, view.size)
    except Damaged as error:
        raise Busy("this file cannot be read now; tell the administrator of the hub") from error


def take_part(hub: Hub, actor: Actor, upload_id: UUID, offset: int | None, source: Any) -> tuple[UploadView, int]:
    """Add a part, and look at the file when all of it is here; how much is here then.

    Raises:
        NotPermitted, NotVisible: as `load_upload`.
        Conflict: the file goes on elsewhere, or another part arrives just now.
        Invalid: no offset is said, or all is here and it is not the file that was announced; then it is gone.
    """
    with hub.reading() as session:
        view = load_upload(session, actor, upload_id)
    if offset is None:
        raise Invalid(Fault(OFFSET, "missing", "a whole number"))
    if view.state is not AttachmentState.ARRIVING:
        if offset != view.size:
            raise Conflict(f"the file is all here, {view.size} bytes")
        return view, view.size
    try:
        here = hub.attachments.append(view.id, offset, view.size, source)
        return (view, here) if here < view.size else (_look(hub, actor, view), here)
    except Damaged as error:
        raise Busy("this file cannot be read now; tell the administrator of the hub") from error


def _look(hub: Hub, actor: Actor, view: UploadView) -> UploadView:
    stored = read_stored(hub, view.id, view.name, view.size)
    try:
        with hub.writing() as session:
            return finish_upload(session, actor, view.id, stored, scans=hub.scans, context=hub.context())
    except Invalid:
        with hub.writing() as session:
            remove_upload(session, actor, view.id, context=hub.context())
        raise


def keep(hub: Hub, actor: Actor, incoming: Incoming, new: NewUpload) -> UploadView:
    """Take a file of a form, which lies in its place already; where it cannot be taken it goes again.

    Raises:
        NotPermitted, NotVisible, Invalid: as `begin_upload` and `finish_upload`.
    """
    stored = incoming.finish(new.name)
    try:
        with hub.writing() as session:
            context = hub.context()
            view = begin_upload(session, actor, new, incoming.id, limits=hub.attachment_limits, context=context)
            return finish_upload(session, actor, view.id, stored, scans=hub.scans, context=context)
    except SharingError:
        incoming.drop()
        raise
