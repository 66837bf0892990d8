"""Holds the forms of signing in, joining and the own account."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from hub.i18n import Words
from sharing.errors import Invalid

FAULT_WORDS: dict[str, Words] = {
    "bad_username": _l("Use 3 to 64 characters: a to z, 0 to 9, dot, hyphen, underscore."),
    "taken": _l("Somebody has this name already. Choose another."),
    "password_too_short": _l("Use at least 12 characters."),
    "password_too_long": _l("Use at most 256 characters."),
    "password_is_user_name": _l("Choose a password other than the user name."),
    "wrong_code": _l("The code does not fit. Wait for the next one and type that."),
    "missing": _l("Please fill this in."),
    "too_long": _l("Please shorten this."),
    "bad_name": _l("Use at most 200 letters, digits and blanks."),
    "bad_address": _l("Use a plain address such as name@example.jp, in letters of ASCII and without quotes."),
    "too-many-codes": _l("Five codes were sent in 24 hours. Wait until tomorrow, or ask the operator of the hub."),
    "out_of_range": _l("Choose one of the offered values."),
}
"""What the faults of operations say beside a field."""


def needed(message: Words) -> list[object]:
    """The validator of a field that must be filled in."""
    return [InputRequired(message)]


def checkboxes(label: Words, message: Words) -> SelectMultipleField:
    """Several choices, each with its box."""
    return SelectMultipleField(
        label, validators=needed(message), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )


def show_faults(form: FlaskForm, refusal: Invalid) -> None:
    """Put an operation's faults beside the fields of a form; what has no field goes to the summary."""
    for fault in refusal.faults:
        words = FAULT_WORDS.get(fault.code, FAULT_WORDS["out_of_range"])
        if fault.field in form:
            form[fault.field].errors = [*form[fault.field].errors, words]
        else:
            form.form_errors.append(words)


class SignInForm(FlaskForm):
    """The first step."""

    username = StringField(_l("User name"), validators=needed(_l("Enter your user name.")))
    password = PasswordField(_l("Password"), validators=needed(_l("Enter your password.")))


class CodeForm(FlaskForm):
    """The second step."""

    code = StringField(_l("Code from your authenticator app"), validators=needed(_l("Enter the code of six digits.")))


class AgreementForm(FlaskForm):
    """The sharing agreement."""

    version = HiddenField()
    accept = BooleanField(
        _l("I have read the agreement and keep to it"), validators=needed(_l("Tick the box to go on."))
    )


class PrintedCodeForm(FlaskForm):
    """A code from a letter."""

    code = StringField(_l("Code from your letter"), validators=needed(_l("Enter the code from your letter.")))


def _same(form: FlaskForm, field: PasswordField) -> None:
    if field.data != form["password"].data:
        raise StopValidation(_l("The two passwords differ."))


class JoinForm(FlaskForm):
    """What a person chooses when joining."""

    code = HiddenField()
    username = StringField(_l("User name"), validators=needed(_l("Choose a user name.")))
    password = PasswordField(_l("New password"), validators=needed(_l("Choose a password.")))
    password_again = PasswordField(
        _l("New password, once more"), validators=[InputRequired(_l("Type the password once more.")), _same]
    )


class NewPasswordForm(FlaskForm):
    """A new password after a reset."""

    code = HiddenField()
    password = PasswordField(_l("New password"), validators=needed(_l("Choose a password.")))
    password_again = PasswordField(
        _l("New password, once more"), validators=[InputRequired(_l("Type the password once more.")), _same]
    )


class CarriedCodeForm(FlaskForm):
    """A code that was typed on the page before."""

    code = HiddenField()


class ChangePasswordForm(FlaskForm):
    """A new password by a person who is signed in."""

    present_password = PasswordField(_l("Present password"), validators=needed(_l("Enter your present password.")))
    password = PasswordField(_l("New password"), validators=needed(_l("Choose a password.")))
    password_again = PasswordField(
        _l("New password, once more"), validators=[InputRequired(_l("Type the password once more.")), _same]
    )


class ReplaceFactorForm(FlaskForm):
    """Another authenticator app."""

    present_code = StringField(_l("Code from the present app"), validators=needed(_l("Enter the code of six digits.")))
    code = StringField(_l("Code from the new app"), validators=needed(_l("Enter the code of six digits.")))


class LanguageForm(FlaskForm):
    """The language of pages and messages."""

    language = SelectField(
        _l("Language of the pages"), choices=[SelectChoice("ja", "日本語"), SelectChoice("en", "English")]
    )


class KeyForm(FlaskForm):
    """A new API key."""

    name = StringField(_l("Name of the key"), validators=[InputRequired(_l("Enter a name.")), Length(max=100)])
    scopes = checkboxes(_l("What the key may do"), _l("Choose at least one thing that the key may do."))
    days = SelectField(_l("How long it is good"), coerce=int, default=90)


class InviteForm(FlaskForm):
    """A person to be invited."""

    display_name = StringField(
        _l("Name of the person"), validators=[InputRequired(_l("Enter the person's name.")), Length(max=200)]
    )
    roles = checkboxes(_l("Roles"), _l("Choose at least one role."))


class RolesForm(FlaskForm):
    """Other roles for a person."""

    roles = checkboxes(_l("Roles"), _l("Choose at least one role."))


class ResetForm(FlaskForm):
    """A request to let a person in again."""

    what = RadioField(_l("What was lost"), validators=needed(_l("Choose what was lost.")))
    why = TextAreaField(
        _l("What happened, and how you made sure who asks"),
        validators=[InputRequired(_l("Say what happened.")), Length(max=1000)],
    )
    keep_keys = BooleanField(
        _l("Keep the person's API keys: nobody else can have used the account or made keys with it")
    )
