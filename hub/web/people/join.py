"""A door: joining by a printed code, and getting back in by one. Without a good code nothing is told."""

from collections.abc import Callable
from typing import TypeVar

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from crypto.tokens import normalise_code
from hub.i18n import current_language
from hub.web.frame import guard
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.people.account_forms import CarriedCodeForm, JoinForm, NewPasswordForm, PrintedCodeForm, show_faults
from models.account import Invitation, ResetRequest
from models.organization import Organization
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.people.invitations import NewCredentials, add_hat, find_invitation, use_invitation
from sharing.people.resets import find_reset, use_reset
from sharing.rules.resets import ResetKind

blueprint = page_blueprint("join")
WRONG = 422
Found = TypeVar("Found")


@blueprint.route("/join", methods=["GET", "POST"])
def join() -> ResponseReturnValue:
    """First the code alone; with a good one, the invitation and what to choose."""
    code = normalise_code(request.form.get("code", ""))
    invitation = _find(code) if request.method == "POST" and code else None
    if invitation is None:
        return _ask_for_code("join/code.html", bool(code))
    found = guard.find_signed_in()
    if found is not None and found.needs not in guard.UNFINISHED:
        return _join_signed_in(code, *invitation)
    chosen = "username" in request.form
    form = JoinForm() if chosen else JoinForm(formdata=None)
    form.code.data = code
    if chosen and form.validate():
        answer = _use(code, form)
        if answer is not None:
            return answer
    page = render_template("join/join.html", form=form, invitation=invitation[0], organization=invitation[1])
    return page, WRONG if form.errors else 200


def _ask_for_code(template: str, refused: bool) -> ResponseReturnValue:
    form = PrintedCodeForm()
    if request.method == "POST":
        form.validate()
    words = [_("This code is not good: it is mistyped, used, withdrawn or too old.")] if refused else []
    return render_template(template, form=form, refused=words), WRONG if words or form.errors else 200


def _find(code: str) -> tuple[Invitation, Organization] | None:
    def invited(session: Session) -> tuple[Invitation, Organization] | None:
        hub = guard.the_hub()
        found = find_invitation(session, code, hmac_key=hub.secrets.api_key_key, now=hub.clock())
        return None if found is None else (found, session.get_one(Organization, found.organization_id))

    return _find_with_brake(invited)


def _find_with_brake(find: Callable[[Session], Found | None]) -> Found | None:
    """What a code opens; whoever tries many that open nothing must wait."""
    hub, brake = guard.the_hub(), guard.throttle()
    brake.check(request.remote_addr, hub.clock())
    with hub.reading() as session:
        found = find(session)
    if found is None:
        brake.failed(request.remote_addr, hub.clock())
    return found


def _use(code: str, form: JoinForm) -> ResponseReturnValue | None:
    hub = guard.the_hub()
    chosen = NewCredentials(form.username.data or "", form.password.data or "", current_language())
    try:
        with hub.writing() as writing:
            use_invitation(writing, code, chosen, hmac_key=hub.secrets.api_key_key, context=hub.context())
    except Invalid as refusal:
        show_faults(form, refusal)
        return None
    except NotVisible:
        return _ask_for_code("join/code.html", True)
    flash(_("You have joined. Sign in with the user name and password that you chose."), "success")
    return see_other("account.sign_in")


def _join_signed_in(code: str, invitation: Invitation, organization: Organization) -> ResponseReturnValue:
    """Who is signed in gets a further hat."""
    found, hub = guard.current_signed_in(), guard.the_hub()
    form = CarriedCodeForm(code=code)
    refused = []
    if "confirm" in request.form:
        try:
            with hub.writing() as writing:
                add_hat(writing, found.person.id, code, hmac_key=hub.secrets.api_key_key, context=hub.context())
        except Conflict:
            refused = [_("You belong to this organization already. Its manager can change your roles.")]
        except NotPermitted:
            refused = [
                _("People of the organization that runs the hub take no role elsewhere, and the other way round.")
            ]
        except NotVisible:
            return _ask_for_code("join/code.html", True)
        else:
            flash(_("The role was added to your account."), "success")
            return see_other("account.hats")
    page = render_template(
        "join/add.html",
        form=form,
        invitation=invitation,
        organization=organization,
        person=found.person,
        refused=refused,
    )
    return page, WRONG if refused else 200


@blueprint.route("/reset", methods=["GET", "POST"])
def reset() -> ResponseReturnValue:
    """First the code alone; with a good one, the new password, or the way to where the code is asked for again."""
    code = normalise_code(request.form.get("code", ""))
    waiting = _find_reset(code) if request.method == "POST" and code else None
    if waiting is None:
        return _ask_for_code("join/reset_code.html", bool(code))
    what = ResetKind(waiting.what)
    chosen = "confirm" in request.form and what is not ResetKind.SECOND_FACTOR
    form = NewPasswordForm() if chosen else NewPasswordForm(formdata=None)
    form.code.data = code
    if chosen and form.validate():
        answer = _use_reset(code, form)
        if answer is not None:
            return answer
    return render_template("join/reset.html", form=form, what=what.value), WRONG if form.errors else 200


def _find_reset(code: str) -> ResetRequest | None:
    hub = guard.the_hub()
    return _find_with_brake(
        lambda session: find_reset(session, code, hmac_key=hub.secrets.api_key_key, now=hub.clock())
    )


def _use_reset(code: str, form: NewPasswordForm) -> ResponseReturnValue | None:
    hub = guard.the_hub()
    password = form.password.data or ""
    try:
        with hub.writing() as writing:
            use_reset(writing, code, password, hmac_key=hub.secrets.api_key_key, context=hub.context())
    except Invalid as refusal:
        show_faults(form, refusal)
        return None
    except NotVisible:
        return _ask_for_code("join/reset_code.html", True)
    flash(_("Done. All your sessions have ended; sign in again."), "success")
    return see_other("account.sign_in")
