"""Holds the page on which a form that could not be taken keeps what was typed, ready to be sent again."""

import re
from collections.abc import Sequence

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from msgspec import Struct

from hub.i18n import Words
from hub.security.headers import comes_from_here
from hub.web.frame.shell import shell_of

SECRET_NAME = re.compile(r"pass|secret|token|code|otp|pin|key|credential|answer", re.IGNORECASE)
"""Fields whose name says that they hold a secret are never written back into a page."""
NOT_SECRET = frozenset({"event_code", "cause_code", "sector_code", "code_list"})
"""Names that only look like it."""
NOT_TYPED = frozenset(
    {"submission", "versions", "version", "do", "seen", "technical_seen", "readers_seen", "digest", "number", "found"}
    | {"upload", "view", "of", "subject", "keep_mentions", "submit"}
)
"""Controls that say how a form is sent. They go along when it is sent again; to the person who typed they are noise."""
ACTING_AS = "acting_as"
"""The hat under which a form was written: sent again, it is still the form of that hat."""
HOW = "-how"
"""Ends the name of a choice that says how the values beside it are meant; these are shown."""
MAX_KEPT_FIELDS = 400
"""More than the longest form has; a page of more would be an attack."""


class KeptField(Struct, frozen=True):
    """One value that was typed."""

    name: str
    value: str


def kept_fields() -> tuple[list[KeptField], bool]:
    """What was typed into the form of this request, without secrets; and whether anything had to be left out."""
    sent = request.form.items(multi=True)
    given = [KeptField(name, value) for name, value in sent if name not in {"csrf_token", ACTING_AS}]
    kept = [field for field in given if field.name in NOT_SECRET or not SECRET_NAME.search(field.name)]
    left_out = len(kept) < len(given) or len(kept) > MAX_KEPT_FIELDS or bool(request.files)
    return kept[:MAX_KEPT_FIELDS], left_out


def typed_fields(fields: Sequence[KeptField]) -> list[tuple[Words, str]]:
    """What the person typed or chose, each under the name that the form gives it."""
    labels, words = shell_of().field_labels, shell_of().field_words
    return [
        (
            labels.get(each.name, labels.get(each.name.rpartition("-")[0], each.name)),
            words[each.name](each.value) if each.name in words else each.value,
        )
        for each in fields
        if each.value.strip() and each.name not in NOT_TYPED and not each.name.endswith(HOW)
    ]


def typed_in_vain() -> list[tuple[Words, str]]:
    """What a form held that ended in an error page, where one of our own pages sent it and it was read at all."""
    was_read = request.method == "POST" and "form" in vars(request)
    return typed_fields(kept_fields()[0]) if was_read and comes_from_here() else []


def render_kept_form(
    title: Words, what: Words, *, status: int, sign_in_url: str | None = None, hats_url: str | None = None
) -> ResponseReturnValue:
    """Show what was typed and offer to send it again with a fresh token.

    Offered only when the browser says that our own page sent the form: a form that another site filled
    must not become ours by a click. `sign_in_url` is shown first when the visitor must sign in before sending,
    `hats_url` when it must first change the hat.
    """
    fields, left_out = kept_fields()
    page = render_template(
        "errors/kept.html",
        title=title,
        what=what,
        fields=fields,
        shown=typed_fields(fields),
        left_out=left_out,
        action=request.full_path if request.query_string else request.path,
        may_send=comes_from_here(),
        sign_in_url=sign_in_url,
        hats_url=hats_url,
        acting_as=request.form.get(ACTING_AS),
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
