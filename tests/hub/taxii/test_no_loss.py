"""No loss, no repeat: readers with every habit beside eight writers, against a model of what each may see."""

from __future__ import annotations

import http.client
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from feeds.intake.border import read_post
from feeds.intake.taking import take_in
from feeds.taxii.gap import Tally
from models.vocabulary import Label, Role
from sharing.collections.access import load_collection
from sharing.readers import close_organization_windows, load_reader, open_organization_windows
from tests.hub.taxii.conftest import ROOT, TAXII, Client, Door, envelope, indicator
from tests.hub.taxii.tools import manifest_of, objects_of

WRITERS, POSTS = 8, 6


class Reading:
    """A reader that does whatever a program may do, and checks what it is given on the way."""

    def __init__(self, door: Door, client: Client, where: str, seed: int) -> None:
        self.door = door
        self.client = client
        self.path = objects_of(where)
        self.chance = random.Random(seed)
        self.begin()

    def begin(self) -> None:
        """Start again, knowing nothing."""
        self.got: Counter[tuple[str, str]] = Counter()
        self.last: str | None = None
        self.next: str | None = None

    def step(self) -> bool:
        """One deed; whether the feed was at its end."""
        deed = self.chance.choice(["go on"] * 8 + ["twice", "other process", "cut off", "forget next"])
        if deed == "forget next":
            self.next = None
        query = {"match[version]": "all", "limit": str(self.chance.choice([1, 2, 3, 7, 50]))}
        if self.next is not None:
            query = self.chance.choice([{"next": self.next}, {"next": self.next, "limit": query["limit"]}])
        elif self.last is not None:
            query["added_after"] = self.last
        if deed == "cut off":
            self._cut_off(query)
        if deed == "other process":
            self.client = Client(self.door.hub.url, self.client.key)
        answer = self.client.get(self.path, params=query)
        assert answer.status_code == 200, answer.text
        if deed == "twice" and "next" in query:
            assert self.client.get(self.path, params=query).content == answer.content
        page = answer.json()
        for each in page.get("objects", []):
            self.got[each["id"], each["modified"]] += 1
        self.last = answer.headers.get("X-TAXII-Date-Added-Last", self.last)
        self.next = page.get("next")
        return not page.get("more", False)

    def finish(self) -> set[tuple[str, str]]:
        """Go on to the end; what was got, each once."""
        while self.next is not None and not self.step():
            pass  # a round that began long ago ends where it began to
        self.next = None
        before = -1
        while before < len(self.got):  # a round ends where it began to: what came since is the next round's
            before = len(self.got)
            while not self.step():
                pass
            self.next = None
        assert self.got.total() == len(self.got), [each for each, count in self.got.items() if count > 1]
        return set(self.got)

    def _cut_off(self, query: dict[str, str]) -> None:
        """Ask, and hang up within the answer."""
        connection = http.client.HTTPConnection(urlsplit(self.door.hub.url).netloc, timeout=30)
        path = f"{ROOT}{self.path}?{urlencode(query)}"
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.client.key}", "Accept": TAXII})
        connection.getresponse().read(30)
        connection.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_t32_t33_t59_each_visible_object_arrives_once(door: Door, seed: int):
    """T-32, T-33, T-59: whatever a reader does while eight post, it has in the end what it may see and nothing twice.

    One loses its rights and gains them again on the way: what it may read from then on arrives without a restart.
    """
    where = door.collection("No loss", default_label=Label.GREEN)
    guest_office = door.world.secretariat(f"Guests {seed}", "water")
    guest = door.client(door.world.person(guest_office, Role.READER))
    posted: dict[tuple[str, str], bool] = {}
    lock, done = threading.Lock(), threading.Event()

    def write(number: int) -> None:
        chance, client = random.Random(seed * 100 + number), Client(door.hub.url, door.poster.key)
        for _ in range(POSTS):
            hidden = chance.random() < 0.3
            label = Label.AMBER_STRICT if hidden else Label.GREEN
            objects = [indicator(label) for _ in range(chance.randint(1, 5))]
            objects += [{**objects[0], "modified": "2026-11-02T00:00:00.000Z"}] if chance.random() < 0.4 else []
            answer = client.post(where, envelope(*objects))
            assert answer.status_code == 202, answer.text
            with lock:
                posted.update({(each["id"], each["modified"]): hidden for each in objects})

    def read(reading: Reading) -> set[tuple[str, str]]:
        while not done.is_set():
            reading.step()
            if reading.chance.random() < 0.02:
                reading.finish()
                reading.begin()
        return reading.finish()

    poster = [Reading(door, Client(door.hub.url, door.poster.key), where, seed * 10 + n) for n in range(2)]
    others = [Reading(door, Client(door.hub.url, door.other.key), where, seed * 10 + 5 + n) for n in range(2)]
    visitor = Reading(door, guest, where, seed * 10 + 9)
    with ThreadPoolExecutor(WRITERS + 5) as pool:
        reads = [pool.submit(read, each) for each in [*poster, *others]]
        writes = [pool.submit(write, number) for number in range(WRITERS)]
        while not visitor.got and not all(each.done() for each in writes):
            visitor.step()
        with door.world.writing() as session:
            close_organization_windows(session, guest_office.id)
        for query in (
            {},
            {"next": visitor.next} if visitor.next else {"added_after": visitor.last or "1970-01-01T00:00:00Z"},
        ):
            shut = guest.get(objects_of(where), params=query)
            assert shut.status_code in {403, 404} or "objects" not in shut.json(), "a closed window yields nothing"
        with door.world.writing() as session:
            open_organization_windows(session, guest_office)
        for each in writes:
            each.result()
        door.poster.add(where, later := indicator())
        posted[later["id"], later["modified"]] = False
        done.set()
        found = [each.result() for each in reads]
    everything = set(posted)
    visible = {each for each, hidden in posted.items() if not hidden}
    assert [found[0], found[1]] == [everything, everything]
    assert [found[2], found[3]] == [visible, visible]
    got = visitor.finish()
    assert (later["id"], later["modified"]) in got
    assert got <= visible
    anew = Reading(door, guest, where, 0)
    assert anew.finish() <= got, "what the new window shows, the old place had shown too"


def test_t59_fifty_pollers_beside_a_writer(door: Door):
    """T-59: each of fifty, by `next` or by the last header, has in the end every object once; nobody is turned away."""
    where = door.collection("Fifty", default_label=Label.GREEN)
    done = threading.Event()

    def poll(number: int) -> set[tuple[str, str]]:
        reading = Reading(door, Client(door.hub.url, door.member.key), where, 1_000 + number)
        while not done.is_set():
            reading.step()
        return reading.finish()

    with ThreadPoolExecutor(50) as pool:
        polls = [pool.submit(poll, number) for number in range(50)]
        try:
            posted = [each for _ in range(8) for each in door.poster.add(where, *[indicator() for _ in range(5)])]
        finally:
            done.set()
        found = [each.result() for each in polls]
    assert all({ident for ident, _ in each} == set(posted) for each in found)


def test_t32_what_is_committed_late_is_delivered(door: Door):
    """T-32: one writer begins, another commits, a reader polls; what the first commits then comes with the next poll.

    On SQLite the second has to wait for the first: it posts meanwhile, and nobody misses anything either.
    """
    where = door.collection("Late", default_label=Label.GREEN)
    door.poster.add(where, before := indicator())
    last = door.other.get(objects_of(where)).headers["X-TAXII-Date-Added-Last"]
    slow, fast = indicator(), indicator()
    with ThreadPoolExecutor(1) as pool:
        with door.world.writing() as session:
            opened = load_collection(session, load_reader(session, door.coordinator), where)
            post = read_post(envelope(slow), opened.collection)
            policy, context = door.world.hub.policy(session), door.world.context()
            assert take_in(session, door.coordinator, post, policy=policy, context=context).answers[0].accepted
            posting = pool.submit(Client(door.hub.url, door.other.key).add, where, fast)
            waits = session.get_bind().dialect.name == "sqlite"
            if not waits:
                posting.result(timeout=30)
            first = door.other.get(objects_of(where), params={"added_after": last})
            seen = [each["id"] for each in first.json().get("objects", [])]
            assert seen == ([] if waits else [fast["id"]])
        posting.result(timeout=30)
    after = first.headers.get("X-TAXII-Date-Added-Last", last)
    second = door.other.get(objects_of(where), params={"added_after": after}).json()
    seen += [each["id"] for each in second["objects"]]
    assert sorted(seen) == sorted([slow["id"], fast["id"]]) and before["id"] not in seen


def test_the_tally_tells_what_is_missing(door: Door):
    """Our extension: whoever hashes what its manifests told finds the same count and hash, or sees that it lost."""
    where = door.collection("Tally", default_label=Label.GREEN)
    one = indicator()
    door.poster.add(where, *[indicator() for _ in range(9)], indicator(Label.AMBER_STRICT), one)
    door.poster.add(where, {**one, "modified": "2026-11-02T00:00:00.000Z"})
    for client, count in ((door.poster, 12), (door.other, 11)):
        records = [
            (each["date_added"], each["id"], each["version"])
            for page in client.pages(manifest_of(where), limit=4, **{"match[version]": "all"})
            for each in page.json()["objects"]
        ]
        tally = Tally()
        tally.add(records)
        path = f"collections/{where}/x_tally/"
        assert client.get(path).json() == {"x_count": count, "x_sha256": tally.sha256}
        part = Tally()
        part.add(records[3:7])
        query = {"added_after": records[2][0], "x_until": records[6][0]}
        assert client.get(path, params=query).json() == {"x_count": 4, "x_sha256": part.sha256}
    assert door.poster.get(f"collections/{where}/x_tally/", params={"x_until": "soon"}).status_code == 400
    empty: dict[str, Any] = door.other.get("collections/inbox/x_tally/?added_after=2099-01-01T00:00:00Z").json()
    assert empty["x_count"] == 0
