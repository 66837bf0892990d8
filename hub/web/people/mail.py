"""A door: what a person is told by mail: where, of what; and from the number of a mail to what it was about."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from hub.web.frame import guard
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.people.account import WRONG
from hub.web.people.account_forms import needed, show_faults
from hub.web.words.mail import MATTERS, WISHES, page_of
from models.vocabulary import MailWish
from sharing.errors import Conflict, Invalid, NotVisible
from sharing.mails.addresses import confirm_address, find_address, forget_address, set_address, set_wishes
from sharing.mails.own import list_own_mails, load_own_mail

blueprint = page_blueprint("mail", url_prefix="/mail")
guard.protect(blueprint, hat=False)


class AddressForm(FlaskForm):
    """Where."""

    address = StringField(_l("Mail address"), validators=needed(_l("Enter a mail address.")))


class CodeForm(FlaskForm):
    """What came there."""

    code = StringField(_l("Code from the mail"), validators=needed(_l("Enter the code of eight digits.")))


class WishesForm(FlaskForm):
    """Of what."""

    wishes = SelectMultipleField(
        _l("Tell me by mail when"),
        choices=[SelectChoice(wish.value, words) for wish, words in WISHES.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


@blueprint.get("/")
def index() -> str:
    """Where mail goes, what is wanted, and what was told."""
    return _page()


def _page(*, address: AddressForm | None = None, code: CodeForm | None = None, refused: tuple[str, ...] = ()) -> str:
    hub, person = guard.the_hub(), guard.current_signed_in().person
    with hub.reading() as session:
        row = find_address(session, person.id)
        told = list_own_mails(session, person.id)
        waits = row is not None and row.code_until is not None and row.code_until > hub.clock()
        return render_template(
            "mail/index.html",
            address=row.address if row else None,
            is_confirmed=row is not None and row.confirmed_at is not None,
            code_waits=waits,
            told=told,
            matters=MATTERS,
            sends=hub.settings.sends_mail,
            sender=hub.settings.mail_from,
            address_form=address or AddressForm(formdata=None, address=row.address if row else ""),
            code_form=code or CodeForm(formdata=None),
            wishes_form=WishesForm(formdata=None, wishes=sorted(row.wish_set) if row else []),
            refused=refused,
        )


@blueprint.post("/address")
def address() -> ResponseReturnValue:
    """Name an address; a code goes there."""
    form, hub = AddressForm(), guard.the_hub()
    if not hub.settings.sends_mail:
        raise NotVisible("this hub sends no mail")
    if form.validate():
        try:
            with hub.writing() as session:
                sent = set_address(
                    session,
                    guard.current_signed_in().bare,
                    form.address.data or "",
                    sealer=hub.secrets.seeds,
                    context=hub.context(),
                )
        except Invalid as refusal:
            show_faults(form, refusal)
        else:
            if sent:
                flash(_("A code is on its way to that address. Type it here when it has come."), "info")
            return see_other("mail.index")
    return _page(address=form), WRONG


@blueprint.post("/code")
def code() -> ResponseReturnValue:
    """Confirm the address by the code that went there."""
    form, hub = CodeForm(), guard.the_hub()
    refused: tuple[str, ...] = ()
    if form.validate():
        try:
            with hub.writing() as session:
                fits = confirm_address(
                    session,
                    guard.current_signed_in().bare,
                    form.code.data or "",
                    sealer=hub.secrets.seeds,
                    context=hub.context(),
                )
        except Conflict:
            refused = (_("That code is not good any more. Have a new one sent."),)
        else:
            if fits:
                flash(_("The address is confirmed."), "success")
                return see_other("mail.index")
            refused = (_("The code does not fit. Look at the newest mail and type it again."),)
    return _page(code=form, refused=refused), WRONG


@blueprint.post("/wishes")
def wishes() -> ResponseReturnValue:
    """Choose what is told."""
    form, hub = WishesForm(), guard.the_hub()
    if not form.validate():
        flash(_("Choose one of the offered values."), "danger")
        return see_other("mail.index")
    chosen = [MailWish(value) for value in form.wishes.data or ()]
    with hub.writing() as session:
        set_wishes(session, guard.current_signed_in().bare, chosen, context=hub.context())
    flash(_("Your choice is stored."), "success")
    return see_other("mail.index")


@blueprint.post("/forget")
def forget() -> ResponseReturnValue:
    """Take the address away."""
    hub = guard.the_hub()
    with hub.writing() as session:
        forget_address(session, guard.current_signed_in().bare, context=hub.context())
    flash(_("The address is taken away. No mail is sent to you any more."), "success")
    return see_other("mail.index")


@blueprint.get("/<number>/")
def show(number: str) -> ResponseReturnValue:
    """Where what a mail tells of is found, under the hat that was told."""
    found, hub = guard.current_signed_in(), guard.the_hub()
    with hub.reading() as session:
        mail = load_own_mail(session, found.person.id, number)
    if found.hat is None or found.hat.membership_id != mail.membership_id:
        return redirect(url_for("account.hats", next=url_for("mail.show", number=mail.number)), code=303)
    return redirect(page_of(mail), code=303)
