"""A door: which code does which kind of due row."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from hub.wiring import Hub
from sharing import digests, policies
from sharing.actor import Context
from sharing.attachments import forgetting
from sharing.jobs.due import Handler
from sharing.jobs.mails import DUE_KIND as MAILS_DUE
from sharing.mails import telling
from sharing.past import newcomers, successors, work
from sharing.people import merging
from sharing.reports import drafts
from sharing.reports.approval import proposal_times
from sharing.reports.range_changes import embargoes, recall_answers, recall_notices


def handlers_of(hub: Hub) -> Mapping[str, Handler]:
    """The handlers of every kind of due row, by name. Who adds a kind names it here."""
    return {
        digests.DUE_KIND: digests.handle_due,
        drafts.DUE_KIND: drafts.handle_forgetting,
        MAILS_DUE: _mails(hub),
        forgetting.FORGET_KIND: forgetting.handle_forgetting,
        forgetting.REMOVE_KIND: _remove_file(hub),
        embargoes.DUE_KIND: _end_of_embargo(hub),
        work.APPLY: _with_builder(hub, work.handle_apply),
        work.PREVIEW: _with_builder(hub, work.handle_preview),
        newcomers.DUE_KIND: _newcomer(hub),
        merging.REACH: _with_builder(hub, successors.handle_reach),
        policies.DUE_KIND: policies.handle_trial,
        proposal_times.DUE_KIND: proposal_times.handle_time,
        recall_notices.DUE_KIND: recall_answers.handle_reminder,
    }


def _mails(hub: Hub) -> Handler:
    """Who is told what by mail; a hub without a mail server tells nobody, and does not make up for it later."""

    def handle(session: Session, payload: Mapping[str, Any], context: Context) -> None:
        if hub.settings.sends_mail:
            telling.handle_mails(session, payload, context, sealer=hub.secrets.cursor, hmac_key=hub.secrets.api_key_key)

    return handle


def _remove_file(hub: Hub) -> Handler:
    """The bytes of a file that is gone from the database go too; taking them away twice does nothing."""

    def handle(session: Session, payload: Mapping[str, Any], context: Context) -> None:
        hub.attachments.remove(UUID(payload["file"]))

    return handle


def _end_of_embargo(hub: Hub) -> Handler:
    """What an embargo held back goes out under the policy in force then."""

    def handle(session: Session, payload: Mapping[str, Any], context: Context) -> None:
        embargoes.handle_end(session, payload, means=hub.means(session, context))

    return handle


def _newcomer(hub: Hub) -> Handler:
    """What a newcomer sees of the past is what the policy in force says then."""

    def handle(session: Session, payload: Mapping[str, Any], context: Context) -> None:
        newcomers.handle_newcomer(session, payload, context, policy=hub.policy(session))

    return handle


def _with_builder(hub: Hub, handler: Callable[..., None]) -> Handler:
    """A handler that knows the ids of editions."""

    def handle(session: Session, payload: Mapping[str, Any], context: Context) -> None:
        handler(session, payload, context, builder=hub.editions)

    return handle
