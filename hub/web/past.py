"""A door: deciding the past again under the policy in force: what that changes, who lets it happen, how far it is."""

from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.policy import name_tokens
from models.vocabulary import RedecisionState
from sharing.errors import Conflict
from sharing.group_names import GroupNames
from sharing.past.runs import confirm_past, list_past, list_past_cases, load_past, propose_past, withdraw_past
from sharing.permissions import Permission
from sharing.policies import CASES, load_in_force

blueprint = page_blueprint("past", url_prefix="/policy/past")
protect(blueprint)
blueprint.context_processor(report_words)

STATES = {
    RedecisionState.WAITING: _l("waits for a second person"),
    RedecisionState.RUNNING: _l("is being carried out"),
    RedecisionState.DONE: _l("carried out"),
    RedecisionState.WITHDRAWN: _l("dropped"),
    RedecisionState.STOPPED: _l("stopped: another policy came into force"),
}
TONES = {
    RedecisionState.WAITING: "warning",
    RedecisionState.RUNNING: "warning",
    RedecisionState.DONE: "success",
    RedecisionState.STOPPED: "warning",
}
blueprint.context_processor(lambda: {"states": STATES, "tones": TONES})


@blueprint.get("/")
def index() -> str:
    """What was decided again so far, and the way to propose it."""
    actor = current_actor()
    with the_hub().reading() as session:
        runs = list_past(session, actor)
        policy = load_in_force(session).version
    opened = any(each.state in {RedecisionState.WAITING, RedecisionState.RUNNING} for each in runs)
    may_propose = actor.may(Permission.HUB_ADMINISTER) and not opened
    return render_template("past/index.html", runs=runs, policy=policy, opened=opened, may_propose=may_propose)


@blueprint.post("/")
def propose() -> ResponseReturnValue:
    """Propose it: all of the past is looked at, nothing is changed."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            ident = propose_past(session, current_actor(), hub.context()).id
    except Conflict:
        flash(_("Another such proposal is open. Let it be decided first."), "warning")
        return see_other("past.index")
    return see_other("past.show", run_id=ident)


@blueprint.get("/<uuid:run_id>/")
def show(run_id: UUID) -> str:
    """What it changes: for administrators in numbers, for auditors case by case; and how far it is."""
    hub, actor = the_hub(), current_actor()
    after = request.args.get("after", -1, type=int)
    with hub.reading() as session:
        run = load_past(session, actor, run_id)
        audits = actor.may(Permission.TRAIL_METADATA)
        cases = list_past_cases(session, actor, run_id, after=min(after, 2**31 - 1)) if audits else None
        names = GroupNames(session, [token for case in cases or () for token in (*case.gains, *case.losses)])
        return render_template(
            "past/show.html",
            run=run,
            cases=cases,
            following=cases[-1].place if cases and len(cases) == CASES else None,
            after=after,
            may_decide=actor.may(Permission.HUB_ADMINISTER),
            is_mine=run.made_by == actor.account_id,
            namer=name_tokens(names),
        )


@blueprint.post("/<uuid:run_id>/confirm")
def confirm(run_id: UUID) -> ResponseReturnValue:
    """Let it happen; who proposed it cannot."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            confirm_past(session, current_actor(), run_id, hub.context())
    except Conflict:
        flash(
            _("Not confirmed: it was decided before, is still being looked at, or another policy has come."), "warning"
        )
    else:
        flash(_("Confirmed. A job carries it out; this page says how far it is."), "success")
    return see_other("past.show", run_id=run_id)


@blueprint.post("/<uuid:run_id>/withdraw")
def withdraw(run_id: UUID) -> ResponseReturnValue:
    """Drop it."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            withdraw_past(session, current_actor(), run_id, hub.context())
    except Conflict:
        flash(_("This proposal was decided before."), "info")
    else:
        flash(_("Dropped."), "success")
    return see_other("past.show", run_id=run_id)
