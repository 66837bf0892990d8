"""A door for who submits: a promise at once (受付証), a proof when it is signed (受領証), and a check of both."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from crypto.entry import PART_NAMES
from crypto.errors import CryptoError
from crypto.keys import VerifyingKey
from crypto.merkle import leaf_hash
from crypto.promise import Promise, is_promise, verify_promise
from crypto.receipt import MAX_RECEIPT_BYTES, Proven, build_receipt, verify_receipt
from hub.log.door import log_keys_of
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item as NavigationItem
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.reading.feed import load_object
from hub.web.words.trail import tag_name
from sharing.audit.checkpoints import list_shards
from sharing.audit.cosignatures import list_witnesses
from sharing.audit.receipts import (
    find_entry_of_report,
    find_place,
    list_proofs,
    load_entry,
    load_object_proof,
    load_proof,
    make_promise,
    narrowed,
)
from sharing.audit.state import load_log_head
from sharing.errors import NotVisible
from sharing.permissions import Permission
from sharing.readers import load_reader
from sharing.reports.reading import load_report
from sharing.trail.exports import note_export

blueprint = page_blueprint("receipts", url_prefix="/receipts", max_body_bytes=MAX_RECEIPT_BYTES + 100_000)
protect(blueprint)
blueprint.app_context_processor(lambda: {"receipt_tag_name": tag_name})
NAVIGATION = (NavigationItem("receipts.index", _l("Receipts"), Permission.TRAIL_OWN.value, now_and_then=True),)

FILE: Final = "text/plain; charset=utf-8"
PART_WORDS: Final = (
    ("actor", _l("Who acted")),
    ("recipients", _l("Recipients")),
    ("objects", _l("Objects")),
    ("decision", _l("The decision")),
)
"""The parts of an entry, each of which can be shown alone."""

READ_ME: Final = """\
Receipts of one organization, a file for each entry of the log, named by its number.
Check them all at once, without network: ceptoar-hub log verify THIS.zip --vkeys FILE
FILE holds the keys of the log and its witnesses (/log/vkeys), best a copy that you kept yourself.

受領証をまとめたファイルです。ネットワークなしで、上のコマンドで一度に検証できます。
"""


@blueprint.get("/")
def index() -> str:
    """Check a receipt; get those of a year."""
    return _page(_shards())


@blueprint.post("/check")
def check() -> tuple[str, int]:
    """What a receipt or a promise proves, in words; or what is wrong with it."""
    shards = _shards()
    upload = request.files.get("file")
    raw = upload.read(MAX_RECEIPT_BYTES + 1) if upload else b""
    if not raw:
        return _page(shards, problem=_("Choose a file first.")), 422
    try:
        found = _verified(raw)
    except CryptoError as error:
        return _page(shards, wrong=str(error)), 422
    return _page(shards, **found), 200


@blueprint.get("/reports/<uuid:report_id>/<int:number>/")
def of_report(report_id: UUID, number: int) -> Any:
    """Leads to the receipt of a version of a report; says so where it still waits."""
    entry_id = _entry_of(report_id, number)
    with the_hub().reading() as session:
        place = find_place(session, entry_id)
    if place is None:
        url = url_for(".promise_of_report", report_id=report_id, number=number)
        return render_template("receipts/waiting.html", promise_url=url)
    return see_other("receipts.show", shard=place[0], index=place[1])


@blueprint.get("/reports/<uuid:report_id>/<int:number>/promise")
def promise_of_report(report_id: UUID, number: int) -> Response:
    """The promise for a version of a report, from the moment it was filed."""
    entry_id = _entry_of(report_id, number)
    hub = the_hub()
    with hub.reading() as session:
        promise = make_promise(session, current_actor(), entry_id)
    return _file(hub.sign_promise(promise), f"{number}.promise")


@blueprint.get("/<shard>/<int:index>/")
def show(shard: str, index: int) -> str:
    """What is proven of one entry, in words, and the files that prove it."""
    actor = current_actor()
    with the_hub().reading() as session:
        load_entry(session, actor, shard, index)
        try:
            proof = load_proof(session, actor, shard, index, known=the_hub().roots, disclose=True)
        except NotVisible:
            return render_template("receipts/waiting.html", promise_url=url_for(".promise", shard=shard, index=index))
    hashed = leaf_hash(proof.receipt.leaf).hex()
    own = bool(proof.receipt.parts)
    return render_template("receipts/show.html", proof=proof, own=own, leaf_hash=hashed, part_names=PART_WORDS)


@blueprint.get("/<shard>/<int:index>/file")
def file(shard: str, index: int) -> Response:
    """The receipt; it also shows the parts of the entry that are named (`part=decision`), and no others."""
    wanted = frozenset(request.args.getlist("part")) & frozenset(PART_NAMES)
    with the_hub().reading() as session:
        proof = load_proof(session, current_actor(), shard, index, known=the_hub().roots, disclose=bool(wanted))
    return _file(build_receipt(narrowed(proof.receipt, wanted)), f"{shard}-{index}.tlog-proof")


@blueprint.get("/<shard>/<int:index>/promise")
def promise(shard: str, index: int) -> Response:
    """The promise for an entry."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        made = make_promise(session, actor, load_entry(session, actor, shard, index))
    return _file(hub.sign_promise(made), f"{shard}-{index}.promise")


@blueprint.get("/<shard>/year.zip")
def year(shard: str) -> Response:
    """Everything that the organization did in a year, a receipt each; the download is recorded."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        if shard not in list_shards(session):
            raise NotVisible("no such shard")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("README.txt", READ_ME)
            for proof in list_proofs(session, actor, shard, known=the_hub().roots):
                archive.writestr(f"{shard}-{proof.index}.tlog-proof", build_receipt(proof.receipt))
    with hub.writing() as session:
        note_export(session, actor, "receipts", {"shard": shard}, context=hub.context())
    answer = Response(packed.getvalue(), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="receipts-{shard}.zip"'
    return answer


@blueprint.get("/objects/<ident>/<stix_id>/file")
def object_file(ident: str, stix_id: str) -> Response:
    """The proof of one object, for whoever sees it; tells nothing of the others of its entry."""
    with the_hub().reading() as session:
        reader = load_reader(session, current_actor())
        found = load_object(session, reader, ident, stix_id)
        proof = load_object_proof(session, reader, found.opened.feed, found.row.object_id, known=the_hub().roots)
    return _file(build_receipt(proof.receipt), f"{stix_id}.tlog-proof")


def _shards() -> list[str]:
    """The years whose receipts the actor may get; an auditor has none of its own, and checks those of others."""
    actor = current_actor()
    if not actor.may(Permission.TRAIL_METADATA):
        actor.must(Permission.TRAIL_OWN)
    if not actor.may(Permission.TRAIL_OWN):
        return []
    with the_hub().reading() as session:
        return list(list_shards(session))


def _entry_of(report_id: UUID, number: int) -> int:
    with the_hub().reading() as session:
        actor = current_actor()
        view = load_report(session, actor, report_id)
        version = next((each for each in view.versions if view.is_own and each.number == number), None)
        found = None if version is None else find_entry_of_report(session, actor, view.id, version.id)
    if found is None:
        raise NotVisible("no such version")
    return found


def _known_keys() -> list[VerifyingKey]:
    hub = the_hub()
    with hub.reading() as session:
        promise_key = hub.secrets.promise_signer(load_log_head(session).origin).verifying_key
        witnesses = [VerifyingKey.parse(each.vkey) for each in list_witnesses(session)]
    return [*log_keys_of(hub), promise_key, *witnesses]


def _verified(raw: bytes) -> dict[str, Promise | Proven]:
    keys, now = _known_keys(), int(the_hub().clock().timestamp())
    return {"promise": verify_promise(raw, keys)} if is_promise(raw) else {"proven": verify_receipt(raw, keys, now=now)}


def _page(shards: list[str], **found: Any) -> str:
    told: dict[str, Any] = {"problem": None, "wrong": None, "promise": None, "proven": None} | found
    return render_template("receipts/index.html", shards=shards, moment=_moment, **told)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _file(content: bytes, name: str) -> Response:
    answer = Response(content, content_type=FILE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
