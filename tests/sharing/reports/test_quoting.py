"""What a program is told of the titles that its texts quote is what a page is told, at every moment."""

from __future__ import annotations

from random import Random

import pytest

from models.collection import INBOX_FEED
from models.vocabulary import Label
from models.ways import DRIVER, REMEMBERED, WIRE
from sharing.actor import Actor
from sharing.readers import close_organization_windows, load_reader
from sharing.reading import titles
from sharing.reading.driver import walk
from sharing.reading.grants import View
from sharing.reports import titles as filed_titles
from sharing.reports.mentions import find_stricter_in
from sharing.reports.quoting import Told, find_stricter_quoted
from sharing.rules.mentions import MentionKind
from tests.sharing.reports.conftest import Scene
from tests.sharing.reports.test_recalls import withdraws
from tests.sharing.reports.year import Year
from tests.sharing.test_erasure import entry_of, erases


def told(scene: Scene, actor: Actor, label: Label, *texts: str) -> list[Label | None]:
    """What a program is told of each of these texts, as it posts them together."""
    with scene.world.hub.reading(snapshot=False) as session:
        reader = load_reader(session, actor)
        return find_stricter_quoted(session, reader, [Told(label, (text,)) for text in texts])


def asked(scene: Scene, actor: Actor, label: Label, *texts: str) -> list[Label | None]:
    """What a page says of each, which walks through all that the actor sees."""
    with scene.world.reading() as session:
        named = {str(place): text for place, text in enumerate(texts)}
        found = find_stricter_in(session, actor, named, label, of=None)
    labels: dict[str, Label] = {}
    for each in found:
        if each.kind is MentionKind.TITLE:
            labels[each.field] = Label.strictest(each.label, labels.get(each.field, each.label))
    return [labels.get(name) for name in named]


@pytest.mark.parametrize("seed", range(3))
def test_a_program_is_told_what_a_page_is_told(scene: Scene, seed: int):
    """While one process goes on: what came is found, what is gone, replaced or withdrawn is not, whoever asks."""
    year, draw, found = Year(scene, seed), Random(seed), 0
    people = (
        *(scene.hanako, scene.colleague, scene.rival_reader, scene.office, scene.water_reader, scene.water_office),
        *(scene.council, scene.nco, scene.section, scene.auditor, year.water_reporter),
    )
    for _ in range(20):
        year.passes(3)
        texts = [f"先日の「{title}」と同じ。" for title in year.titles]
        for actor in draw.sample(people, 4):
            label = draw.choice([Label.CLEAR, Label.GREEN, Label.AMBER, Label.AMBER_STRICT, Label.RED])
            answers = told(scene, actor, label, *texts)
            assert answers == asked(scene, actor, label, *texts), (actor.organization, label)
            found += len(answers) - answers.count(None)
    assert found > 20
    assert {"_propose", "_withdraw", "_follow"} <= year.done


def asks(scene: Scene, actor: Actor, text: str) -> list[str]:
    """What the database is asked where a program tells something: every statement, or of PostgreSQL each journey."""
    heard: list[str] = []
    with scene.world.hub.reading(snapshot=False) as session:
        reader, wire = load_reader(session, actor), session.info[WIRE]
        if wire is None:
            session.info[DRIVER].set_trace_callback(heard.append)
            find_stricter_quoted(session, reader, [Told(Label.GREEN, (text,))])
            session.info[DRIVER].set_trace_callback(None)
        else:
            before = wire.journeys
            find_stricter_quoted(session, reader, [Told(Label.GREEN, (text,))])
            heard = ["a journey"] * (wire.journeys - before)
    return heard


def test_to_quote_what_is_hidden_asks_what_is_asked_for_words_that_nobody_wrote(scene: Scene):
    """Word for word; also where others of the same process, who see it, have just quoted it, or it is withdrawn."""
    hidden = "受電設備の保護装置が誤動作した。"
    filed = scene.files(scene.hanako, label="TLP:AMBER", summary=hidden)
    scene.files(scene.rival_reader, label="TLP:AMBER", summary="送電線の点検で異常を見つけた。")
    quoting = [f"先日の「{title}」と同じ。" for title in (hidden, "誰も書いていない題名である。")]
    for moment in ("at first", "later", "after it was withdrawn"):
        if moment == "after it was withdrawn":
            withdraws(scene, scene.hanako, filed)
        assert told(scene, scene.office, Label.GREEN, *quoting)[1] is None
        for actor in (scene.rival_reader, scene.water_office, scene.water_reader):
            asks(scene, actor, quoting[1])  # what came since is looked at once
            first, second = (asks(scene, actor, text) for text in quoting)
            assert first == second and len(first) > 0, moment
            assert scene.world.hub.units.database.is_sqlite or len(first) == 1
    assert asks(scene, scene.hanako, quoting[0]) != asks(scene, scene.hanako, quoting[1]), "who sees it is judged"


def test_what_was_erased_is_found_no_more(scene: Scene):
    """Though the process had found it a moment before."""
    scene.files(scene.hanako, label="TLP:AMBER", summary="山田太郎の端末が感染した。")
    quoting = "先日の「山田太郎の端末が感染した。」と同じ。"
    people = (scene.hanako, scene.colleague, scene.office)
    assert [told(scene, actor, Label.GREEN, quoting) for actor in people] == [[Label.AMBER]] * 3
    first, second = scene.world.administrator(), scene.world.administrator()
    erases(scene.world, entry_of(scene.world, "report:version:file"), first, second)
    assert [told(scene, actor, Label.GREEN, quoting) for actor in people] == [[None]] * 3


def test_whose_windows_close_is_told_nothing_on_the_next_post(scene: Scene):
    """What is remembered says where to look, and nobody's right."""
    title = "受電設備の保護装置が誤動作した。"
    scene.files(scene.hanako, label="TLP:AMBER", summary=title)
    assert told(scene, scene.colleague, Label.GREEN, f"先日の「{title}」") == [Label.AMBER]
    with scene.world.writing() as session:
        close_organization_windows(session, scene.aoba.id)
    assert told(scene, scene.colleague, Label.GREEN, f"先日の「{title}」") == [None]


def test_posts_at_the_same_moment_lose_no_title(scene: Scene):
    """Whoever began to ask first may end last, and what it remembers is of an earlier moment."""
    first, second = "受電設備の保護装置が誤動作した。", "送電線の点検で異常を見つけた。"
    scene.files(scene.hanako, label="TLP:AMBER", summary=first)
    with scene.world.hub.reading(snapshot=False) as session:
        view = View(session, load_reader(session, scene.colleague).windows, INBOX_FEED)
        shelf = titles.shelf_of(view)
        asked = titles.ask_since(view, shelf)
        rows = walk(session, asked.sql, asked.parameters)
        assert len(rows) == 1
    scene.files(scene.hanako, label="TLP:AMBER", summary=second)
    both = [f"先日の「{title}」" for title in (first, second)]
    assert told(scene, scene.colleague, Label.GREEN, *both) == [Label.AMBER] * 2
    titles.completed(view, shelf, rows)
    assert told(scene, scene.colleague, Label.GREEN, *both) == [Label.AMBER] * 2


def test_a_process_remembers_only_so_much_and_finds_the_rest_again(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    """Of whoever came least lately; what is looked for stays the same."""
    monkeypatch.setattr(titles, "MOST_SHELVES", 1)
    monkeypatch.setattr(filed_titles, "MOST_REMEMBERED", 1)
    names = [f"{number}番目の変電所が停止している。" for number in range(3)]
    for name in names:
        scene.files(scene.hanako, label="TLP:AMBER", summary=name)
    for actor in (scene.hanako, scene.office, scene.colleague) * 2:
        assert told(scene, actor, Label.GREEN, *[f"先日の「{name}」" for name in names]) == [Label.AMBER] * 3
    with scene.world.reading() as session:
        assert {name: len(kept) for name, kept in session.info[REMEMBERED].items()} == dict.fromkeys(
            ["titles of editions", "titles of versions"], 1
        )
