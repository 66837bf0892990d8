"""A year of demo reports: the published shape, times in order, texts that could have been written by a desk."""

import itertools
from collections import Counter
from datetime import UTC, timedelta

from hub.demo import world
from hub.demo.calendar import QUARTER_COUNTS, TYPE_COUNTS, YEAR_COUNT, quarter_of, quarters_before, running_count
from hub.demo.indicators import build_indicators
from hub.demo.provisions import KINDS, build_provisions
from hub.demo.scenarios import campaigns, sector_weight
from hub.demo.stories import build_stories
from hub.demo.story import Waiting
from models.codelists import ceptoars, codelist, sectors
from models.forms import liaison_form
from models.vocabulary import Label, ProposalState, ReportKind, Role
from tests.demo.conftest import JAPANESE, NOW

SECTORS = {sector.code for sector in sectors() if sector.confirmed}
NECESSARY = {"event_type", "noticed_at", "service_impact", "summary", "label"}
OPTIONAL = {
    *("kind", "causes", "occurred_at", "details", "system_class", "affected_service", "affected_users", "recovery"),
    *("recovered_at", "measures", "spillover_from", "lessons", "consent_nco", "consent_ministry", "consent_foreign"),
    *("name_to_sector", "not_for_publication", "not_for_supervision", "exercise", "indicators"),
}
FURTHER = {"further", "states"}
"""What a desk may say besides."""


def test_the_same_moment_tells_the_same_year_byte_for_byte():
    first, second = build_stories(NOW), build_stories(NOW)
    assert repr(first) == repr(second)
    assert repr(build_indicators(first)) == repr(build_indicators(second))
    assert repr(build_provisions(NOW, first)) == repr(build_provisions(NOW, second))


def test_the_published_figures_add_up():
    assert sum(QUARTER_COUNTS.values()) == sum(TYPE_COUNTS.values()) == YEAR_COUNT == 272


def test_each_past_quarter_has_its_published_number(live, now):
    """And the running one its share, or the open reports written by hand where those are more."""
    *past, running = quarters_before(now)
    counted = Counter(quarter_of(story.versions[0].filed_at).start_at for story in live)
    assert [counted[quarter.start_at] for quarter in past] == [QUARTER_COUNTS[quarter.number] for quarter in past]
    by_hand = sum(story.is_open and quarter_of(story.versions[0].filed_at) == running for story in live)
    assert counted[running.start_at] == max(running_count(now), by_hand)
    assert len(live) == sum(counted.values())


def test_the_mix_of_types_is_the_published_one(live, now):
    running = quarter_of(now)
    year = [story for story in live if quarter_of(story.versions[0].filed_at) != running]
    assert Counter(story.event_type for story in year) == TYPE_COUNTS


def test_noticed_and_filed_fall_into_one_quarter(live):
    for story in live:
        first = story.versions[0]
        assert story.is_open or quarter_of(first.fields["noticed_at"]) == quarter_of(first.filed_at), story.key


def test_times_are_aware_and_in_order(stories, now):
    for story in stories:
        filed = [version.filed_at for version in story.versions]
        assert filed == sorted(set(filed)) and filed[-1] <= now, story.key
        for version in story.versions:
            fields = version.fields
            order = [fields["occurred_at"], fields["noticed_at"], fields["recovered_at"], version.filed_at]
            known = [moment for moment in order if moment is not None]
            assert all(moment.tzinfo is UTC for moment in known), story.key
            assert known == sorted(known), story.key
            assert fields["noticed_at"] < version.filed_at
        if story.proposal:
            asked = story.proposal
            assert filed[asked.version] <= asked.proposed_at <= (asked.answered_at or now) <= now, story.key


def test_versions_follow_one_another_as_reports_do(stories):
    for story in stories:
        kinds = [version.fields["kind"] for version in story.versions]
        if story.event_type == "E00":
            assert kinds == [ReportKind.NEAR_MISS]
            continue
        assert kinds[0] == ReportKind.FIRST
        assert (kinds[-1] == ReportKind.FINAL) != story.is_open, story.key
        assert set(kinds[1:-1]) <= {ReportKind.FOLLOW_UP}
        details = [version.fields["details"] for version in story.versions]
        assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(details))


def test_only_a_final_report_says_recovered(stories):
    for story in stories:
        for version in story.versions:
            final = version.fields["kind"] == ReportKind.FINAL
            assert (version.fields["recovery"] == "full") == final
            assert (version.fields["recovered_at"] is not None) == final


def test_fields_are_those_of_the_form(stories):
    for story in stories:
        for version in story.versions:
            assert set(version.fields) - FURTHER == NECESSARY | OPTIONAL
            assert all(version.fields[name] is not None for name in NECESSARY)


def test_many_desks_say_more_than_they_must(stories):
    """Half of the reports fill further fields, of every kind; what is not known yet is said to be investigated."""
    telling = [story for story in stories if "further" in story.versions[-1].fields]
    assert len(telling) > len(stories) * 0.4
    said = {name for story in telling for version in story.versions for name in version.fields.get("further", {})}
    assert {"users", "hours", "stages", "told", "attack", "route", "helped", "spillover_to", "publication"} <= said
    assert said <= set(liaison_form().further)
    assert any(version.fields.get("states") for story in telling for version in story.versions)


def test_every_code_is_in_the_code_lists(stories):
    lists = {"service_impact": "service-impact", "recovery": "recovery-states", "system_class": "system-classes"}
    for story in stories:
        assert story.sector in SECTORS and story.ceptoar in {each.code for each in ceptoars()}
        for version in story.versions:
            fields = version.fields
            assert fields["event_type"] in codelist("event-types").codes()
            assert fields["causes"] and set(fields["causes"]) <= codelist("cause-types").codes()
            assert fields["kind"] in codelist("report-kinds").codes()
            assert fields["spillover_from"] in SECTORS | {None}
            for name, where in lists.items():
                assert fields[name] in codelist(where).codes()


def test_spill_over_is_said_with_its_cause(stories):
    told = [story for story in stories if story.versions[-1].fields["spillover_from"]]
    assert len(told) >= 10
    assert all("C208" in story.versions[-1].fields["causes"] for story in told)


def test_every_sector_reports(live):
    assert {story.sector for story in live} == SECTORS
    assert sum(sector_weight(code) for code in SECTORS) == YEAR_COUNT


def test_senders_and_reporters_exist(stories):
    for story in stories:
        sender = world.organization(story.sender)
        assert (sender.sector, sender.ceptoar) == (story.sector, story.ceptoar)
        author = world.person_for(story.sender, Role.REPORTER)
        assert story.reporter in {None, author and author.username}
    assert 3 <= sum(story.reporter is None for story in stories) <= 40
    assert len({story.id for story in stories}) == len({story.key for story in stories}) == len(stories)


def test_labels_are_mostly_amber(live):
    labels = Counter(story.label for story in live)
    assert labels[Label.AMBER] > len(live) * 0.6
    assert labels[Label.AMBER_STRICT] >= 10
    assert 1 <= labels[Label.RED] <= 15
    assert set(labels) == {Label.AMBER, Label.AMBER_STRICT, Label.RED}


def test_the_range_is_the_senders(stories):
    """RED reaches the secretariat alone; no consent, no listing; a foreign partner only with consent."""
    for story in stories:
        fields = story.versions[-1].fields
        assert f"secretariat:{story.ceptoar}" in story.listed
        assert ("government:nco" in story.listed) == fields["consent_nco"]
        assert ("foreign" in story.listed) <= fields["consent_foreign"]
        if story.label is Label.RED:
            assert story.listed == (f"secretariat:{story.ceptoar}",) and story.proposal is None


def test_wider_editions_were_asked_for_and_answered(live):
    states = Counter(story.proposal.state for story in live if story.proposal)
    assert states[ProposalState.APPROVED] > 60
    assert states[ProposalState.REFUSED] >= 5
    assert states[ProposalState.WAITING] == 2
    for story in live:
        if story.proposal:
            assert story.proposal.label.rank < story.label.rank
            assert bool(story.proposal.answered_at) == (story.proposal.state is not ProposalState.WAITING)
            assert story.proposal.state is not ProposalState.REFUSED or story.proposal.answer_ja
    assert {story.proposal.label for story in live if story.proposal} == {Label.GREEN, Label.CLEAR}


def test_something_waits_for_everybody(stories, now):
    waiting = [story for story in stories if story.is_open]
    assert 6 <= len(waiting) <= 8
    assert {story.waits_for for story in waiting} == set(Waiting)
    assert sum(now - story.versions[0].filed_at < timedelta(hours=48) for story in waiting) >= 3
    assert {"aonagi-power", "tokihara-power", "tokihara-water"} <= {story.sender for story in waiting}
    asked = [story for story in waiting if story.proposal]
    assert all(story.waits_for is Waiting.APPROVER for story in asked) and len(asked) == 2


def test_two_exercises_are_marked_everywhere(stories):
    exercises = [story for story in stories if story.exercise]
    assert len(exercises) == 2
    for story in stories:
        for version in story.versions:
            assert version.fields["exercise"] is story.exercise
            assert version.fields["details"].startswith("【訓練】") is story.exercise
            assert "訓練" not in version.fields["summary"], "pages put the mark before the summary themselves"


def test_campaigns_hit_several_within_days(live):
    for campaign in campaigns():
        hit = sorted(story.versions[0].filed_at for story in live if story.campaign == campaign.key)
        assert len(hit) == len(campaign.members)
        assert hit[-1] - hit[0] < timedelta(hours=campaign.spread_hours + 24)


def test_a_blackout_spills_over_to_other_sectors_within_one_day(live):
    chain = [story for story in live if story.campaign == "blackout-summer"]
    chain.sort(key=lambda story: story.versions[0].fields["noticed_at"])
    times = [story.versions[0].filed_at for story in chain]
    assert chain[0].sector == "electricity" and chain[0].versions[0].fields["spillover_from"] is None
    assert {"water", "telecommunications", "medical", "railway"} <= {story.sector for story in chain}
    assert max(times) - min(times) < timedelta(days=1)


def test_victims_of_one_campaign_see_some_of_the_same(live):
    seen = Counter(
        (story.campaign, each["value"])
        for story in live
        if story.campaign
        for each in story.versions[-1].fields["indicators"]
    )
    assert max(seen.values()) >= 3


def test_provisions_cover_the_year(stories, now):
    found = build_provisions(now, stories)
    assert 28 <= len(found) <= 32
    assert {each.kind for each in found} == set(KINDS)
    assert {each.label for each in found} >= {Label.CLEAR, Label.GREEN, Label.AMBER, Label.AMBER_STRICT}
    known = {f"secretariat:{each.code}" for each in ceptoars()} | {f"ceptoar:{each.code}" for each in ceptoars()}
    known |= {f"sector:{code}" for code in SECTORS} | {"public", "members", "council"}
    for each in found:
        assert now - timedelta(days=500) < each.published_at < now and each.published_at.tzinfo is UTC
        assert each.tokens and set(each.tokens) <= known
        assert each.title_en.isascii() and JAPANESE.fullmatch(each.title + each.body)
    assert len({world.organization(each.sender).ministry for each in found}) == 6
