"""The trail as its readers may know it: own doings in full, others' as far as the object itself names them."""

from uuid import uuid4

import pytest

from hub.keys.secrets import load_secrets
from models.collection import INBOX_FEED
from models.vocabulary import Door, Form, Label, Role
from sharing.actor import Actor
from sharing.audit.checkpoints import publish_checkpoint
from sharing.collections.access import load_collection
from sharing.errors import NotPermitted, NotVisible
from sharing.publications import publish
from sharing.publishing.nouns import Publication
from sharing.trail.history import (
    Reason,
    TrailLine,
    list_entries_for_auditor,
    list_object_history,
    list_reasons,
    list_report_history,
)
from tests.sharing.reading.town import POLICY, Town

GREEN = (Form.ANONYMISED, Label.GREEN)


def history(town: Town, actor: Actor) -> list[TrailLine]:
    with town.reading() as session:
        return list_object_history(session, town.reader(session, actor), INBOX_FEED, town.feed(actor))


def reasons(town: Town, actor: Actor) -> list[Reason]:
    (row,) = town.feed(actor)
    with town.reading() as session:
        return list_reasons(session, town.reader(session, actor), INBOX_FEED, row)


def test_why_one_sees_an_object(town: Town):
    """The reader's own tokens, the rule, the policy version and the time; nothing of other readers."""
    town.publish((Form.NAMED, Label.AMBER))
    (reason,) = reasons(town, town.grid)
    assert reason.token == f"organization:{town.grid.organization.id}"
    assert reason.rule == "named_organization/TLP:AMBER"
    assert reason.policy_version == POLICY.version
    assert abs((reason.since - town.now).total_seconds()) < 1
    town.publish(GREEN, audience=("secretariat:water",))
    assert [(each.token, each.rule) for each in reasons(town, town.water)] == [("secretariat:water", "named/test")]


def test_an_object_seen_again_has_a_further_reason(town: Town):
    """Reaching a further audience is an entry and a position of its own."""
    report = uuid4()
    town.publish(GREEN, report=report, audience=("secretariat:water",))
    town.advance(hours=1)
    town.publish(GREEN, report=report, audience=("council",))
    (first,), (later,) = reasons(town, town.water), reasons(town, town.council)
    assert (later.since - first.since).total_seconds() == pytest.approx(3600, abs=1)
    assert (later.token, later.rule) == ("council", "named/test")


def test_who_published_is_told_only_where_the_object_says_so(town: Town):
    """An approval is the sender's doing, and its entry publishes the anonymised edition: it must not tell."""
    edition = town._edition(
        uuid4(), Form.ANONYMISED, Label.GREEN, 1, "E30", town.now.date(), ("members",), "electricity"
    )
    with town.writing() as session:
        collection = load_collection(session, town.reader(session, town.grid), "electricity").collection
        publication = Publication(collection, [edition], publisher_id=town.grid.organization.id)
        publish(session, town.power, publication, policy=POLICY, context=town.context())
    for actor in (town.rival, town.water, town.grid):
        (line,) = history(town, actor)
        assert (line.organization, line.person, line.door, line.roles, line.objects) == (None, None, None, (), 0)
    (own,) = history(town, town.power)
    assert own.organization is not None
    assert (own.organization.ja, own.person, own.door) == ("Power", town.power.display_name, Door.WEB)


def test_persons_are_named_to_their_own_organization(town: Town):
    """Others see that the secretariat acted, where the object names it as its author."""
    town.publish(GREEN)
    (line,) = history(town, town.water)
    assert line.organization is not None
    assert (line.organization.ja, line.person) == ("Grid secretariat", None)
    (own,) = history(town, town.grid)
    assert own.person == town.grid.display_name


def test_each_line_says_which_leaf_and_which_checkpoint(town: Town):
    """Before the next checkpoint an entry is covered by none; after it, by the first that is long enough."""
    town.publish(GREEN)
    (line,) = history(town, town.water)
    assert line.index is not None
    assert line.leaf_hash is not None
    assert line.checkpoint is None
    signer = load_secrets(town.hub.settings.secrets).log_signers
    with town.writing() as session:
        assert publish_checkpoint(session, signer, town.now, at_once=True)
    town.publish(GREEN)
    first, second = history(town, town.water)
    later, earlier = sorted((first, second), key=lambda each: -(each.index or 0))
    assert earlier.checkpoint is not None
    assert earlier.checkpoint.size > (earlier.index or 0)
    assert later.checkpoint is None


def test_who_does_not_see_an_object_has_no_history(town: Town):
    """No rows, no lines; an auditor has no object history at all, only metadata."""
    town.publish((Form.NAMED, Label.AMBER))
    assert history(town, town.water) == []
    with pytest.raises(NotPermitted):
        history(town, town.auditor)


def test_an_auditor_sees_metadata_of_all_and_content_of_none(town: Town):
    """Every entry with who, when, what kind; no title, no decision, no recipients."""
    town.publish((Form.NAMED, Label.RED), audience=("secretariat:electricity",))
    with town.reading() as session:
        page = list_entries_for_auditor(session, town.auditor)
    newest = page.lines[0]
    assert newest.tag == "feed:objects:publish"
    assert newest.organization is not None
    assert (newest.organization.ja, newest.roles) == ("Grid secretariat", ("coordinator",))
    assert newest.details == ()
    assert "named 1" not in repr(page)
    with town.reading() as session, pytest.raises(NotPermitted):
        list_entries_for_auditor(session, town.grid)


def test_the_auditors_list_goes_on_and_can_be_narrowed(town: Town):
    """Page by page through all entries once; by tag and by what an entry is about."""
    for _ in range(60):
        town.publish(GREEN)
    report = town.publish(GREEN)
    with town.reading() as session:
        first = list_entries_for_auditor(session, town.auditor)
        second = list_entries_for_auditor(session, town.auditor, before=first.next)
        one = list_entries_for_auditor(session, town.auditor, subject=("report", str(report)))
        none = list_entries_for_auditor(session, town.auditor, tag="report:version:file")
    assert len(first.lines) == 30
    indexes = [line.index for line in first.lines + second.lines]
    assert indexes == sorted(indexes, reverse=True)
    assert len(one.lines) == 1
    assert none.lines == ()


def test_a_report_that_is_not_ones_own_has_no_history(town: Town):
    """The report behind an edition does not exist for who sees only the edition."""
    report = town.publish(GREEN)
    with town.reading() as session, pytest.raises(NotVisible):
        list_report_history(session, town.water, report)
    with town.reading() as session, pytest.raises(NotPermitted):
        list_report_history(session, town.person(town.power.organization, Role.MANAGER), report)
