"""A door: the own account: language, password, second factor, sessions, API keys."""

from uuid import UUID

from flask import Response, flash, render_template, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from hub.web.frame import guard
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.people.account import PENDING_SEED, WRONG, pending_seed, seed_picture, shown_seed
from hub.web.people.account_forms import ChangePasswordForm, KeyForm, LanguageForm, ReplaceFactorForm, show_faults
from hub.web.words.people import SCOPE_NAMES
from sharing.errors import Invalid
from sharing.people.credentials import change_password, find_own_candidate, replace_second_factor
from sharing.people.keys import NewKey, list_keys, make_key, revoke_key
from sharing.people.preferences import set_language
from sharing.people.sessions import end_session, list_sessions, sign_out_everywhere
from sharing.permissions import SCOPES, Permission

blueprint = page_blueprint("my_account", url_prefix="/account")
guard.protect(blueprint, hat=False)
NAVIGATION = (Item("my_account.show", _l("My account")),)
KEY_DAYS = (30, 90, 180, 365)
"""The lives that the form offers; the operation takes up to 400 days."""


@blueprint.get("/")
def show() -> str:
    """Everything about the own account."""
    found, hub = guard.current_signed_in(), guard.the_hub()
    with hub.reading() as reading:
        sessions = list_sessions(reading, found, hub.clock())
        keys = list_keys(reading, found.actor, hub.clock()) if found.actor else []
    return render_template(
        "my_account/show.html",
        found=found,
        sessions=sessions,
        keys=[line for line in keys if line.mine],
        may_make_keys=bool(_own_scopes()),
        language_form=LanguageForm(language=found.person.locale),
    )


@blueprint.post("/language")
def language() -> ResponseReturnValue:
    """Choose the language of pages."""
    form, hub = LanguageForm(), guard.the_hub()
    if form.validate():
        with hub.writing() as writing:
            set_language(writing, guard.current_signed_in().bare, form.language.data, context=hub.context())
        flash(_("The language is stored."), "success")
        return see_other("my_account.show", lang=form.language.data)
    return see_other("my_account.show")


@blueprint.route("/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    """Another password."""
    form, refused = ChangePasswordForm(), []
    if form.validate_on_submit():
        try:
            if _change_password(form):
                flash(_("The password is changed. Your other sessions have ended."), "success")
                return see_other("my_account.show")
            refused = [_("The present password is not right, or the account is paused.")]
        except Invalid as refusal:
            show_faults(form, refusal)
    page = render_template("my_account/password.html", form=form, refused=refused)
    return page, WRONG if refused or form.errors else 200


def _change_password(form: ChangePasswordForm) -> bool:
    found, hub = guard.current_signed_in(), guard.the_hub()
    with hub.reading() as reading:
        candidate = find_own_candidate(reading, found.person.id)
    fits = candidate.fits(form.present_password.data or "")
    with hub.writing() as writing:
        return change_password(
            writing,
            found.bare,
            candidate,
            form.password.data or "",
            fits=fits,
            keep=found.session.digest,
            hmac_key=hub.secrets.api_key_key,
            context=hub.context(),
        )


@blueprint.route("/second-factor", methods=["GET", "POST"])
def second_factor() -> ResponseReturnValue:
    """Another authenticator app."""
    form, refused = ReplaceFactorForm(), []
    seed = shown_seed(pending_seed())
    if form.validate_on_submit():
        try:
            if _replace(form, seed):
                session.pop(PENDING_SEED, None)
                flash(_("From now on the new app gives your codes. Your other sessions have ended."), "success")
                return see_other("my_account.show")
            refused = [_("The code of the present app is not right, was used already, or the account is paused.")]
        except Invalid as refusal:
            show_faults(form, refusal)
    shown = " ".join(seed[at : at + 4] for at in range(0, len(seed), 4))
    page = render_template("my_account/second_factor.html", form=form, refused=refused, seed=shown)
    return page, WRONG if refused or form.errors else 200


def _replace(form: ReplaceFactorForm, seed: str) -> bool:
    found, hub = guard.current_signed_in(), guard.the_hub()
    with hub.writing() as writing:
        return replace_second_factor(
            writing,
            found.bare,
            seed,
            new_code=form.code.data or "",
            present_code=form.present_code.data or "",
            keep=found.session.digest,
            seeds=hub.secrets.seeds,
            hmac_key=hub.secrets.api_key_key,
            context=hub.context(),
        )


@blueprint.get("/second-factor.svg")
def picture() -> Response:
    """The square code of the new seed."""
    return seed_picture()


@blueprint.post("/sessions/<ident>/end")
def end(ident: str) -> ResponseReturnValue:
    """End one session."""
    hub = guard.the_hub()
    with hub.writing() as writing:
        end_session(writing, guard.current_signed_in(), ident, context=hub.context())
    flash(_("The session has ended."), "success")
    return see_other("my_account.show")


@blueprint.post("/sessions/end-all")
def end_all() -> ResponseReturnValue:
    """End all sessions, this one too."""
    hub = guard.the_hub()
    with hub.writing() as writing:
        sign_out_everywhere(writing, guard.current_signed_in(), context=hub.context())
    session.clear()
    flash(_("All your sessions have ended."), "success")
    return see_other("account.sign_in")


def _own_scopes() -> list[Permission]:
    """What a key of the current hat could do."""
    actor = guard.current_signed_in().actor
    if actor is None or not actor.may(Permission.KEYS_OWN):
        return []
    return [scope for scope in SCOPE_NAMES if scope in SCOPES & actor.permissions]


@blueprint.route("/keys/new", methods=["GET", "POST"])
def new_key() -> ResponseReturnValue:
    """Make an API key for the current hat."""
    actor = guard.current_actor_or_404()
    actor.must(Permission.KEYS_OWN)
    form, hub = KeyForm(), guard.the_hub()
    form.scopes.choices = [SelectChoice(scope.value, SCOPE_NAMES[scope]) for scope in _own_scopes()]
    form.days.choices = [SelectChoice(str(days), _("%(days)s days", days=days)) for days in KEY_DAYS]
    if form.validate_on_submit():
        scopes = [Permission(value) for value in form.scopes.data or ()]
        new = NewKey(form.name.data or "", scopes, int(form.days.data))
        try:
            with hub.writing() as writing:
                key, text = make_key(writing, actor, new, hmac_key=hub.secrets.api_key_key, context=hub.context())
        except Invalid as refusal:
            show_faults(form, refusal)
        else:
            guard.keep_to_show(key.id, text)
            return see_other("my_account.made_key", key_id=key.id)
    page = render_template("my_account/new_key.html", form=form)
    return page, WRONG if form.errors else 200


@blueprint.get("/keys/<uuid:key_id>/made")
def made_key(key_id: UUID) -> str:
    """The key, once."""
    found = guard.current_signed_in()
    return render_template("my_account/made_key.html", text=guard.take_to_show(key_id), found=found)


@blueprint.post("/keys/<uuid:key_id>/revoke")
def revoke(key_id: UUID) -> ResponseReturnValue:
    """Make an own key useless."""
    hub, actor = guard.the_hub(), guard.current_actor_or_404()
    with hub.writing() as writing:
        revoke_key(writing, actor, key_id, context=hub.context())
    flash(_("The key is revoked. It opens nothing any more."), "success")
    return see_other("my_account.show")
