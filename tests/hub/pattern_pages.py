"""Pages that exist in tests only: every macro of the design system once, and the ways in which a page can fail."""

from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response, abort, flash, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from jinja2 import ChoiceLoader, FileSystemLoader
from sqlalchemy.exc import OperationalError
from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.frame.shell import Viewer, shell_of
from models.vocabulary import Label

blueprint = page_blueprint("patterns", url_prefix="/patterns")
NAVIGATION = (
    Item("patterns.show", "ホーム"),
    Item("patterns.write", "情報連絡を書く", "report:report:write"),
    Item("patterns.hidden", "隠れた項目", "never:given:this"),
)
MOMENT = datetime(2026, 11, 20, 5, 5, tzinfo=UTC)


class PatternForm(FlaskForm):
    """One field of each kind."""

    event_type = SelectField(
        "事象の類型",
        choices=[
            SelectChoice("", "選んでください"),
            SelectChoice("E20", "完全性の喪失"),
            SelectChoice("E30", "可用性の喪失"),
        ],
        validators=[InputRequired("事象の類型を選んでください。")],
    )
    summary = StringField("概要", validators=[InputRequired("概要を一文で入力してください。"), Length(max=400)])
    details = TextAreaField("詳細")
    impact = RadioField(
        "重要インフラサービスへの影響",
        choices=[SelectChoice("yes", "あり"), SelectChoice("no", "なし"), SelectChoice("unknown", "不明")],
        validators=[InputRequired("影響の有無を選んでください。")],
    )
    password = PasswordField("パスワード")
    consent = BooleanField("国家サイバー統括室への提供に同意する")


def sign_in_tester() -> Viewer | None:
    """Tests sign in by a session entry."""
    if not session.get("tester"):
        return None
    return Viewer(
        name="山田 花子",
        organization="東北みらい電力株式会社",
        roles=("報告者", "承認者"),
        permissions=frozenset({"report:report:write"}),
        hats=2,
        language=session.get("language"),
    )


def install(app: Flask) -> None:
    """Find this folder's templates too, and let tests sign in."""
    here = FileSystemLoader(Path(__file__).parent / "templates")
    app.jinja_env.loader = ChoiceLoader([app.jinja_env.loader, here])
    shell_of(app).load_viewer = sign_in_tester
    shell_of(app).field_labels |= {"event_type": "事象の類型", "summary": "概要"}
    shell_of(app).remember_language = lambda language: session.__setitem__("language", language)


@blueprint.get("/")
def show() -> str:
    """Every macro once; `label` and `exercise` dress the page."""
    label = request.args.get("label")
    return render_template(
        "patterns.html",
        page_label=Label(label) if label else None,
        page_exercise="exercise" in request.args,
        moment=MOMENT,
        labels=list(Label),
        rows=[
            {
                "number": "K7QM-4TX2-P",
                "summary": "受付システムが応答しない状態が約40分続いた",
                "label": Label.AMBER,
                "count": 3,
            },
            {
                "number": "9D2H-WR6C-8",
                "summary": "制御系監視端末で不審な通信を検知",
                "label": Label.AMBER_STRICT,
                "count": 12,
            },
            {
                "number": "B3NK-05VJ-T",
                "summary": "DDoS攻撃によりウェブサイトの閲覧が断続的に困難",
                "label": Label.GREEN,
                "count": 140,
            },
        ],
    )


@blueprint.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Sign the tester in."""
    session["tester"] = True
    flash("サインインしました。", "success")
    return see_other("patterns.show")


@blueprint.route("/write", methods=["GET", "POST"])
def write() -> ResponseReturnValue:
    """A form with every kind of field."""
    form = PatternForm()
    if form.validate_on_submit():
        session["sent"] = form.summary.data
        return see_other("patterns.sent")
    return render_template("pattern_form.html", form=form), 422 if form.errors else 200


@blueprint.get("/sent")
def sent() -> Response:
    """What arrived."""
    return Response(session.get("sent", ""), mimetype="text/plain")


@blueprint.get("/fail/<int:status>")
def fail(status: int) -> ResponseReturnValue:
    """End with a status."""
    abort(status)


@blueprint.get("/crash")
def crash() -> ResponseReturnValue:
    """Fail with a message that must not leave the process."""
    raise RuntimeError("the text of report K7QM and hunter2")


@blueprint.get("/busy")
def busy() -> ResponseReturnValue:
    """What a locked database does."""
    raise OperationalError("SELECT secret", {"value": "hunter2"}, Exception("database is locked"))


@blueprint.get("/hidden")
def hidden() -> str:
    """A page that the tester's hat may not use."""
    return ""
