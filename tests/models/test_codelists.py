"""The code lists are complete, in both languages, and do not state as official what was only recalled."""

from datetime import date

import pytest

from models import codelists
from models.codelists import CodeList, UnknownCode, ceptoars, codelist, load_codelists, ministries, sectors

LISTS = load_codelists()
UNPROVEN = {"R", "D", "G"}
SIZES = {
    ("event-types", "2020-form"): 8,
    ("cause-types", "2020-form"): 17,
    ("cause-types", "2009-plan2"): 13,
    ("sectors", "2026"): 16,
    ("ceptoars", "2024"): 21,
    ("ministries", "1"): 5,
    ("service-impact", "1"): 3,
    ("report-kinds", "1"): 4,
    ("recovery-states", "1"): 4,
    ("system-classes", "1"): 4,
    ("roles", "1"): 10,
    ("tiers", "1"): 9,
    ("government-names", "1"): 3,
}


def test_every_list_is_there_with_its_size():
    assert {(each.list, each.version): len(each.items) for each in LISTS} == SIZES


@pytest.mark.parametrize("each", LISTS, ids=lambda each: f"{each.list}-{each.version}")
def test_a_list_is_whole(each: CodeList):
    """Both languages, codes once, orders without a gap, groups that exist, a source."""
    assert each.title_ja and each.title_en and each.source and each.note
    assert len(each.codes()) == len(each.items)
    assert [item.order for item in each.items] == list(range(1, len(each.items) + 1))
    groups = {group.code for group in each.groups}
    for entry in (*each.items, *each.groups):
        assert entry.ja.strip() and entry.en.strip() and entry.source
        assert entry.en.isascii()
    for item in each.items:
        assert item.short_ja and item.short_en
        assert (item.group in groups) if groups else item.group is None
    assert {group.parent for group in each.groups} <= groups | {None}


@pytest.mark.parametrize("each", LISTS, ids=lambda each: f"{each.list}-{each.version}")
def test_what_was_recalled_is_to_be_confirmed(each: CodeList):
    for entry in (*each.items, *each.groups):
        assert entry.confirmed == (entry.source not in UNPROVEN), entry.code
    if each.confirmed:
        assert all(entry.confirmed for entry in (*each.items, *each.groups))


def test_event_types_are_the_published_eight():
    events = codelist("event-types")
    assert [item.code for item in events.items] == ["E00", "E10", "E20", "E30", "E41", "E42", "E43", "E49"]
    assert events.confirmed
    assert events.item("E30").ja == "システム等の利用困難"


def test_causes_have_four_confirmed_groups_and_unconfirmed_items():
    causes = codelist("cause-types")
    assert [group.code for group in causes.groups] == ["intentional", "accidental", "environmental", "other"]
    assert all(group.confirmed for group in causes.groups)
    assert not any(item.confirmed for item in causes.items)
    assert causes.item("C208").ja == "他分野の障害からの波及"


def test_the_list_of_the_second_plan_can_be_chosen_but_is_not_the_default():
    assert codelist("cause-types").version == "2020-form"
    old = codelist("cause-types", "2009-plan2")
    assert len(old.groups) == 5
    assert old.valid_to == date(2014, 4, 1)


def test_fifteen_sectors_are_known_and_the_sixteenth_is_not():
    known, last = sectors()[:-1], sectors()[-1]
    assert len(known) == 15 and all(sector.confirmed for sector in known)
    assert last.code == "sixteenth" and not last.confirmed and "要確認" in last.ja
    assert last.valid_from == date(2026, 10, 1)


def test_each_ceptoar_belongs_to_a_sector_and_each_known_sector_has_one():
    assert {each.sector for each in ceptoars()} == {sector.code for sector in sectors()[:-1]}
    assert [each.code for each in ceptoars() if each.confirmed] == ["medical", "port"]
    assert [each.code for each in ceptoars() if each.secretariat_confirmed] == ["medical"]


def test_water_moved_from_one_ministry_to_another():
    """The move is recalled, so neither side of it is stated as confirmed."""
    water = next(sector for sector in sectors() if sector.code == "water")
    assert water.ministries_on(date(2024, 3, 31)) == ("mhlw",)
    assert water.ministries_on(date(2024, 4, 1)) == ("mlit",)
    assert not any(oversight.confirmed for oversight in water.ministries)


def test_every_known_sector_has_a_ministry_of_the_five():
    codes = {each.code for each in ministries()}
    for sector in sectors()[:-1]:
        assert set(sector.ministries_on(date(2026, 11, 20))) <= codes
        assert len(sector.ministries_on(date(2026, 11, 20))) == 1


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2009, 5, 8), "内閣官房情報セキュリティセンター"),
        (date(2025, 6, 30), "内閣サイバーセキュリティセンター"),
        (date(2025, 7, 1), "国家サイバー統括室"),
    ],
)
def test_the_office_is_called_by_its_name_of_the_day(day: date, name: str):
    assert codelists.government_name(day).ja == name


def test_unknown_lists_and_codes_are_refused():
    with pytest.raises(UnknownCode, match="no-such"):
        codelist("no-such")
    with pytest.raises(UnknownCode, match="E99"):
        codelist("event-types").item("E99")
