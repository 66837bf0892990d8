"""Operation of the demo: its year goes through the ordinary operations, in the order in which it happened.

Event times come from the story; positions are now, like everything that a hub takes in late.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.attachments.incoming import Incoming
from hub.demo.calendar import TOKYO
from hub.demo.files import DemoFile, files_of
from hub.demo.indicators import DemoIndicator, build_indicators
from hub.demo.people import ident_of, membership_id
from hub.demo.provisions import DemoProvision, build_provisions
from hub.demo.readings import look_through
from hub.demo.secretariats import CLOSED_AFTER, put_away, take, tell_secretariats
from hub.demo.stix import indicator_objects, provision_objects
from hub.demo.stories import build_stories
from hub.demo.story import DemoProposal, Story
from hub.demo.talk import Told, tell
from hub.demo.world import DemoAccount, demo_id, organization, person_for
from hub.wiring import Hub
from models.codelist import Ceptoar, Sector
from models.collection import Collection
from models.organization import Organization
from models.report import Proposal
from models.vocabulary import CollectionKind, Door, Label, Role
from sharing.actor import Actor, Context
from sharing.attachments.uploads import NewUpload, begin_upload, finish_upload
from sharing.collections.access import load_sector_collection
from sharing.digests import DUE_KIND, handle_due, subscribe
from sharing.exchange.pushes import NewPush, add_push
from sharing.jobs.due import run_due
from sharing.lists.changing import add_to_list, make_list
from sharing.publications import publish
from sharing.publishing.nouns import Publication
from sharing.reports.approval.approvals import approve_proposal, refuse_proposal
from sharing.reports.approval.drafting import Wish
from sharing.reports.approval.proposals import propose
from sharing.reports.codes import Codes, load_codes
from sharing.reports.fields import parse_fields
from sharing.reports.filing import file_report
from sharing.reports.means import Means
from sharing.reports.submissions import Submission
from sharing.rules.policy import Policy
from sharing.rules.tokens import OrganizationFacts
from sharing.setup import hub_actor

ACTIONS_A_UNIT: Final = 60
"""What one unit of work takes: fewer commits are quicker, and an interrupted load is begun anew anyway."""

DIGEST_HOUR: Final = 8
DIGEST_DAYS: Final = 10
"""For how many days back the demo holds digests, and at which hour they came."""

SUBSCRIBERS: Final = (
    ("aonagi-power", Role.REPORTER),
    ("secretariat-electricity", Role.COORDINATOR),
    ("secretariat-water", Role.COORDINATOR),
    ("secretariat-bank", Role.COORDINATOR),
    ("council", Role.COUNCIL),
    ("meti-electricity", Role.ANALYST),
    ("nco", Role.ANALYST),
)
"""Who takes the daily digest, and has looked through the newest of what came."""

LISTS: Final = {
    "ライフライン各分野の事務局": ("secretariat:gas", "secretariat:water"),
    "セプターカウンシルと水道セプターの会員": ("council", "ceptoar:water"),
}
"""The named lists of one operator: their names and who is on them."""
LISTS_BEFORE: Final = timedelta(days=300)
SERVER_BEFORE: Final = timedelta(days=2)

NO_REASON: Final = "現時点では共有範囲を広げられない。"
"""Why a sender refuses whose story does not say it."""


_PROVISIONS: Final = select(Collection).where(Collection.kind == CollectionKind.PROVISIONS)


@dataclass
class _Load:
    """What the load remembers while the year passes."""

    hub: Hub
    policy: Policy
    codes: Codes
    reports: dict[str, UUID] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    proposals: dict[str, UUID] = field(default_factory=dict)
    subscribed: bool = False

    def context(self, at: datetime) -> Context:
        """The moment of the story, with real randomness."""
        return Context(at, self.hub.units.random_bytes)

    def means(self, at: datetime) -> Means:
        """What every operation on reports is given."""
        return Means(self.context(at), self.policy, self.hub.editions)


class _Action(Struct, frozen=True):
    """One thing that somebody did at a moment of the year."""

    at: datetime
    place: int
    do: Callable[[Session], None]


def load_year(hub: Hub) -> int:
    """Let the year before now pass; how many things happened."""
    with _no_collecting():
        return _let_pass(hub)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """The load makes no cycles worth looking for, and looking takes a tenth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _let_pass(hub: Hub) -> int:
    now = hub.clock()
    with hub.reading() as session:
        load = _Load(hub, hub.policy(session), load_codes(session))
    _lists(load, now - LISTS_BEFORE)
    _server(load, now - SERVER_BEFORE)
    actions = _year(load, now)
    passed = 0
    for morning in _mornings(now):
        upto = next((place for place in range(passed, len(actions)) if actions[place].at >= morning), len(actions))
        _pass(hub, actions[passed:upto])
        passed = upto
        _morning(load, morning)
    _pass(hub, actions[passed:])
    tell(Told(hub, load.policy, load.codes, now, load.reports, actor_for))
    look_through(hub, (actor_for(organization_key, role) for organization_key, role in SUBSCRIBERS))
    return len(actions)


def _lists(load: _Load, at: datetime) -> None:
    """A sender's named lists, so that the form of a report has some to choose."""
    actor = actor_for("aonagi-power", Role.REPORTER)
    with load.hub.writing() as session:
        for name, named in LISTS.items():
            made = make_list(session, actor, name, load.context(at))
            add_to_list(session, actor, made.id, named, load.context(at))


def _server(load: _Load, at: datetime) -> None:
    """A server that waits for its operator's agreement: nothing is sent, and its page shows what there is to decide."""
    owner = ident_of(organization("aonagi-power"))
    url = f"https://taxii.aonagi-power.example/taxii2/root/collections/{demo_id('push', 'aonagi')}/"
    new = NewPush(name="aonagi-soc", organization_id=owner, url=url, highest=Label.AMBER, from_now=True)
    with load.hub.writing() as session:
        ident = demo_id("push", "aonagi-soc")
        add_push(session, hub_actor(Door.COMMAND), new, ident=ident, key_sealed=None, context=load.context(at))


def _year(load: _Load, now: datetime) -> list[_Action]:
    stories = build_stories(now)
    found: list[tuple[datetime, Callable[[Session], None]]] = []
    for story in stories:
        found += _of_story(load, story)
    found += _of_indicators(load, build_indicators(stories))
    found += [(each.published_at, _providing(load, each)) for each in build_provisions(now, stories)]
    found += [each for story in stories for each in _of_secretariat(load, story, now)]
    found += tell_secretariats(now, load.codes, load.means, lambda key: actor_for(key, Role.COORDINATOR))
    return sorted((_Action(at, place, do) for place, (at, do) in enumerate(found)), key=lambda it: (it.at, it.place))


def _pass(hub: Hub, actions: Sequence[_Action]) -> None:
    for start in range(0, len(actions), ACTIONS_A_UNIT):
        with hub.writing() as session:
            at_hand = [session.execute(select(table)).scalars().all() for table in (Organization, Sector, Ceptoar)]
            for action in actions[start : start + ACTIONS_A_UNIT]:
                action.do(session)
            del at_hand  # until here the session had not to fetch them again for each action


def _mornings(now: datetime) -> list[datetime]:
    """The times of the digests of the last days, oldest first; on the first the subscriptions begin."""
    today = now.astimezone(TOKYO).replace(hour=DIGEST_HOUR, minute=0, second=5, microsecond=0)
    days = (today - timedelta(days=back) for back in reversed(range(DIGEST_DAYS + 1)))
    return [day.astimezone(UTC) for day in days if day < now]


def _morning(load: _Load, at: datetime) -> None:
    """Whoever wants the digest gets it; the first morning they ask for it."""
    if not load.subscribed:
        load.subscribed = True
        with load.hub.writing() as session:
            for organization_key, role in SUBSCRIBERS:
                subscribe(session, actor_for(organization_key, role), DIGEST_HOUR, context=load.context(at))
    run_due(load.hub.units, {DUE_KIND: handle_due}, at)


def _of_story(load: _Load, story: Story) -> list[tuple[datetime, Callable[[Session], None]]]:
    found = [(version.filed_at, _filing(load, story, number)) for number, version in enumerate(story.versions)]
    proposal = story.proposal
    if proposal is not None:
        asked_at, answered_at = _moments(story, proposal)
        found.append((asked_at, _proposing(load, story, proposal, asked_at)))
        if answered_at is not None:
            found.append((answered_at, _answering(load, story, proposal, answered_at)))
    return found


def _of_secretariat(load: _Load, story: Story, now: datetime) -> Iterator[tuple[datetime, Callable[[Session], None]]]:
    """What is over is put away; of what is not, the secretariat of the demo has the oldest in hand."""
    last = story.versions[-1].filed_at
    actor = actor_for(f"secretariat-{story.ceptoar}", Role.COORDINATOR)
    at = last + CLOSED_AFTER
    if all(version.fields["label"] == Label.RED for version in story.versions):
        return
    if at < now:
        yield at, lambda session: put_away(session, actor, load.reports[story.key], load.context(at))
    elif story.ceptoar == "electricity" and len(story.versions) > 1 and last + timedelta(hours=1) < now:
        soon = last + timedelta(hours=1)
        yield soon, lambda session: take(session, actor, load.reports[story.key], load.context(soon))


def _moments(story: Story, proposal: DemoProposal) -> tuple[datetime, datetime | None]:
    """When the proposal is made and answered: a newer version would outdate what waits, so the answer comes before."""
    asked_at = max(proposal.proposed_at, story.versions[proposal.version].filed_at + timedelta(seconds=1))
    answered_at = proposal.answered_at
    if answered_at is None:
        return asked_at, None
    newer = [each.filed_at for each in story.versions if each.filed_at > asked_at]
    if newer and answered_at >= min(newer):
        answered_at = asked_at + (min(newer) - asked_at) / 2
    return asked_at, max(answered_at, asked_at + timedelta(seconds=1))


def _filing(load: _Load, story: Story, number: int) -> Callable[[Session], None]:
    version = story.versions[number]

    def file(session: Session) -> None:
        actor = actor_for(story.sender, Role.REPORTER)
        uploads = [_put(load, session, actor, each, version.filed_at) for each in files_of(story, number)]
        filed = file_report(
            session,
            actor,
            parse_fields(version.fields, load.codes, version.filed_at),
            Submission(
                demo_id("submission", f"{story.key}/{number}"),
                report_id=load.reports.get(story.key),
                uploads=uploads,
                keep_mentions=True,
            ),
            means=load.means(version.filed_at),
        )
        load.reports[story.key], load.numbers[story.key] = filed.report_id, filed.number

    return file


def _put(load: _Load, session: Session, actor: Actor, file: DemoFile, at: datetime) -> UUID:
    """A file in its place, ready to be filed."""
    incoming = Incoming(load.hub, load.hub.context().new_id())
    incoming.write(file.body)
    context, new = load.context(at), NewUpload(file.name, len(file.body), label=file.label)
    begin_upload(session, actor, new, incoming.id, limits=load.hub.attachment_limits, context=context)
    stored = incoming.finish(file.name)
    return finish_upload(session, actor, incoming.id, stored, scans=load.hub.scans, context=context).id


def _proposing(load: _Load, story: Story, proposal: DemoProposal, at: datetime) -> Callable[[Session], None]:
    def ask(session: Session) -> None:
        secretary = actor_for(f"secretariat-{story.ceptoar}", Role.COORDINATOR)
        wish = Wish(proposal.label, load.numbers[story.key], keep_mentions=True)
        asked = propose(session, secretary, load.reports[story.key], wish, means=load.means(at))
        load.proposals[story.key] = asked.proposal_id

    return ask


def _answering(load: _Load, story: Story, proposal: DemoProposal, at: datetime) -> Callable[[Session], None]:
    def answer(session: Session) -> None:
        approver = actor_for(story.sender, Role.APPROVER)
        ident = load.proposals[story.key]
        if proposal.shared:
            digest = session.get_one(Proposal, ident).digest
            approve_proposal(session, approver, ident, digest, means=load.means(at))
        else:
            refuse_proposal(session, approver, ident, proposal.answer_ja or NO_REASON, context=load.context(at))

    return answer


def _of_indicators(
    load: _Load, indicators: Sequence[DemoIndicator]
) -> list[tuple[datetime, Callable[[Session], None]]]:
    """What a secretariat found at one moment goes out as one post."""

    def post(each: DemoIndicator) -> tuple[Any, ...]:
        return (each.published_at, each.publisher, each.label.value)

    return [
        (key[0], _publishing(load, key[1], tuple(group)))
        for key, group in groupby(sorted(indicators, key=post), key=post)
    ]


def _publishing(load: _Load, publisher: str, group: tuple[DemoIndicator, ...]) -> Callable[[Session], None]:
    def do(session: Session) -> None:
        collection = load_sector_collection(session, organization(publisher).sector or "")
        publication = Publication(collection, indicator_objects(group), decision={"door": Door.TAXII.value})
        actor = actor_for(publisher, Role.COORDINATOR)
        publish(session, actor, publication, policy=load.policy, context=load.context(group[0].published_at))

    return do


def _providing(load: _Load, provision: DemoProvision) -> Callable[[Session], None]:
    def do(session: Session) -> None:
        collection = session.execute(_PROVISIONS).scalar_one()
        publication = Publication(collection, provision_objects(provision), decision={"provision": provision.kind})
        actor = actor_for(provision.sender, Role.ANALYST)
        publish(session, actor, publication, policy=load.policy, context=load.context(provision.published_at))

    return do


def actor_for(organization_key: str, role: Role) -> Actor:
    """Who fills a role in a demo organization, under that hat."""
    account = person_for(organization_key, role)
    if account is None:
        raise LookupError(f"expected somebody with the role {role.value} in {organization_key}, found nobody")
    return _actor(account, organization_key)


def _actor(account: DemoAccount, organization_key: str) -> Actor:
    hat = next(each for each in account.hats if each.organization == organization_key)
    named = organization(organization_key)
    facts = OrganizationFacts(ident_of(named), named.tier, named.sector, named.ceptoar, named.ministry)
    return Actor(
        account.id, membership_id(account, hat), facts, frozenset(hat.roles), Door.WEB, display_name=account.name_ja
    )
