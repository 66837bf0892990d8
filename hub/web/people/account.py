"""A door: signing in and out, the agreement, joining by a printed code, getting back in, and the choice of hat."""

import base64
import io
from uuid import UUID

from flask import Flask, Response, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crypto.totp import provisioning_uri
from hub.web.frame import guard
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.people.account_forms import AgreementForm, CodeForm, PrintedCodeForm, SignInForm, show_faults
from sharing.errors import Invalid
from sharing.people.agreement import accept_agreement
from sharing.people.enrolment import finish_enrolment, present_code
from sharing.people.second_factor import begin_enrolment, open_pending
from sharing.people.sessions import Need, choose_hat
from sharing.people.sessions import sign_out as end_this_session
from sharing.people.sign_in import Step, find_candidate, finish_password, finish_second_factor

blueprint = page_blueprint("account")
PENDING_SEED = "pending_seed"
WRONG = 422
"""The answer to a form that must be corrected."""


def install(app: Flask) -> None:
    """Plug sign-in into the frame."""
    guard.install(app)


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """The first step: name and password."""
    found = guard.find_signed_in()
    if request.method == "GET" and found is not None and found.needs not in guard.UNFINISHED:
        return redirect(guard.safe_next(), code=303)
    form = SignInForm()
    refused = []
    if form.validate_on_submit():
        step = _try_password(form.username.data or "", form.password.data or "")
        if step is not None:
            guard.begin_browser_session(step)
            return _go_on(step)
        refused = [_("The user name or the password is not right, or the account is paused. Check both and try again.")]
    wrong = bool(refused or form.errors)
    return render_template("account/sign_in.html", form=form, refused=refused), WRONG if wrong else 200


def _try_password(username: str, password: str) -> Step | None:
    hub, brake = guard.the_hub(), guard.throttle()
    brake.check(request.remote_addr, hub.clock())
    with hub.reading() as reading:
        candidate = find_candidate(reading, username)
    fits = candidate.fits(password)
    with hub.writing() as writing:
        step = finish_password(
            writing, candidate, password, fits=fits, hmac_key=hub.secrets.api_key_key, context=hub.context()
        )
    if step is None:
        brake.failed(request.remote_addr, hub.clock())
    return step


def _go_on(step: Step) -> ResponseReturnValue:
    """To what is still to be done, with the wanted page in tow."""
    if step.complete:
        return redirect(guard.safe_next(), code=303)
    return see_other("account.second_step" if step.enrolled else "account.enrol", **_wanted())


def _wanted() -> dict[str, str]:
    return {"next": there} if (there := guard.safe_next("")) else {}


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
def second_step() -> ResponseReturnValue:
    """The second step: the code of the authenticator app."""
    elsewhere = _unless(Need.SECOND_FACTOR)
    if elsewhere is not None:
        return elsewhere
    form = CodeForm()
    refused = []
    if form.validate_on_submit():
        hub, brake = guard.the_hub(), guard.throttle()
        brake.check(request.remote_addr, hub.clock())
        with hub.writing() as writing:
            step = finish_second_factor(
                writing,
                guard.session_token(),
                form.code.data or "",
                seeds=hub.secrets.seeds,
                hmac_key=hub.secrets.api_key_key,
                context=hub.context(),
            )
        if step is not None:
            guard.begin_browser_session(step)
            return redirect(guard.safe_next(), code=303)
        brake.failed(request.remote_addr, hub.clock())
        refused = [_("The code is not right, was used already, or the account is paused. Wait for the next code.")]
    wrong = bool(refused or form.errors)
    return render_template("account/code.html", form=form, refused=refused), WRONG if wrong else 200


@blueprint.route("/sign-in/letter", methods=["GET", "POST"])
def letter() -> ResponseReturnValue:
    """After a reset of the second factor: the printed code, before a new one is set up."""
    elsewhere = _unless(Need.LETTER)
    if elsewhere is not None:
        return elsewhere
    form = PrintedCodeForm()
    refused = []
    if form.validate_on_submit():
        if _try_letter(form.code.data or ""):
            return see_other("account.enrol", **_wanted())
        refused = [
            _(
                "The code is not right or too old, or the account is paused. Check the letter; if it is lost, ask the"
                " manager of your organization for another reset."
            )
        ]
    wrong = bool(refused or form.errors)
    return render_template("account/letter.html", form=form, refused=refused), WRONG if wrong else 200


def _try_letter(code: str) -> bool:
    hub, brake = guard.the_hub(), guard.throttle()
    brake.check(request.remote_addr, hub.clock())
    with hub.writing() as writing:
        good = present_code(
            writing, guard.session_token(), code, hmac_key=hub.secrets.api_key_key, context=hub.context()
        )
    if not good:
        brake.failed(request.remote_addr, hub.clock())
    return good


@blueprint.route("/sign-in/enrol", methods=["GET", "POST"])
def enrol() -> ResponseReturnValue:
    """The first sign-in, or the first one after a reset: a second factor is set up."""
    elsewhere = _unless(Need.ENROLMENT)
    if elsewhere is not None:
        return elsewhere
    form = CodeForm()
    sealed = pending_seed()
    if form.validate_on_submit():
        hub = guard.the_hub()
        try:
            with hub.writing() as writing:
                step = finish_enrolment(
                    writing,
                    guard.session_token(),
                    sealed,
                    form.code.data or "",
                    seeds=hub.secrets.seeds,
                    context=hub.context(),
                )
        except Invalid as refusal:
            show_faults(form, refusal)
        else:
            if step is None:
                return see_other("account.sign_in")
            guard.begin_browser_session(step)
            return redirect(guard.safe_next(), code=303)
    page = render_template("account/enrol.html", form=form, seed=_grouped(shown_seed(sealed)))
    return page, WRONG if form.errors else 200


@blueprint.get("/sign-in/enrol.svg")
def enrolment_picture() -> ResponseReturnValue:
    """The square code of the seed that waits; a picture of its own, since pages hold no inline data."""
    if _unless(Need.ENROLMENT) is not None:
        abort(404)
    return seed_picture()


def _unless(need: Need) -> ResponseReturnValue | None:
    """Away from here, unless this is the step that the sign-in waits for."""
    found = guard.find_signed_in()
    if found is None:
        return see_other("account.sign_in")
    if found.needs is need:
        return None
    if found.needs in guard.UNFINISHED:
        return see_other(guard.NEXT_STEPS[found.needs], **_wanted())
    return redirect(guard.safe_next(), code=303)


def pending_seed() -> bytes:
    """The sealed seed that waits for its first code; a new one where there is none for this session."""
    hub, found = guard.the_hub(), guard.current_signed_in()
    token = guard.session_token()
    try:
        sealed = base64.b64decode(session.get(PENDING_SEED, ""), validate=True)
    except ValueError:
        sealed = b""
    if open_pending(sealed, found.person.id, token, seeds=hub.secrets.seeds) is None:
        sealed = begin_enrolment(found.person.id, token, seeds=hub.secrets.seeds, context=hub.context())
        session[PENDING_SEED] = base64.b64encode(sealed).decode("ascii")
    return sealed


def shown_seed(sealed: bytes) -> str:
    """The seed as the app wants it typed."""
    hub, found = guard.the_hub(), guard.current_signed_in()
    return open_pending(sealed, found.person.id, guard.session_token(), seeds=hub.secrets.seeds) or ""


def seed_picture() -> Response:
    """The square code of the seed that waits."""
    found, settings = guard.current_signed_in(), guard.the_hub().settings
    issuer = "CEPTOAR Hub" + (" (demo)" if settings.demo else "")
    address = provisioning_uri(shown_seed(pending_seed()), found.person.username, issuer)
    picture = io.BytesIO()
    import segno  # noqa: PLC0415  drawn once for each person

    segno.make(address, micro=False).save(picture, kind="svg", scale=5, border=4, dark="#000", light="#fff")
    return Response(picture.getvalue(), mimetype="image/svg+xml")


def _grouped(seed: str) -> str:
    return " ".join(seed[at : at + 4] for at in range(0, len(seed), 4))


@blueprint.route("/agreement", methods=["GET", "POST"])
def agreement() -> ResponseReturnValue:
    """The sharing agreement; without it nothing else is reached."""
    found = guard.find_signed_in()
    if found is None or found.needs in guard.UNFINISHED:
        return see_other("account.sign_in")
    hub = guard.the_hub()
    in_force = hub.settings.agreement_version
    form = AgreementForm(version=in_force)
    if form.validate_on_submit():
        with hub.writing() as writing:
            accept_agreement(writing, found.bare, form.version.data or "", in_force=in_force, context=hub.context())
        return redirect(guard.safe_next(), code=303)
    accepted = found.person.agreement_version == in_force
    page = render_template(
        "account/agreement.html", form=form, version=in_force, accepted=accepted, person=found.person
    )
    return page, WRONG if form.errors else 200


@blueprint.get("/hats")
def hats() -> ResponseReturnValue:
    """The person's hats, to choose from."""
    elsewhere = guard.ask_for_more(hat=False)
    if elsewhere is not None:
        return elsewhere
    return render_template("account/hats.html", found=guard.current_signed_in())


@blueprint.post("/hats/<uuid:membership_id>")
def choose(membership_id: UUID) -> ResponseReturnValue:
    """Put on another hat."""
    elsewhere = guard.ask_for_more(hat=False)
    if elsewhere is not None:
        return elsewhere
    hub = guard.the_hub()
    with hub.writing() as writing:
        choose_hat(writing, guard.current_signed_in(), membership_id, context=hub.context())
    return redirect(guard.safe_next(), code=303)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session."""
    found, hub = guard.find_signed_in(), guard.the_hub()
    if found is not None:
        with hub.writing() as writing:
            end_this_session(writing, found, context=hub.context())
    session.clear()
    flash(_("You are signed out."), "success")
    return redirect(url_for("account.sign_in"), code=303)
