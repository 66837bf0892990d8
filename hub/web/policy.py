"""A door: the sharing policy in words; drafts of it, tried on the past, put in force by a second person."""

import json
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from crypto.canonical import parse_strict
from crypto.errors import CryptoError
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.words.names import group_namer
from hub.web.words.policy import READERS, cell_words, newcomer_words
from models.vocabulary import Label
from sharing.errors import Conflict, Fault, Invalid
from sharing.group_names import GroupNames
from sharing.permissions import Permission
from sharing.policies import (
    CASES,
    draft_policy,
    list_cases,
    list_drafts,
    list_versions,
    load_draft,
    put_in_force,
    withdraw_draft,
)
from sharing.rules.policy import ReaderKind, parse_policy

blueprint = page_blueprint("policy", url_prefix="/policy")
protect(blueprint)
blueprint.context_processor(report_words)
blueprint.context_processor(lambda: {"cell_words": cell_words, "readers": READERS, "labels": tuple(reversed(Label))})
NAVIGATION = (Item("policy.show", _l("Sharing policy"), now_and_then=True),)

WRONG = 422
LARGEST_FILE = 64 * 1024
"""A policy file is some kilobytes."""


@blueprint.get("/")
def show() -> str:
    """Who reads what at which label, cell by cell, and which policies there were."""
    return _show()


@blueprint.get("/file.json")
def file() -> Response:
    """The policy in force as the file that it is: what a draft begins with."""
    with the_hub().reading() as session:
        body = list_versions(session)[0].body
    answer = Response(json.dumps(body, ensure_ascii=False, indent=2) + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="sharing-policy.json"'
    return answer


@blueprint.post("/drafts")
def bring() -> ResponseReturnValue:
    """Bring a draft: it is tried on the past at once."""
    hub, actor = the_hub(), current_actor()
    actor.must(Permission.HUB_ADMINISTER)
    text = request.form.get("text", "")
    try:
        document = _parse(text)
        with hub.writing() as session:
            ident = draft_policy(session, actor, document, hub.context()).id
    except Invalid as error:
        return _show(text, [_words(each) for each in error.faults]), WRONG
    return see_other("policy.draft", draft_id=ident)


@blueprint.get("/drafts/<uuid:draft_id>/")
def draft(draft_id: UUID) -> str:
    """What a draft changes, how far it has been tried, and for auditors which cases it would have changed."""
    hub, actor = the_hub(), current_actor()
    after = request.args.get("after", -1, type=int)
    with hub.reading() as session:
        found, differences = load_draft(session, actor, draft_id)
        audits = actor.may(Permission.TRAIL_METADATA)
        cases = list_cases(session, actor, draft_id, after=min(after, 2**31 - 1)) if audits else None
        tokens = [token for case in cases or () for token, _form in (*case.gains, *case.losses)]
        names = GroupNames(session, tokens)
        page = {
            "draft": found,
            "newcomers": newcomer_words(parse_policy(found.body)),
            "differences": differences,
            "cases": cases,
            "following": cases[-1].place if cases and len(cases) == CASES else None,
            "may_decide": actor.may(Permission.HUB_ADMINISTER),
            "is_mine": found.made_by == actor.account_id,
        }
        return render_template("policy/draft.html", **page, namer=name_tokens(names), after=after)


@blueprint.post("/drafts/<uuid:draft_id>/force")
def force(draft_id: UUID) -> ResponseReturnValue:
    """Put a draft in force; who brought it cannot."""
    hub, actor = the_hub(), current_actor()
    try:
        with hub.writing() as session:
            put_in_force(session, actor, draft_id, hub.context())
    except Conflict:
        flash(
            _("Not put in force: it was decided before, is still being tried, or another policy has come."), "warning"
        )
        return see_other("policy.draft", draft_id=draft_id)
    flash(_("In force from now on. What was decided before stands."), "success")
    return see_other("policy.show")


@blueprint.post("/drafts/<uuid:draft_id>/withdraw")
def withdraw(draft_id: UUID) -> ResponseReturnValue:
    """Drop a draft."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            withdraw_draft(session, current_actor(), draft_id, hub.context())
    except Conflict:
        flash(_("This draft was decided before."), "info")
    else:
        flash(_("Dropped."), "success")
    return see_other("policy.draft", draft_id=draft_id)


def _show(text: str = "", wrong: list[str] | None = None) -> str:
    hub, actor = the_hub(), current_actor()
    sees = actor.may(Permission.HUB_ADMINISTER) or actor.may(Permission.TRAIL_METADATA)
    with hub.reading() as session:
        versions = list_versions(session)
        drafts = list_drafts(session, actor) if sees else None
    policy = parse_policy(versions[0].body)
    rows = [(kind, [policy.cell(kind, label) for label in reversed(Label)]) for kind in ReaderKind]
    return render_template(
        "policy/show.html",
        versions=versions,
        rows=rows,
        newcomers=newcomer_words(policy),
        sees_past=sees,
        drafts=drafts,
        may_bring=actor.may(Permission.HUB_ADMINISTER),
        text=text,
        wrong=wrong or [],
    )


def _parse(text: str) -> dict[str, Any]:
    raw = text.encode("utf-8", "replace")
    if not raw.strip():
        raise Invalid(Fault("policy", "missing", "a policy file"))
    try:
        document = parse_strict(raw) if len(raw) <= LARGEST_FILE else None
    except CryptoError as error:
        raise Invalid(Fault("policy", "bad-policy", f"JSON: {error}")) from error
    if not isinstance(document, dict):
        raise Invalid(Fault("policy", "bad-policy", f"a JSON object of at most {LARGEST_FILE} bytes"))
    return document


def _words(fault: Fault) -> str:
    if fault.code == "missing":
        return str(_("Please enter the text of a policy file."))
    if fault.code == "taken":
        return str(_("The version %(version)s was used before. Please give the draft a new one.", version=fault.found))
    return str(_("This policy cannot be used: %(why)s", why=fault.expected))


def name_tokens(names: GroupNames) -> Any:
    """Names the holders of a token, in Japanese or in English."""
    group = group_namer(the_hub())
    return lambda token, ja: group(token, names.of(token)[0 if ja else 1])
