"""A door for who may have it: a file of a report, as a download."""

from uuid import UUID

from flask import Response

from hub.attachments.giving import give
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint
from sharing.attachments.reading import load_attachment

blueprint = page_blueprint("attachments", url_prefix="/files")
protect(blueprint)


@blueprint.get("/<uuid:attachment_id>/")
def download(attachment_id: UUID) -> Response:
    """The file, never shown inline."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        view = load_attachment(session, actor, attachment_id, builder=hub.editions)
    return give(hub, actor, view)
