"""A door for who manages an organization: its signing keys, registered, replaced and revoked, never a private key.

What comes is a statement that the keys signed elsewhere (`ceptoar-hub key register|rotate --out`): a file, or its text.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.i18n import Words
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from models.signing import SigningKey
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.permissions import Permission
from sharing.signing.keys import (
    MAX_STATEMENT_BYTES,
    OVERLAP,
    ROTATE,
    Statement,
    in_force,
    list_signing_keys,
    register_signing_key,
    revoke_signing_key,
    rotate_signing_key,
)

blueprint = page_blueprint("signing_keys", url_prefix="/signing-keys")
protect(blueprint)
NAVIGATION = (Item("signing_keys.index", _l("Signing keys"), Permission.SIGNING_KEYS_MANAGE.value, now_and_then=True),)
WRONG: Final = 422

FAULT_WORDS: Final[dict[str, Words]] = {
    "missing": _l("Paste the statement, or choose its file."),
    "private_key": _l(
        "This is a private key, and nothing of it was kept. It must stay with you: regard it as known to others, "
        "make a new one, and send only the statement."
    ),
    "bad_statement": _l(
        "This is no statement. Send the file that `key register --out` or `key rotate --out` wrote, unchanged."
    ),
    "too_long": _l("This is too long for a statement, which has some hundred letters. Choose the right file."),
    "bad_id": _l("The statement names no organization. Write it again with --organization and the id below."),
    "other_organization": _l(
        "The statement names another organization. Write it again with --organization and the id below."
    ),
    "bad_key": _l("The statement holds no key of a kind that this hub knows. Make one with `key make`."),
    "other_statement": _l("The statement neither registers nor replaces a key."),
    "bad_time": _l("The time in the statement cannot be read. Write the statement again."),
    "in_the_future": _l("This time has not come yet. Check the clock, and write it again."),
    "count": _l("A signature is missing: a new key signs its registration, old and new key sign a replacement."),
    "bad_signature": _l("A signature does not fit: the statement was changed, or another key signed it."),
    "conflict": _l(
        "This key was registered before, the old key signs no more, or there are too many keys. The list shows them."
    ),
    "not-a-time": _l("Give the time as year, month, day, hour and minute."),
}
"""What the operations refuse, with what to do, beside the field."""


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The keys of the own organization, and how one is made, registered and replaced."""
    return _page()


@blueprint.post("/")
def send() -> ResponseReturnValue:
    """Take a statement in: it says itself whether it registers or replaces a key."""
    hub, actor = the_hub(), current_actor()
    actor.must(Permission.SIGNING_KEYS_MANAGE)
    raw = b""
    try:
        raw = _read_statement()
        statement = Statement.parse(raw)
        operation = rotate_signing_key if statement.value.get("do") == ROTATE else register_signing_key
        with hub.writing() as session:
            made = operation(session, actor, statement, context=hub.context())
            flash(_("Registered: %(name)s. It is an entry of the trail.", name=made.thumbprint), "success")
    except Invalid as refusal:
        return _page(raw, refusal.faults[0].code)
    except (NotPermitted, NotVisible):
        return _page(raw, "other_organization")
    except Conflict:
        return _page(raw, "conflict")
    return see_other("signing_keys.index")


@blueprint.route("/<uuid:key_id>/revoke", methods=["GET", "POST"])
def revoke(key_id: UUID) -> ResponseReturnValue:
    """Make a key useless at once, and say since when it may have been in other hands."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        key = _load_own(list_signing_keys(session, actor), key_id)
        fault = ""
    if request.method == "POST":
        try:
            with hub.writing() as session:
                revoke_signing_key(session, actor, key_id, since=_read_since(), context=hub.context())
        except Invalid as refusal:
            fault = refusal.faults[0].code
        else:
            flash(_("Revoked. It signs nothing any more."), "success")
            return see_other("signing_keys.index")
    page = render_template(
        "signing_keys/revoke.html", key=key, since=request.form.get("since", ""), fault=FAULT_WORDS.get(fault)
    )
    return page, WRONG if fault else 200


def _page(raw: bytes = b"", fault: str = "") -> ResponseReturnValue:
    hub, actor = the_hub(), current_actor()
    actor.must(Permission.SIGNING_KEYS_MANAGE)
    with hub.reading() as session:
        keys = list_signing_keys(session, actor)
    shown = "" if fault in {"private_key", "too_long"} else raw.decode("utf-8", "replace")
    page = render_template(
        "signing_keys/index.html",
        keys=keys,
        state_of=state_of,
        organization_id=actor.organization.id,
        statement=shown,
        fault=FAULT_WORDS.get(fault, FAULT_WORDS["bad_statement"]) if fault else None,
        overlap=OVERLAP.days,
    )
    return page, WRONG if fault else 200


def state_of(key: SigningKey) -> str:
    """How a key stands now: it signs, it signs for a while, it was replaced or revoked."""
    if key.revoked_at is not None:
        return "revoked"
    if not in_force(key, the_hub().clock()):
        return "replaced"
    return "ending" if key.ends_at is not None else "signs"


def _read_statement() -> bytes:
    """The file where one was chosen, else the text.

    Raises:
        Invalid: neither, a private key, or far too much.
    """
    file = request.files.get("file")
    raw = file.read(MAX_STATEMENT_BYTES + 1) if file is not None else b""
    raw = raw.strip() or request.form.get("statement", "").strip().encode("utf-8", "replace")
    if not raw:
        raise Invalid(Fault("statement", "missing"))
    if b"PRIVATE KEY" in raw:
        raise Invalid(Fault("statement", "private_key"))
    if len(raw) > MAX_STATEMENT_BYTES:
        raise Invalid(Fault("statement", "too_long"))
    return raw


def _read_since() -> datetime | None:
    """Since when the key was not its owner's alone, on the clock of the screen; None where nothing was given."""
    text = request.form.get("since", "").strip()
    if not text:
        return None
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(Fault("since", "not-a-time")) from None
    return since if since.tzinfo else since.replace(tzinfo=the_hub().settings.zone)


def _load_own(keys: list[SigningKey], key_id: UUID) -> SigningKey:
    current_actor().must(Permission.SIGNING_KEYS_MANAGE)
    for each in keys:
        if each.id == key_id and each.revoked_at is None:
            return each
    raise NotVisible("no such key")
