"""The files of the demo's open reports: small, of the kind that their names say, and about their own report."""

from datetime import UTC, datetime

from hub.demo.files import files_of
from hub.demo.stories import build_stories
from models.vocabulary import Label
from sharing.rules.file_kinds import Look

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
KINDS = {"txt": "text", "csv": "text", "png": "png"}


def test_the_open_reports_carry_files_that_are_what_their_names_say():
    """Those that are closed have none; no file is wider than its report, and some go less far."""
    carried = {
        (story.scenario, number): files_of(story, number)
        for story in build_stories(NOW)
        for number in range(len(story.versions))
    }
    files = [each for found in carried.values() for each in found]
    assert len(files) == len({each.name for each in files}) == 8
    assert {each.label for each in files} == {None, Label.AMBER_STRICT}
    for each in files:
        look = Look()
        look.feed(each.body)
        assert look.kind(each.name) == KINDS[each.name.rpartition(".")[2]], each.name
        assert 100 < len(each.body) < 20_000, each.name


def test_a_log_names_no_address_that_its_report_does_not():
    """Else the demo would teach to say in a file what the form keeps back."""
    story = next(each for each in build_stories(NOW) if each.scenario == "vpn-intrusion" and each.is_open)
    (log,) = files_of(story, 1)
    named = {each["value"] for each in story.versions[1].fields["indicators"]}
    sources = {line.split(",")[2] for line in log.body.decode("utf-8-sig").splitlines()[1:]}
    assert sources and sources <= named
